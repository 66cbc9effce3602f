"""The web server, as `config.web` starts it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from bench.serving import served

IDLE = 600
"""Connections that clients keep open, as many send while PostgreSQL restarts."""

_LIMITED = """
import resource, sys
from config.web import _allow_files
resource.setrlimit(resource.RLIMIT_NOFILE, (64, int(sys.argv[1])))
_allow_files(2048)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_idle_connections_keep_nobody_out() -> None:
    application = "wsgiref.simple_server:demo_app"
    with served(application, workers=1) as server, ExitStack() as idle:
        for _ in range(IDLE):
            client = HTTPConnection("127.0.0.1", server.port, timeout=5)
            idle.enter_context(closing(client))
            client.request("GET", "/")
            assert client.getresponse().read().startswith(b"Hello world!")


@pytest.mark.parametrize(("hard", "soft"), [(4096, 2048), (1000, 1000)])
def test_it_may_open_as_many_files_as_it_needs_and_the_system_allows(hard: int, soft: int) -> None:
    command = [sys.executable, "-c", _LIMITED, str(hard)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout == f"{soft}\n"
