"""Reads of events and fields."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Exists, Max, OuterRef, QuerySet
from redis import RedisError

from accounts.models import Project
from ingestion.models import Event, Field, FieldType, PendingEvent

COUNTED = 10_000
"""Events up to which a live count is exact. Counting reads every row, and the page asks every few
seconds."""

_KEPT_SECONDS = 600


def pending_events(organization_id: int, since: datetime) -> QuerySet[PendingEvent]:
    """Usage of an organization that waits for *extract*: what was accepted since a moment."""
    return PendingEvent.objects.unscoped().filter(
        project__organization_id=organization_id, project__is_metered=True, received_at__gte=since
    )


def projects_with_pending() -> QuerySet[Project]:
    """Projects that have accepted events to process. One index probe a project."""
    waiting = PendingEvent.objects.filter(project=OuterRef("pk"))
    return Project.objects.unscoped().filter(Exists(waiting)).order_by("pk")


@dataclass(frozen=True)
class Received:
    """What a project has received so far; `count` is at most `COUNTED`."""

    count: int
    is_more: bool
    latest: Event | None


@dataclass(frozen=True)
class FieldRow:
    """A field, and the share of the project's processed events that carry it, from 0 to 1."""

    field: Field
    coverage: float


def received(project: Project) -> Received:
    """How many events a project received, and the one that happened last."""
    events = Event.objects.filter(project=project)
    count = events[: COUNTED + 1].count()
    latest = events.defer("metadata").order_by("-timestamp").first() if count else None
    return Received(min(count, COUNTED), count > COUNTED, latest)


def field_rows(project: Project) -> list[FieldRow]:
    """A project's fields: texts first, then by how many events carry them.

    Fields count what *extract* has processed, so what waits is left out of the total too.
    """
    fields = Field.objects.filter(project=project).select_related("overridden_by")
    processed = _processed(project)
    rows = [FieldRow(field, _share(field.events, processed)) for field in fields]
    order = [FieldType.TEXT, FieldType.ENUM, FieldType.NUMBER, FieldType.IGNORED]
    return sorted(
        rows, key=lambda row: (order.index(row.field.type), -row.field.events, row.field.key)
    )


def coverage(field: Field) -> float:
    """The share of the project's processed events that carry a field, from 0 to 1."""
    return _share(field.events, _processed(field.project))


def topics_of(field: Field) -> int:
    """How many topics rest on a field: a later app's rows, reached through the field's relation."""
    return field.topics.filter(project=field.project_id, retired_at=None).count()


def _processed(project: Project) -> int:
    """Events that *extract* is done with, which are those that fields count.

    Counting many reads an index from end to end, so it is done once in `_KEPT_SECONDS`. In between
    the number is estimated from the commonest field, whose share changes slowly.
    """
    fields = Field.objects.filter(project=project)
    commonest: int = fields.aggregate(events=Max("events"))["events"] or 0
    key = f"commonest-field-{project.pk}"
    with suppress(RedisError):
        share: float | None = cache.get(key)
        if share:
            return round(commonest / share)
    events = Event.objects.filter(project=project).count()
    events -= PendingEvent.objects.filter(project=project).count()
    if events > COUNTED:
        with suppress(RedisError):
            cache.set(key, _share(commonest, events), _KEPT_SECONDS)
    return events


def _share(events: int, processed: int) -> float:
    return min(1.0, events / processed) if processed > 0 else 0.0
