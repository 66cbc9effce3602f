"""A closer look at PostgreSQL and Redis, for people: versions, settings and clocks too."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from django.db import connection
from redis import RedisError

from billing.redis_client import redis
from config.health import ready
from config.health.findings import Finding, fail, ok, warn

LEAST_POSTGRESQL = 14
LEAST_VECTOR = (0, 5)
LEAST_REDIS = (6, 2)
"""What the framework, the types of columns and the queue need."""

CONNECT_SECONDS = 5
SKEW_SECONDS = 5.0
"""More than a round trip takes; less than anything here is timed by."""

QUOTES_NOBODY = {
    "log_min_error_statement": ("panic", "fatal", "log"),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none",),
    "log_min_duration_statement": ("-1",),
}
"""What keeps statements, which hold what users wrote, out of PostgreSQL's log."""

_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
_ABOUT = """
    SELECT current_setting('server_version_num')::int, current_setting('server_version'),
           (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
           (SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),
           extract(epoch FROM clock_timestamp())::float
"""


def database() -> Iterator[Finding]:
    """Past the pool, which keeps the reason why it cannot connect to itself."""
    params: dict[str, Any] = connection.get_connection_params()
    params |= {"connect_timeout": CONNECT_SECONDS, "cursor_factory": psycopg.Cursor}
    try:
        with psycopg.connect(**params) as direct:
            began = time.time()
            row = direct.execute(_ABOUT).fetchone()
            took = time.time() - began
            found = dict(direct.execute(_SETTINGS, [list(QUOTES_NOBODY)]).fetchall())
    except psycopg.Error as error:
        yield fail("database", f"{_first_line(error)}: see DATABASE_URL")
        return
    assert row is not None
    number, version, installed, available, clock = row
    if number // 10000 < LEAST_POSTGRESQL:
        yield fail("database", f"PostgreSQL {version}; needs {LEAST_POSTGRESQL} or newer")
    else:
        yield ok("database", f"PostgreSQL {version.split()[0]}, answers in {took * 1000:.0f} ms")
    yield from _log(found)
    yield _vector(installed, available)
    yield _clock(clock - (began + took / 2))


def _log(found: Mapping[str, str]) -> Iterator[Finding]:
    loud = [
        f"{name} to {wanted[0]}"
        for name, wanted in QUOTES_NOBODY.items()
        if found.get(name, wanted[0]) not in wanted
    ]
    if loud:
        yield warn("database", f"its log may quote users: set {', '.join(loud)}")


def _vector(installed: str | None, available: str | None) -> Finding:
    if installed is None and available is None:
        return fail("vector", "pgvector is not installed on the database server: install it")
    if installed is None:
        return fail("vector", "run CREATE EXTENSION vector in the database, as a superuser")
    if _version(installed) < LEAST_VECTOR:
        needed = ".".join(map(str, LEAST_VECTOR))
        return fail("vector", f"pgvector {installed}; needs {needed} or newer")
    return ok("vector", f"pgvector {installed}")


def _clock(ahead: float) -> Finding:
    says = f"the database's is {abs(ahead):.1f} s {'ahead' if ahead > 0 else 'behind'}"
    if abs(ahead) > SKEW_SECONDS:
        return warn("clock", f"{says}: set both by NTP")
    return ok("clock", says)


def redis_server() -> Iterator[Finding]:
    try:
        about = redis().info()
    except RedisError as error:
        yield fail("redis", f"{_first_line(error)}: see REDIS_URL")
        return
    version = str(about["redis_version"])
    if _version(version) < LEAST_REDIS:
        needed = ".".join(map(str, LEAST_REDIS))
        yield fail("redis", f"version {version}; needs {needed} or newer")
    elif about["role"] != "master":
        yield fail("redis", "is a replica, which cannot be written: name the primary")
    else:
        yield ok("redis", f"version {version}")
    policy = about["maxmemory_policy"]
    if policy != "noeviction":
        yield warn("redis", f"drops queued work when it is full ({policy}): set noeviction")
    if not about["aof_enabled"]:
        yield warn("redis", "a restart empties the queue until the sweep: set appendonly to yes")


def work_moves() -> Iterator[Finding]:
    """What `/readyz` finds, but for the stores themselves."""
    return (each for each in ready.look() if each.part not in ("database", "redis"))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":. ")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
