#!/usr/bin/env python
"""Turret's command line. Starts the embedded servers for as long as a command needs them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from config import embedded, environment

    try:
        with embedded.for_command():
            execute_from_command_line(sys.argv)
    except environment.Misconfigured as error:
        environment.stop(error)
    except embedded.EmbeddedError as error:
        sys.exit(f"turret: {error}")
    except DatabaseError as error:
        sys.exit(f"turret: {_remedy(error)}")
    except BrokenPipeError:  # whoever read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nturret: interrupted", file=sys.stderr)
        sys.exit(130)


def _remedy(error: Exception) -> str:
    """What an operator can do about it; an error that is our fault is raised again."""
    from psycopg.errors import UndefinedColumn, UndefinedTable
    from psycopg_pool import PoolTimeout

    cause = error.__cause__
    if isinstance(cause, PoolTimeout):
        return "no connection to the database; the lines above say why"
    if isinstance(cause, UndefinedTable | UndefinedColumn):
        return f"{cause.diag.message_primary}: run manage.py migrate"
    raise error


if __name__ == "__main__":
    main()
