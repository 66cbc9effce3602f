"""From events to texts, their vectors and the nearest topic."""
