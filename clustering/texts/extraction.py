"""Events to texts and occurrences.

Each step may be killed or run twice: an event stays pending until the transaction that extracts
it commits, and an occurrence is written once whoever tries.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from rq.timeouts import BaseTimeoutException

from accounts.models import Project
from clustering import locks
from clustering.models import Dimension, SetAsideEvent
from clustering.texts import failures
from clustering.texts.occurrences import Found, find, store
from ingestion.deletion import take_pending
from ingestion.learning import learn_fields, lock_fields
from ingestion.models import Field, FieldType
from ingestion.services import claim
from ingestion.stored import COLUMNS, StoredEvent, fitting, read

log = logging.getLogger(__name__)

BATCH = 5_000
"""Events in one transaction, fewer if they are large: a fraction of a second's work, and of a
second's work lost."""

TRIES = 3
"""Of an event on its own, before it is set aside."""

_NARROWING = 8
"""How many parts of a batch that fails are tried one by one."""

_PASSING = (OperationalError, InterfaceError, BaseTimeoutException)
"""What no event is to blame for."""


class Unreadable(Exception):
    """Processing these events failed, each time that they are tried."""

    def __init__(self, event_ids: Sequence[int], error: Exception) -> None:
        super().__init__(failures.described(error))
        self.event_ids = event_ids


def extract(project: Project, limit: int = BATCH) -> int:
    """Process up to `limit` pending events. Returns how many; 0 when none can be claimed now.

    Workers may do this side by side: each claims events of its own. Where a batch fails, parts of
    it are tried, and an event that fails on its own is set aside, so that the rest goes on.
    """
    tries = 0
    while True:
        try:
            return _extract(project, limit)
        except Unreadable as failure:
            if len(failure.event_ids) > 1:
                limit = max(len(failure.event_ids) // _NARROWING, 1)
            elif (tries := tries + 1) == TRIES:
                return _set_aside(project, failure)


def retry(project: Project) -> tuple[int, int]:
    """Process the events that were set aside; return how many went well, and how many are left."""
    waiting = SetAsideEvent.objects.filter(project=project)
    ids: list[int] = [each.event_id for each in waiting.order_by("event")]
    done = 0
    for event_id in ids:
        try:
            with transaction.atomic():
                lock_fields(project)  # before it is read: whoever deletes it comes before or after
                if waiting.filter(event=event_id).delete()[0]:
                    _process(project, read(_READ, [project.pk, event_id]))
        except Unreadable as failure:
            waiting.filter(event=event_id).update(reason=str(failure)[:_LONGEST_REASON])
        else:
            done += 1
    return done, len(ids) - done


_READ = f"SELECT {COLUMNS} FROM ingestion_event event WHERE project_id = %s AND id = %s"  # noqa: S608
_LONGEST_REASON = 200


@transaction.atomic
def _extract(project: Project, limit: int) -> int:
    events = claim(project, limit)
    if events:
        _process(project, events)
    return len(events)


def _process(project: Project, events: Sequence[StoredEvent]) -> None:
    """Raises Unreadable."""
    try:
        fields = learn_fields(project, events).values()
        texts = [field for field in fields if field.type == FieldType.TEXT]
        found = find(texts, events)
        locks.share(field.pk for field in texts)
        store(project, found)
        _note_dimensions(project, fields, found)
    except _PASSING:
        raise
    except Exception as error:
        raise Unreadable([event.id for event in events], error) from error


def _set_aside(project: Project, failure: Unreadable) -> int:
    """Put an event on record that cannot be processed. It stays stored, and counts as usage.

    Passes over one that was deleted meanwhile.
    """
    (event_id,) = failure.event_ids
    with transaction.atomic():
        if not take_pending(project, [event_id]):
            return 1
        SetAsideEvent.objects.get_or_create(
            project=project, event_id=event_id, defaults={"reason": str(failure)[:_LONGEST_REASON]}
        )
    log.error("event %d of project %d is set aside: %s", event_id, project.pk, failure)
    return 1


def reconcile(project: Project, deadline: float = math.inf) -> bool:
    """Extract the past events of fields that are text now and were not then.

    Begins only the first batch of a field after `deadline`, on the monotonic clock, and returns
    whether any is left for this process to do. Passes over fields that another process is at. A
    field that stopped being text keeps its texts and topics, so that turning it back undoes that.
    """
    left = False
    for field in fields_to_read().filter(project=project).order_by("pk"):
        with locks.holding(locks.reading(field.pk)) as mine:
            left |= mine and _read_past(field, deadline)
    return left


def fields_to_read() -> QuerySet[Field]:
    """Text fields, in every project, whose past events have not all been read."""
    complete = Dimension.objects.filter(
        project=OuterRef("project"), field=OuterRef("pk"), active=True
    )
    return Field.objects.unscoped().filter(~Exists(complete), type=FieldType.TEXT)


def _note_dimensions(project: Project, fields: Iterable[Field], found: Found) -> None:
    """Keep the dimensions true after a batch in which `fields` had the types they have.

    A new text field is complete at once if this batch holds every event that carries it. One
    that was passed over because it is not text needs its past read should it become text.
    """
    carried = Counter(each["field_id"] for each in found.occurrences)
    Dimension.objects.bulk_create(
        [
            Dimension(project=project, field=field, active=field.events == carried[field.pk])
            for field in fields
            if field.type == FieldType.TEXT
        ],
        ignore_conflicts=True,
    )
    passed_over = [field.pk for field in fields if field.type != FieldType.TEXT]
    read = Q(active=True) | Q(read_to__isnull=False)
    Dimension.objects.filter(read, project=project, field__in=passed_over).update(
        active=False, read_to=None, read_to_event=0
    )


def _read_past(field: Field, deadline: float) -> bool:
    """Extract a field from every event; returns whether the deadline came first."""
    while _read_batch(field):
        if monotonic() >= deadline:
            return True
    return False


def _read_batch(field: Field) -> int:
    """Go on where the last batch ended, and say so; returns how many events there were.

    With the last one the dimension is complete. Nobody extracts this field meanwhile: extract
    holds the field's row. What it passed over before, it has had read from the start.
    """
    with transaction.atomic():
        locks.refer(field.pk)
        locks.share([field.pk])
        dimension, _ = Dimension.objects.get_or_create(project=field.project, field=field)
        start = dimension.read_to or datetime.min.replace(tzinfo=UTC)
        events = _events_after(field.project, (start, dimension.read_to_event))
        if events:
            store(field.project, find([field], events))
            last = events[-1]
            dimension.read_to, dimension.read_to_event = last.timestamp, last.id
        else:
            dimension.active, dimension.read_to, dimension.read_to_event = True, None, 0
        dimension.save(update_fields=["active", "read_to", "read_to_event"])
    return len(events)


def _events_after(project: Project, position: tuple[datetime, int]) -> list[StoredEvent]:
    """But for those that are set aside. Relies on the index event_by_time."""
    return read(_AFTER, [project.pk, *position, BATCH])


_NEXT = """
    SELECT * FROM ingestion_event AS event
    WHERE project_id = %s AND (timestamp, id) > (%s, %s) AND NOT EXISTS (
        SELECT FROM clustering_setasideevent
        WHERE project_id = event.project_id AND event_id = event.id
    )
    ORDER BY timestamp, id LIMIT %s
"""
_AFTER = f"""
    SELECT {COLUMNS} FROM ({fitting(_NEXT, "timestamp, id")}) event ORDER BY timestamp, id
"""  # noqa: S608
