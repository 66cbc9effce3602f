"""A local server that speaks enough of Anthropic's Messages API for the real client.

It plays a script: one answer a request, the last one again and again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    body: dict[str, Any]
    status: int = 200
    hang_seconds: float = 0.0


def named(name: object, description: object = "Users want to do something.") -> Answer:
    """The model uses the tool."""
    return said(
        {
            "type": "tool_use",
            "id": "toolu_1",
            "name": "name_topic",
            "input": {"name": name, "description": description},
        }
    )


def said(*content: dict[str, Any], stop_reason: str = "tool_use") -> Answer:
    """The model answers with these blocks."""
    return Answer(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "test-model",
            "content": list(content),
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {"input_tokens": 100, "output_tokens": 20},
        }
    )


def failed(status: int, kind: str) -> Answer:
    """The service answers with an error."""
    return Answer({"type": "error", "error": {"type": kind, "message": "no"}}, status)


@dataclass
class MessagesApi:
    """A running server: its address, and what it was asked."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, request: dict[str, Any]) -> Answer:
        with self.lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def serving() -> Iterator[MessagesApi]:
    """Serve on a free port of this machine."""
    api = MessagesApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            assert self.path == "/v1/messages"
            credentials = (self.headers["x-api-key"], self.headers["authorization"])
            assert "test-key" in str(credentials)
            length = int(self.headers["content-length"])
            answer = api.next(json.loads(self.rfile.read(length)))
            if answer.hang_seconds:
                api.released.wait(answer.hang_seconds)
            body = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.released.set()
        server.shutdown()
        server.server_close()
