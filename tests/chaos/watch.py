"""What `/readyz` says, asked twice a second for as long as a fault is watched."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from time import monotonic

INTERVAL = 0.5
PATIENCE = 10.0


@dataclass(frozen=True)
class Look:
    """One answer: when it came, its status (0 where there was none), and the parts that failed."""

    asked: float
    at: float
    status: int
    failing: frozenset[str]


class Watch:
    """Asks in a thread of its own until it is stopped."""

    def __init__(self, port: int) -> None:
        self.looks: list[Look] = []
        self._url = f"http://127.0.0.1:{port}/readyz"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def is_ready(self) -> bool:
        return bool(self.looks) and self.looks[-1].status == 200

    def unready_seconds(self) -> float:
        """How long it did not say 200, to the nearest look."""
        pairs = zip(self.looks, self.looks[1:], strict=False)
        return sum(after.at - look.at for look, after in pairs if look.status != 200)

    def failing(self, since: float = 0.0) -> set[str]:
        """Every part that failed."""
        return {part for look in self.looks if look.at >= since for part in look.failing}

    def ready_between(self, first: float, last: float) -> list[Look]:
        """Answers that all was well, to questions of this time."""
        return [look for look in self.looks if look.status == 200 and first <= look.asked <= last]

    def slowest(self) -> float:
        return max(look.at - look.asked for look in self.looks)

    def _run(self) -> None:
        while not self._stopping.is_set():
            asked = monotonic()
            status, body = self._ask()
            parts = json.loads(body)["parts"] if body else {}
            failing = frozenset(part for part, told in parts.items() if told["state"] == "fail")
            self.looks.append(Look(asked, monotonic(), status, failing))
            self._stopping.wait(max(0.0, asked + INTERVAL - monotonic()))

    def _ask(self) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self._url, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read()
        except OSError:
            return 0, b""
