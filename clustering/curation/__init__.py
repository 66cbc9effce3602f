"""What people decide about topics, and how it outlasts runs."""
