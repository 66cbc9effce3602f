"""Something done by a thread while the test holds what it may wait for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import closing
from time import monotonic
from typing import Any

from django.db import connection, connections


def beside(pool: Executor, work: Callable[[], Any], waiting: int = 1) -> Future[Any]:
    """Have a thread do something, and return when it is done or so many wait for a lock."""

    def do() -> Any:
        try:
            return work()
        finally:
            connection.close()

    doing, deadline = pool.submit(do), monotonic() + 60
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
        while not doing.done():
            assert monotonic() < deadline
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] >= waiting:
                break
    return doing
