"""A client that sends at a steady rate whatever becomes of its events, and writes down each answer.

An open loop: an event is sent when it is due, however many before it have no answer yet. So a
server that stalls meets what it would meet in life, and not a client that waits for it. Without a
rate it is a closed loop, as fast as it is answered.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle, islice
from time import monotonic, sleep
from typing import Any, cast

from bench import load
from config.demo.generator import conversations

RATE = 300
"""Events a second."""
BATCH = 10
SENDERS = 16
"""Requests under way at once where no rate is given."""
NEW_TEXT = 20
"""Of as many events one says what none said before, where new texts are asked for."""
CONVERSATIONS = 1_000
PATIENCE = 10.0
"""Seconds for an answer."""
PAUSE = 1.0
"""Seconds before what was refused is sent again."""
NOT_ANSWERED = 0


class Client:
    """Sends from a thread of its own between `start` and `stop`."""

    def __init__(
        self, port: int, key: str, *, rate: int | None = RATE, new_texts: bool = False
    ) -> None:
        self.answers: dict[str, int] = {}
        """The last status that was answered to each event, by its event_id."""
        self.seen: Counter[int] = Counter()
        """How many events got each status, each time they were sent."""
        self.remaining: int | None = None
        """What the last answer said of the quota."""
        self._port = port
        self._key = key
        self._rate = rate
        self._events = _events(new_texts)
        self._refused: list[dict[str, Any]] = []
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._in_flight = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return when everything that was sent is answered, or has waited in vain."""
        self._stopping.set()
        self._thread.join()

    @property
    def in_flight(self) -> int:
        """Events that were sent and have no answer yet."""
        return self._in_flight

    def accepted(self) -> set[str]:
        return {event_id for event_id, status in self.answers.items() if status == 200}

    def repeat(self, seconds: float) -> None:
        """Send what was not accepted again until it is, as a client does that wants it stored."""
        deadline = monotonic() + seconds
        while self._refused:
            assert monotonic() < deadline, f"{len(self._refused)} are still refused: {self.seen}"
            self.repeat_once()
            sleep(PAUSE)

    def repeat_once(self) -> None:
        """Send what was not accepted once more."""
        again, self._refused = self._refused, []
        asyncio.run(self._send_all(again))

    async def _run(self) -> None:
        groups = self._groups()
        if self._rate is None:
            await asyncio.gather(*(self._keep_sending(groups) for _ in range(SENDERS)))
        else:
            await self._pace(groups, self._rate)
        self._hang_up()

    def _groups(self) -> Iterator[list[dict[str, Any]]]:
        """Events as they are sent together: as many alone as in the batch that follows them."""
        while True:
            for count in [1] * BATCH + [BATCH]:
                yield list(islice(self._events, count))

    async def _keep_sending(self, groups: Iterator[list[dict[str, Any]]]) -> None:
        while not self._stopping.is_set():
            await self._send(next(groups))

    async def _pace(self, groups: Iterator[list[dict[str, Any]]], rate: int) -> None:
        began, sent = monotonic(), 0
        tasks: set[asyncio.Task[None]] = set()
        while not self._stopping.is_set():
            while sent < (monotonic() - began) * rate:
                events = next(groups)
                task = asyncio.create_task(self._send(events))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                sent += len(events)
            await asyncio.sleep(0.01)
        await asyncio.gather(*tasks)

    async def _send_all(self, events: Sequence[dict[str, Any]]) -> None:
        for first in range(0, len(events), BATCH):
            await self._send(events[first : first + BATCH])
        self._hang_up()

    def _hang_up(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _send(self, events: Sequence[dict[str, Any]]) -> None:
        self._in_flight += len(events)
        try:
            async with asyncio.timeout(PATIENCE):
                statuses = await self._post(events)
        except (OSError, EOFError, TimeoutError):
            statuses = [NOT_ANSWERED] * len(events)
        self._in_flight -= len(events)
        self.seen.update(statuses)
        for event, status in zip(events, statuses, strict=True):
            self.answers[event["event_id"]] = status
            if status != 200:
                self._refused.append(event)

    async def _post(self, events: Sequence[dict[str, Any]]) -> list[int]:
        """The status of each event."""
        headers = {"X-API-Key": self._key, "Content-Type": "application/json"}
        if len(events) == 1:
            request = load.post("/track", json.dumps(events[0]).encode(), headers)
        else:
            request = load.post("/track/batch", json.dumps(events).encode(), headers)
        reader, writer = await self._connection()
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            body = await reader.readexactly(int(_header(head, "content-length") or 0))
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        status = int(head[9:12])
        if left := _header(head, "x-ratelimit-remaining"):
            self.remaining = int(left)
        told = json.loads(body) if status == 200 else {}
        each = told.get("events", [told] * len(events))
        return [_STATUSES.get(one.get("code"), status) for one in each]

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)


_STATUSES = {"RATE_LIMIT_EXCEEDED": 429, "INVALID_REQUEST": 400, "UNAVAILABLE": 503}
"""Of events in a batch that was answered 200."""


def _header(head: str, name: str) -> str:
    _, _, rest = head.partition(f"\r\n{name}:")
    return rest.partition("\r\n")[0].strip()


def _events(new_texts: bool) -> Iterator[dict[str, Any]]:
    """The demo's conversations over and over, each event with an id of its own, long after the
    moments that they tell of, and in another order."""
    told = conversations(CONVERSATIONS, seed=3, now=datetime.now(UTC))
    said = [event.payload() for event in told]
    for number, event in enumerate(cycle(said)):
        metadata = cast("dict[str, Any]", event["metadata"])
        if new_texts and number % NEW_TEXT == 0 and "prompt" in metadata:
            metadata = {**metadata, "prompt": f"{metadata['prompt']} (order {number})"}
        yield {**event, "metadata": metadata, "event_id": f"event-{number}"}


@contextmanager
def sending(client: Client) -> Iterator[Client]:
    client.start()
    try:
        yield client
    finally:
        client.stop()
