"""A page that comes in two halves, the second one when it is let go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.request import urlopen


@contextmanager
def in_halves(html: bytes, origin: str, deadline_s: float = 30) -> Iterator[tuple[str, Event]]:
    """Serve `html` up to the end of a row in its middle; its files come from `origin`.

    Gives the page's address, and the event that lets the rest go. A browser has to leave the page
    before the server goes, which would be an error of the page otherwise.
    """
    rest = Event()
    middle = html.index(b"</tr>", len(html) // 2)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/":
                self._begin("text/html; charset=utf-8")
                self.wfile.write(html[:middle])
                rest.wait(deadline_s)
                self.wfile.write(html[middle:])
                return
            with urlopen(origin + self.path) as found:
                self._begin(found.headers["Content-Type"])
                self.wfile.write(found.read())

        def _begin(self, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", rest
    finally:
        rest.set()
        server.shutdown()
        server.server_close()
