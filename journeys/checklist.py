"""What a new project needs before it shows topics and journeys. It ticks what the tables show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Min
from django.utils import timezone

from accounts.models import ApiKey, KeyScope, Project
from clustering.models import Topic
from clustering.reports.progress import Progress, progress
from ingestion.models import Field, PendingEvent
from ingestion.selectors import Received, received

PATIENCE = timedelta(minutes=1)
"""After which a waiting event says that nobody reads them: a worker takes seconds."""

SOONEST_MS, LATEST_MS, BACK_OFF = 2_000, 15_000, 1.2
"""How soon a page that watches asks again, and by how much later each time that nothing changed."""

_SHOWN_KEYS = 5

# The latest occurrences stand for all: most sessions of a conversation have a few messages.
_HAS_JOURNEYS = """
SELECT EXISTS (
  SELECT 1 FROM (
    SELECT session_id, text_id FROM clustering_occurrence
    WHERE project_id = %(project)s AND field_id = %(field)s ORDER BY timestamp DESC LIMIT 500
  ) latest JOIN clustering_text text ON text.id = latest.text_id
  GROUP BY latest.session_id HAVING min(text.topic_id) <> max(text.topic_id)
)
"""


@dataclass(frozen=True)
class Checklist:
    """How far a project has come. `dimension` is the text field that most events carry, if any."""

    project: Project
    api_key: ApiKey | None
    received: Received
    dimension: Field | None
    progress: Progress | None
    """Of the dimension."""
    topics: int
    has_journeys: bool
    other_keys: tuple[str, ...]
    """Of fields, where none is a text."""
    waiting_since: datetime | None
    """When the first event was received that waits longer than it should."""

    @property
    def done(self) -> int:
        return sum(map(bool, self.steps))

    @property
    def steps(self) -> tuple[bool, ...]:
        """Whether each is done. A sample needs no key."""
        key = (self.api_key is not None,) if self.project.is_metered else ()
        return (*key, self.received.count > 0, self.topics > 0, self.has_journeys)

    @property
    def state(self) -> str:
        """Changes whenever what is shown does."""
        now = self.progress
        pipeline = f"{now.texts}-{now.step}-{now.state}" if now else len(self.other_keys)
        return f"{self.done}-{self.received.count}-{self.topics}-{pipeline}"


def checklist(project: Project, dimensions: Sequence[Field]) -> Checklist | None:
    """The checklist of a project; None where it is complete or was dismissed."""
    if not project.shows_checklist or (dimensions and has_journeys(dimensions[0])):
        return None
    return standing(project, dimensions)


def standing(project: Project, dimensions: Sequence[Field]) -> Checklist:
    dimension = dimensions[0] if dimensions else None
    waiting = PendingEvent.objects.filter(project=project).aggregate(since=Min("received_at"))
    since = waiting["since"]
    return Checklist(
        project=project,
        api_key=ApiKey.objects.filter(project=project, revoked_at=None, scope=KeyScope.TRACK)
        .order_by("pk")
        .first(),
        received=received(project),
        dimension=dimension,
        progress=progress(dimension) if dimension else None,
        topics=Topic.objects.filter(project=project, field=dimension, retired_at=None).count(),
        has_journeys=dimension is not None and has_journeys(dimension),
        other_keys=() if dimension else _keys(project),
        waiting_since=since if since and since < timezone.now() - PATIENCE else None,
    )


def _keys(project: Project) -> tuple[str, ...]:
    fields = Field.objects.filter(project=project).order_by("-events", "key")
    return tuple(fields.values_list("key", flat=True)[:_SHOWN_KEYS])


def has_journeys(dimension: Field) -> bool:
    """Whether a session of late goes from one topic to another."""
    with connection.cursor() as cursor:
        keys = {"project": dimension.project_id, "field": dimension.pk}
        cursor.execute(_HAS_JOURNEYS, keys)
        return bool(cursor.fetchone()[0])


def pause_ms(asked: int) -> int:
    """Milliseconds until a page asks again that has asked so often in vain."""
    return int(min(SOONEST_MS * BACK_OFF ** min(asked, 100), LATEST_MS))
