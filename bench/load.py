"""A load generator that costs little: one thread, raw sockets, one request under way on each."""

from __future__ import annotations

import selectors
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

PATIENCE = 30.0


@dataclass
class Load:
    """What a run of requests took; latencies in seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def milliseconds(self, percentile: float) -> float:
        return float(np.percentile(self.latencies, percentile)) * 1000


@dataclass
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of one request."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, requests: Iterator[bytes], connections: int) -> Load:
    """Send all of `requests` over that many connections, each with one request under way."""
    load = Load()
    with selectors.DefaultSelector() as selector:
        started = perf_counter()
        for _ in range(connections):
            connection = _Connection(socket.create_connection(("127.0.0.1", port)))
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if _send_next(connection, requests):
                selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer for {PATIENCE} s")
            for key, _ in ready:
                connection = key.data
                if not _receive(connection, load):
                    continue
                if not _send_next(connection, requests):
                    selector.unregister(connection.socket)
                    connection.socket.close()
        load.seconds = perf_counter() - started
    return load


def _send_next(connection: _Connection, requests: Iterator[bytes]) -> bool:
    request = next(requests, None)
    if request is None:
        return False
    connection.sent_at = perf_counter()
    connection.socket.sendall(request)
    return True


def _receive(connection: _Connection, load: Load) -> bool:
    """Read what has come; note the answer and return True when it is whole."""
    chunk = connection.socket.recv(1 << 20)
    if not chunk:
        raise ConnectionError("the server closed a connection")
    received = connection.received
    received += chunk
    end = received.find(b"\r\n\r\n")
    if end < 0 or len(received) < end + 4 + _length(bytes(received[:end])):
        return False
    load.latencies.append(perf_counter() - connection.sent_at)
    load.statuses[int(received[9:12])] += 1
    received.clear()
    return True


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])
