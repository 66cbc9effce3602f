"""What the API for reading says of topics, texts and clustering runs."""
