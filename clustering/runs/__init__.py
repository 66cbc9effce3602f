"""Clustering runs: when, over which texts, and what becomes of topics."""
