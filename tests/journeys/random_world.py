"""A dimension in which everything happens that can happen to one, at random, and what it holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from accounts.models import Project
from clustering import locks
from clustering.columns import blocks
from clustering.models import Occurrence, Text
from clustering.privacy import deletion
from clustering.reports.period import Period
from ingestion.models import Event
from ingestion.segments import Segment
from tests.journeys.conftest import NOW, OUTLIER, Speaker

TOPICS = ("Pricing", "Login", "Refunds")

WAITING = "…"
"""In place of a topic's name: a message whose text is not embedded yet."""

WEEK_BEGINS = datetime.combine(NOW.astimezone(UTC) - timedelta(days=6), time(), UTC)
"""Where a period of seven days begins."""

MINUTES_AGO = (-40, 5, 20, 60, 3000, 9000, 20000, 60000)
"""Of messages; clocks may be ahead."""


@dataclass
class World:
    """A dimension of small blocks, and what is done to it."""

    speaker: Speaker
    random: Random

    @property
    def project(self) -> Project:
        return self.speaker.project

    def act(self) -> None:
        often = [*[self.say] * 14, self.wait, self.embed, self.seal, self.move, self.delete]
        self.random.choice([*often, self.come_late, self.merge, self.hide, self.forget])()

    def say(self) -> None:
        name = self.random.choice([*TOPICS, OUTLIER])
        self._message(name, f"{name} {self.random.randrange(4)}")

    def wait(self) -> None:
        """A text comes that is not embedded yet, unless it came before."""
        content = f"new {self.random.randrange(4)}"
        new = not Text.objects.filter(project=self.project, content=content).exists()
        self._message(OUTLIER, content)
        if new:
            Text.objects.filter(project=self.project, content=content).update(embedded=False)

    def embed(self) -> None:
        """A text that waited gets a topic, or is an outlier."""
        waiting = Text.objects.filter(project=self.project, embedded=False)
        name = self.random.choice([*TOPICS, None])
        topic = self.speaker.topic(name) if name else None
        waiting.filter(pk__in=waiting.values("pk")[:1]).update(embedded=True, topic=topic)

    def _message(self, name: str, content: str) -> None:
        said: dict[str, Any] = {"platform": self.random.choice(["ios", "web", None])}
        if self.random.random() < 0.6:
            said["seconds"] = self.random.choice([0, 1.5, -2, "12 ms", 40])
        event = self.speaker.message(
            f"session {self.random.randrange(9)}",
            name,
            self._moment(),
            user_id=self.random.choice(["", "ada", "bob", "cy"]),
            content=content,
            metadata=said,
        )
        if self.random.random() < 0.3:
            Event.objects.filter(project=self.project, pk=event.pk).update(name="voice")
        text = Occurrence.objects.get(project=self.project, event=event).text_id
        Text.objects.filter(project=self.project, pk=text).update(occurrences=F("occurrences") + 1)

    def _moment(self) -> datetime:
        """Often the same one, and often on the edge of a period."""
        ago = [timedelta(minutes=minutes) for minutes in MINUTES_AGO]
        sent = [*(NOW - each for each in ago), WEEK_BEGINS, WEEK_BEGINS - timedelta(microseconds=1)]
        return self.random.choice(sent) + timedelta(seconds=self.random.choice([0, 0, 1]))

    def seal(self) -> None:
        blocks.seal(self.project)

    def move(self) -> None:
        """As a run does: a text gets another topic, or none."""
        with transaction.atomic():
            locks.own(self.speaker.field.pk)
            texts = Text.objects.filter(project=self.project, embedded=True)
            name = self.random.choice([*TOPICS, None])
            Text.objects.filter(
                project=self.project,
                pk__in=self.random.sample(sorted(text.pk for text in texts), min(2, len(texts))),
            ).update(topic=self.speaker.topic(name) if name else None)

    def merge(self) -> None:
        """All texts of a topic go to another one."""
        source, target = map(self.speaker.topic, self.random.sample(TOPICS, 2))
        with transaction.atomic():
            locks.own(self.speaker.field.pk)
            Text.objects.filter(project=self.project, topic=source).update(topic=target)

    def hide(self) -> None:
        """Which leaves a topic out of lists and journeys, and changes no number of messages."""
        self.speaker.hide(self.random.choice(TOPICS))

    def forget(self) -> None:
        """All events of a user are deleted."""
        user = self.random.choice(["ada", "bob", "cy"])
        events = Event.objects.filter(project=self.project, user_id=user)
        deletion.delete_events(self.project, list(events.values_list("pk", flat=True)))

    def delete(self) -> None:
        events = list(Event.objects.filter(project=self.project).values_list("pk", flat=True))
        deletion.delete_events(self.project, self.random.sample(events, min(2, len(events))))

    def come_late(self) -> None:
        """An event is extracted after others that came behind it are in a block."""
        self.say()
        late = Occurrence.objects.filter(project=self.project).latest("event_id")
        Occurrence.objects.filter(project=self.project, event=late.event_id).delete()
        for _ in range(blocks.ROWS):
            self.say()
        self.seal()
        with transaction.atomic(), connection.cursor() as cursor:
            late.save(force_insert=True)
            blocks.forget(cursor, self.project.pk, self.speaker.field.pk, [late.event_id])


@dataclass
class Told:
    """The rows of a period, one session at a time."""

    world: World
    when: Period

    def __post_init__(self) -> None:
        rows = Occurrence.objects.filter(project=self.world.project).select_related("text", "event")
        self.sessions: dict[str, list[Occurrence]] = defaultdict(list)
        for row in rows.order_by("timestamp", "event_id"):
            self.sessions[row.session_id].append(row)
        self.rows = [
            row
            for rows in self.sessions.values()
            for row in rows
            if row.timestamp >= self.when.start
        ]

    def begun(self, segment: Segment) -> dict[str, list[Occurrence]]:
        return {
            session_id: rows
            for session_id, rows in self.sessions.items()
            if rows[0].timestamp >= self.when.start and any(map(partial(holds, segment), rows))
        }


def holds(segment: Segment, row: Occurrence) -> bool:
    said, event = row.event.metadata, row.event
    values = segment.conditions.get("platform", (said["platform"],))
    return said["platform"] in values and (not segment.names or event.name in segment.names)


def step_of(row: Occurrence) -> str:
    """What a message is in a journey: on a hidden topic, as if it waited."""
    topic = row.text.topic
    return WAITING if topic and topic.hidden else name_of(row)


def name_of(row: Occurrence) -> str:
    """What a message is about: a topic's name, `OUTLIER` or `WAITING`."""
    if not row.text.embedded:
        return WAITING
    return str(row.text.topic) if row.text.topic else OUTLIER
