"""Sends events to a running Turret the way any backend would: one POST to `/track` each."""

import http.client
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 4
"""Enough to keep a web server of two processes busy."""


class Refused(Exception):
    """Turret answered something else than 200; the message holds the status and the answer."""


def send(base_url: str, api_key: str, payloads: Iterable[Mapping[str, Any]]) -> Iterator[None]:
    """POST every payload over a few kept-alive connections; yields once for each, when accepted.

    Raises Refused at the first that is not accepted, and OSError where nobody answers.
    """
    address = urlsplit(base_url)
    local = threading.local()

    def post(payload: Mapping[str, Any]) -> None:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(
                address.hostname or "localhost", address.port, timeout=30
            )
        headers = {"X-API-Key": api_key, "Content-Type": "application/json"}
        local.connection.request("POST", "/track", json.dumps(payload), headers)
        answer = local.connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise Refused(f"{answer.status} {body.decode(errors='replace')[:200]}")

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        yield from pool.map(post, payloads)
