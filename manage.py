#!/usr/bin/env python
"""Turret's command line. Starts the embedded servers for as long as a command needs them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config import embedded, environment

    try:
        with embedded.for_command():
            execute_from_command_line(sys.argv)
    except environment.Misconfigured as error:
        environment.stop(error)
    except embedded.EmbeddedError as error:
        sys.exit(f"turret: {error}")


if __name__ == "__main__":
    main()
