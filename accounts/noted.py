"""What is noted in the environ of a request, for its log lines and for metrics."""

REQUEST_ID = "turret.request_id"
VIEW = "turret.view"
PROJECT = "turret.project"
"""A slug or an id."""
