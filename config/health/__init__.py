"""Whether Turret works: `/readyz` for machines that ask often, `manage.py doctor` for people."""
