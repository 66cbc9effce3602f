"""Sessions written straight to the tables, as the pipeline would leave them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SESSION_GAP, Project
from clustering.models import LabelSource, Occurrence, Text, Topic
from ingestion.models import Event, Field, FieldType

OUTLIER = "?"
"""In place of a topic's name: a message that no topic claims."""

NOW = timezone.now()
OVER = SESSION_GAP + timedelta(hours=1)
"""How long ago a session ends unless a test says otherwise: it is not open any more."""


@dataclass
class Speaker:
    """Makes sessions in one dimension of a project. A topic is known by its name."""

    project: Project
    key: str = "prompt"
    topics: dict[str, Topic] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.field = Field.objects.create(
            project=self.project, key=self.key, detected_type=FieldType.TEXT
        )

    def say(
        self,
        session_id: str,
        names: Sequence[str],
        *,
        ended: datetime | None = None,
        user_id: str = "ada",
        text: str = "about {name}",
        metadata: dict[str, Any] | None = None,
    ) -> list[Event]:
        """A session of messages on these topics, a minute apart, the last one at `ended`."""
        ended = ended or NOW - OVER
        start = ended - timedelta(minutes=len(names) - 1)
        return [
            self.message(
                session_id,
                name,
                start + timedelta(minutes=place),
                user_id=user_id,
                content=text.format(name=name),
                metadata=metadata,
            )
            for place, name in enumerate(names)
        ]

    def message(
        self,
        session_id: str,
        name: str,
        at: datetime,
        *,
        user_id: str = "ada",
        content: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> Event:
        content = content or f"about {name}"
        event = Event.objects.create(
            project=self.project,
            name="user_prompt",
            session_id=session_id,
            user_id=user_id,
            metadata={self.key: content, **(metadata or {})},
            timestamp=at,
        )
        Occurrence.objects.create(
            project=self.project,
            event=event,
            field=self.field,
            text=self._text(name, content, at),
            session_id=session_id,
            timestamp=at,
        )
        return event

    def topic(self, name: str) -> Topic:
        if name not in self.topics:
            self.topics[name] = Topic.objects.create(
                project=self.project,
                field=self.field,
                label=name,
                label_source=LabelSource.KEYWORDS,
                centroid=[1.0, 0.0],
                threshold=0.5,
            )
        return self.topics[name]

    def hide(self, name: str) -> None:
        Topic.objects.filter(project=self.project, pk=self.topic(name).pk).update(hidden=True)

    def _text(self, name: str, content: str, at: datetime) -> Text:
        text, _ = Text.objects.get_or_create(
            project=self.project,
            field=self.field,
            digest=sha256(content.encode()).digest(),
            defaults={
                "content": content,
                "topic": None if name == OUTLIER else self.topic(name),
                "embedded": True,
                "similarity": 0.83,
                "first_seen_at": at,
                "last_seen_at": at,
            },
        )
        return text


@pytest.fixture
def speaker(project: Project) -> Speaker:
    return Speaker(project)
