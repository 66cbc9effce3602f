"""What the API for reading says of journeys: what they rest on, and each report as a list."""
