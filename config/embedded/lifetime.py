"""Who uses the servers, and so when they start and stop.

Each user holds a shared lock on ``run/users.lock``; whoever leaves and can make it exclusive was
the last and stops the servers. The kernel drops a lock with its process, however that ends, so
the count is never wrong. ``run/start.lock`` lets one process at a time start or stop servers.
"""

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Protocol

from config import environment
from config.embedded.layout import Layout, Servers, data_dir
from config.embedded.postgres_server import PostgresServer
from config.embedded.redis_server import RedisServer


class Server(Protocol):
    """What the two servers have in common."""

    name: str

    def running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


def connection_urls(folder: Path) -> Servers:
    """How to reach the servers of a data folder. Starts nothing and writes nothing."""
    return Layout(folder).servers()


def database(folder: Path) -> dict[str, str]:
    """The embedded PostgreSQL as an entry of Django's ``DATABASES``. Starts nothing."""
    found = connection_urls(folder)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": found.host,
        "USER": found.user,
        "PASSWORD": found.password,
        "NAME": found.name,
    }


def redis_url(folder: Path) -> str:
    """The URL of the embedded Redis. Starts nothing."""
    return connection_urls(folder).redis_url


def ensure_running(folder: Path, *, postgres: bool = True, redis: bool = True) -> Servers:
    """Start what does not run; return when all of it takes connections.

    Nothing keeps the servers from being stopped by another process that leaves: callers go
    through :func:`servers`, which holds them.
    """
    start_missing(folder, postgres=postgres, redis=redis)
    return Layout(folder).servers()


def start_missing(folder: Path, *, postgres: bool = True, redis: bool = True) -> list[str]:
    """Start what does not run; return the names of the servers that it started."""
    layout = Layout(folder)
    layout.prepare()
    wanted: list[Server] = []
    if postgres:
        wanted.append(PostgresServer(layout))
    if redis:
        wanted.append(RedisServer(layout))
    if all(server.running() for server in wanted):
        return []
    started = []
    with _locked(layout.run / "start.lock"):
        layout.make_passwords()
        for server in wanted:
            if not server.running():
                server.start()
                started.append(server.name)
    return started


@contextmanager
def servers(folder: Path, *, postgres: bool = True, redis: bool = True) -> Iterator[Servers]:
    """Use the servers of a data folder: start what is missing, stop all if nobody else stays.

    With both ``postgres`` and ``redis`` False it uses nothing and writes nothing.
    """
    if not (postgres or redis):
        yield Layout(folder).servers()
        return
    layout = Layout(folder)
    layout.prepare()
    owner = os.getpid()
    users = os.open(layout.run / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits here while another process stops them
        yield ensure_running(folder, postgres=postgres, redis=redis)
    finally:
        try:
            # A forked child that unwinds shares its parent's lock and must not give it away.
            if os.getpid() == owner:
                _leave(layout, users)
        finally:
            os.close(users)


def _leave(layout: Layout, users: int) -> None:
    with _locked(layout.run / "start.lock"):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        RedisServer(layout).stop()
        PostgresServer(layout).stop()
        layout.drop_short_sockets()


@contextmanager
def for_command() -> Iterator[Servers]:
    """Use, for a command's life, what the environment does not name a server for.

    ``DATABASE_URL`` and ``REDIS_URL`` each name a server elsewhere; data lies in
    :func:`data_dir`. SIGTERM and SIGHUP end the command as ``sys.exit`` would, so that the servers
    are released; a command that installs handlers of its own keeps them.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit_on_signal)
    with servers(data_dir(), **embedded_parts()) as found:
        yield found


def embedded_parts() -> dict[str, bool]:
    """Which servers are embedded, as keyword arguments of :func:`servers`."""
    return {
        "postgres": not environment.text("DATABASE_URL"),
        "redis": not environment.text("REDIS_URL"),
    }


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
