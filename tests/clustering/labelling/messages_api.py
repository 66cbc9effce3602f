"""A local server that speaks Anthropic's Messages API from a script: a model that we can steer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any

Request = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    status: int
    body: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)
    held: threading.Event | None = None
    """Set it to let the answer go."""


def message(
    content: list[dict[str, Any]],
    *,
    stop_reason: str = "tool_use",
    tokens: tuple[int, int] = (500, 40),
) -> Reply:
    usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }
    return Reply(200, body)


def named(
    name: object, description: object = "Users ask about it.", tokens: tuple[int, int] = (500, 40)
) -> Reply:
    """Return the answer of a model that called the tool."""
    given = {"name": name, "description": description}
    content = [{"type": "tool_use", "id": "toolu_1", "name": "give_name", "input": given}]
    return message(content, tokens=tokens)


def written(text: str, stop_reason: str = "end_turn") -> Reply:
    return message([{"type": "text", "text": text}], stop_reason=stop_reason)


def altered(**parts: object) -> Reply:
    """Return an ordinary answer but for these parts."""
    body = named("Password reset").body
    assert isinstance(body, Mapping)
    return Reply(200, {**body, **parts})


def error(status: int, kind: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an error; unless `headers` say otherwise, it may be retried after a millisecond."""
    body = {"type": "error", "error": {"type": kind, "message": "secret words of a user"}}
    return Reply(status, body, {"retry-after-ms": "1"} if headers is None else headers)


class MessagesAPI:
    """Answers with what `play` was given: replies in turn (the last one repeats) or a function."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.arrived: list[float] = []
        """When each request came, in seconds of the monotonic clock."""
        self.busiest = 0
        """Most requests that were being answered at once."""
        self._script: list[Reply] = []
        self._model: Callable[[Request], Reply] | None = None
        self._busy = 0
        self._lock = threading.Lock()

    def play(self, *script: Reply, model: Callable[[Request], Reply] | None = None) -> None:
        self._script, self._model = list(script), model

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            self.arrived.append(monotonic())
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            return self._next(request)
        finally:
            with self._lock:
                self._busy -= 1

    def _next(self, request: Request) -> Reply:
        if self._model:
            return self._model(request)
        with self._lock:
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


def prompt_of(request: Request) -> str:
    """Return the user's message of a request."""
    return str(request["messages"][0]["content"])


@contextmanager
def serving() -> Iterator[MessagesAPI]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/messages", self.path
            assert self.headers["Authorization"] == "Bearer test-key"
            reply = api.answer(json.loads(raw))
            if reply.held:
                reply.held.wait(10)
            body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            try:
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body.encode())))
                for key, value in reply.headers.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body.encode())
            except BrokenPipeError:
                return  # the client had stopped waiting

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = MessagesAPI(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
