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
for name in ("DEFAULT_PLAN", "ANTHROPIC_API_KEY", "REDIS_URL"):
    os.environ.pop(f"{name}_FILE", None)

_servers = contextlib.ExitStack()
_servers.enter_context(embedded.for_command())
atexit.register(_servers.close)

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_number = int(_worker.removeprefix("gw")) + 1 if _worker else 0
_redis = embedded.redis_url(embedded.data_dir())
os.environ["REDIS_URL"] = _redis.replace("?db=0", f"?db={_number}")
