"""Keys of a request's WSGI environ that say for log lines and metrics what it is about."""

REQUEST_ID = "turret.request_id"
VIEW = "turret.view"
PROJECT = "turret.project"
"""A slug or an id."""
