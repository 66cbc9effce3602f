"""Events from many clients while web processes are killed and Redis loses its memory."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Organization, Project
from bench.serving import Server, served
from billing import selectors
from billing.redis_client import redis
from billing.services import subscribe
from ingestion.models import Event

EVENTS = 10_000
CLIENTS = 16
PATIENCE = 240.0


@dataclass
class Clients:
    """Each event is sent until it is answered, those with an event_id; once, those without."""

    port: int
    key: str
    answered: list[int] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(EVENTS)))
    lock: threading.Lock = field(default_factory=threading.Lock)
    deadline: float = field(default_factory=lambda: monotonic() + PATIENCE)

    def run(self) -> None:
        http = HTTPConnection("127.0.0.1", self.port, timeout=10)
        while (number := self._next()) is not None:
            while not self._send(http, number) and number % 2:
                assert monotonic() < self.deadline, "the server does not come back"

    def have_answers_to(self, share: float) -> bool:
        return len(self.answered) >= share * EVENTS

    def _next(self) -> int | None:
        with self.lock:
            return next(self.numbers, None)

    def _send(self, http: HTTPConnection, number: int) -> bool:
        metadata = {"prompt": "Where is my parcel?", "n": number}
        event: dict[str, object] = {"name": "prompt", "metadata": metadata}
        if number % 2:
            event["event_id"] = f"evt_{number}"
        headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
        try:
            http.request("POST", "/track", json.dumps(event), headers)
            answer = http.getresponse()
            answer.read()
        except (OSError, HTTPException):
            http.close()
            sleep(0.01)
            return False
        if answer.status == 200:
            self.answered.append(number)
        else:
            self.refused[answer.status] += 1
        return answer.status == 200


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_is_stored_once_and_counted_once(
    key: str, organization: Organization, project: Project
) -> None:
    subscription = subscribe(organization, "pro")
    with _served() as web:
        clients = Clients(web.port, key)
        threads = [threading.Thread(target=clients.run) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for share, fault in ((0.2, _kill), (0.4, _forget), (0.6, _kill), (0.8, _forget)):
            _wait(partial(clients.have_answers_to, share))
            fault(web)
        for thread in threads:
            thread.join(PATIENCE)
    stored = Counter(
        Event.objects.filter(project=project).values_list("metadata__n", flat=True).iterator()
    )
    assert not [number for number in clients.answered if stored[number] != 1]
    assert max(stored.values()) == 1
    assert all(stored[number] for number in range(1, EVENTS, 2))  # those sent until answered
    assert len(clients.answered) > 0.95 * EVENTS
    assert set(clients.refused) <= {503}
    first = selectors.terms_of(organization).period(subscription.started_at).first
    assert selectors.used(organization.pk, first) == sum(stored.values())


def _kill(web: Server) -> None:
    """The one that has run longest: one that ends within 5.5 s is a loop of crashes to Granian."""
    os.kill(web.workers()[0], signal.SIGKILL)


def _forget(web: Server) -> None:
    redis().flushdb()


def _wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)


def _served() -> AbstractContextManager[Server]:
    """Turret's web server on this test's stores."""
    own = settings.DATABASES["default"]
    url = f"postgres:///{connection.settings_dict['NAME']}?host={quote(own['HOST'], safe='')}"
    url += f"&user={quote(own['USER'])}&password={quote(own['PASSWORD'], safe='')}"
    environment = {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL}
    options = ["--respawn-interval", "0.1", "--log-level", "critical"]
    return served(environment=environment, options=options)
