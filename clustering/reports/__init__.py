"""What pages and the API tell of topics."""
