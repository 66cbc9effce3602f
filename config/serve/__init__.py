"""``make run``: everything that Turret is, under one supervisor.

Decision and reasons: docs/decisions/0004-supervisor.md.
"""
