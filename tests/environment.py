"""Loaded by pytest before Django's settings: gives the tests servers and a Redis of their own.

`TURRET_DATA_DIR` is a folder for tests, so nothing here meets the data of `make run`. Each
xdist worker has its own database (pytest-django sees to that) and its own Redis database.
"""

import atexit
import contextlib
import os
from pathlib import Path

from config import embedded

os.environ.setdefault("TURRET_DATA_DIR", str(Path(__file__).parent.parent / "var" / "test"))
os.environ["DEFAULT_PLAN"] = "trial"
os.environ["ANTHROPIC_API_KEY"] = ""

_servers = contextlib.ExitStack()
_servers.enter_context(embedded.for_command())
atexit.register(_servers.close)
