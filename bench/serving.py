"""A web server of its own, started as `make run` starts Turret's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

from config.serve.programs import TURRET, web

PATIENCE = 60.0
"""Seconds for a server to listen."""


@dataclass(frozen=True)
class Server:
    """A running server: its port, and the process that supervises its workers."""

    port: int
    pid: int

    def workers(self) -> list[int]:
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as file:
            return [int(each) for each in file.read().split()]


@contextmanager
def served(
    application: str = TURRET,
    *,
    workers: int = 2,
    environment: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """A WSGI application on a free port, until the block ends; then nothing of it is left."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [*web("127.0.0.1", port, workers, application), *options]
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, start_new_session=True
    )
    try:
        deadline = monotonic() + PATIENCE
        while not _listens(port):
            if monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{application} does not start")
            sleep(0.1)
        yield Server(port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0
