"""A dimension in which everything happens that can happen to one, at random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from accounts.models import Project
from clustering import locks
from clustering.columns import blocks
from clustering.models import Occurrence, Text
from clustering.privacy import deletion
from ingestion.models import Event
from tests.journeys.conftest import NOW, OUTLIER, Speaker

TOPICS = ("Pricing", "Login", "Refunds")


@dataclass
class World:
    """A dimension of small blocks, and what is done to it."""

    speaker: Speaker
    random: Random

    @property
    def project(self) -> Project:
        return self.speaker.project

    def act(self) -> None:
        acts = [*[self.say] * 12, self.seal, self.move, self.delete, self.come_late]
        self.random.choice(acts)()

    def say(self) -> None:
        said: dict[str, Any] = {"platform": self.random.choice(["ios", "web", None])}
        if self.random.random() < 0.6:
            said["seconds"] = self.random.choice([0, 1.5, -2, "12 ms", 40])
        name = self.random.choice([*TOPICS, OUTLIER])
        event = self.speaker.message(
            f"session {self.random.randrange(9)}",
            name,
            NOW
            - timedelta(minutes=self.random.choice([5, 20, 60, 3000, 9000, 20000, 60000]))
            + timedelta(seconds=self.random.randrange(3)),
            user_id=self.random.choice(["", "ada", "bob", "cy"]),
            content=f"{name} {self.random.randrange(4)}",
            metadata=said,
        )
        if self.random.random() < 0.3:
            Event.objects.filter(project=self.project, pk=event.pk).update(name="voice")
        text = Occurrence.objects.get(project=self.project, event=event).text_id
        Text.objects.filter(project=self.project, pk=text).update(occurrences=F("occurrences") + 1)

    def seal(self) -> None:
        blocks.seal(self.project)

    def move(self) -> None:
        """As a run does: a text gets another topic, or none."""
        with transaction.atomic():
            locks.own(self.speaker.field.pk)
            texts = Text.objects.filter(project=self.project).values_list("pk", flat=True)
            name = self.random.choice([*TOPICS, None])
            Text.objects.filter(
                project=self.project, pk__in=self.random.sample(list(texts), min(2, len(texts)))
            ).update(topic=self.speaker.topic(name) if name else None)

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
