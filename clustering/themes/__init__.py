"""Themes, which group the topics of a dimension."""
