"""Deleting events, with what was learnt of their values. Usage stays: it was accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Project
from billing import services as billing
from ingestion.learning import lock_fields, unlearn_fields
from ingestion.models import Event
from ingestion.stored import COLUMNS, fitting, read

_TAKE_PENDING = """
    DELETE FROM ingestion_pendingevent WHERE project_id = %s AND event_id = ANY(%s::bigint[])
    RETURNING event_id, (received_at AT TIME ZONE 'UTC')::date
"""
_READ = (
    f"SELECT {COLUMNS} FROM ingestion_event event"  # noqa: S608
    " WHERE project_id = %s AND id = ANY(%s::bigint[]) ORDER BY id"
)
_DELETE = "DELETE FROM ingestion_event WHERE project_id = %s AND id = ANY(%s::bigint[])"


def delete_events(
    project: Project, event_ids: Sequence[int], unlearnt: Collection[int] = ()
) -> int:
    """Delete events, whether they were extracted or wait for it; return how many there were.

    Fields have learnt nothing from the `unlearnt` ones, although they are not pending.

    Call it in a transaction, before anything of the later stages is locked. When it returns,
    nobody extracts these events any more, and all that was extracted of them is visible. All
    fields are locked, also those that only pending ones of these events carry: the past may be
    being read for them.
    """
    unlearnt = take_pending(project, event_ids).union(unlearnt)
    lock_fields(project)
    events = read(_READ, [project.pk, list(event_ids)])
    unlearn_fields(project, [event for event in events if event.id not in unlearnt])
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, [project.pk, [event.id for event in events]])
    return len(events)


def take_pending(project: Project, event_ids: Sequence[int]) -> set[int]:
    """Take those of these events that are pending off the queue, and record them as usage.

    Call it in a transaction. Returns their ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_PENDING, [project.pk, list(event_ids)])
        day_of: dict[int, date] = dict(cursor.fetchall())
    if day_of and project.is_metered:
        billing.record_accepted(project.organization_id, Counter(day_of.values()))
    return set(day_of)


def oldest_events(project: Project, before: datetime, limit: int) -> list[int]:
    """Ids of the first events that happened before a moment. The index is event_by_time."""
    return _first(Event.objects.filter(project=project, timestamp__lt=before), limit)


def events_of_user(project: Project, user_id: str, limit: int) -> list[int]:
    """Ids of the first events of a user. The index is event_by_user."""
    return _first(Event.objects.filter(project=project, user_id=user_id), limit)


def _first(events: QuerySet[Event], limit: int) -> list[int]:
    """Ids of the first of these events, up to a number and to what fits into memory."""
    first = events.order_by("timestamp").values("id", "metadata", "timestamp")[:limit]
    statement, parameters = first.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({fitting(statement, 'timestamp, id')}) first", parameters)  # noqa: S608
        return [event_id for (event_id,) in cursor.fetchall()]
