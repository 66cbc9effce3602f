"""What is deleted, forgotten and handed out."""
