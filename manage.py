#!/usr/bin/env python
"""Turret's command line. Starts the embedded servers for as long as a command needs them."""

import errno
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.db import DatabaseError

    from config import embedded, environment

    try:
        with embedded.for_command():
            _execute()
    except environment.Misconfigured as error:
        environment.stop(error)
    except embedded.EmbeddedError as error:
        sys.exit(f"turret: {error}")
    except DatabaseError as error:
        sys.exit(f"turret: {_remedy(error)}")
    except UnicodeEncodeError:
        if all(map(_is_text, sys.argv)):
            raise
        sys.exit("turret: an argument is not in UTF-8")
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        # What is left of the output would fail again as Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # Of a pipe, whoever read it has read enough.
        sys.exit(1 if error.errno == errno.EPIPE else f"turret: cannot write: {error.strerror}")
    except KeyboardInterrupt:
        print("\nturret: interrupted", file=sys.stderr)
        sys.exit(130)


def _execute() -> None:
    """Run the command. An embedded database that is new or behind is migrated, as by `make run`."""
    from django.core.management import call_command, execute_from_command_line
    from django.db import ProgrammingError

    from config import embedded

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if not (_is_behind(error) and embedded.embedded_parts()["postgres"]):
            raise
        call_command("migrate", interactive=False, verbosity=0)
        execute_from_command_line(sys.argv)


def _is_text(argument: str) -> bool:
    """Whether its bytes were UTF-8. Those of others Python keeps as lone surrogates."""
    return not any("\udc80" <= letter <= "\udcff" for letter in argument)


def _is_behind(error: Exception) -> bool:
    """Whether migrations are missing."""
    from psycopg.errors import UndefinedColumn, UndefinedTable

    return isinstance(error.__cause__, UndefinedColumn | UndefinedTable)


def _remedy(error: Exception) -> str:
    """What an operator can do about it; an error that is our fault is raised again."""
    from psycopg_pool import PoolTimeout

    if isinstance(error.__cause__, PoolTimeout):
        return "no connection to the database; the lines above say why"
    if _is_behind(error):
        return f"{str(error).splitlines()[0]}: run manage.py migrate"
    raise error


if __name__ == "__main__":
    main()
