"""Events to texts and occurrences.

Each step may be killed or run twice: an event stays pending until the transaction that extracts
it commits, and an occurrence is written once whoever tries.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Project
from clustering import locks
from clustering.models import Dimension
from ingestion import services as ingestion
from ingestion.metadata import text_of
from ingestion.models import Event, Field, FieldType

BATCH = 5_000
"""Events in one transaction: a fraction of a second's work, and of a second's work lost."""


def extract(project: Project, limit: int = BATCH) -> int:
    """Process up to `limit` pending events. Returns how many; 0 when none can be claimed now.

    Workers may do this side by side: each claims events of its own.
    """
    with transaction.atomic():
        events = ingestion.claim(project, limit)
        if events:
            fields = ingestion.learn_fields(project, events).values()
            texts = [known for known in fields if known.type == FieldType.TEXT]
            found = _find(texts, events)
            locks.share(known.pk for known in texts)
            _store(project, found)
            _note_dimensions(project, fields, found)
    return len(events)


def reconcile(project: Project, deadline: float = math.inf) -> bool:
    """Extract the past events of fields that are text now and were not then.

    Begins only the first batch of a field after `deadline`, on the monotonic clock, and returns
    whether any is left for this process to do. Passes over fields that another process is at. A
    field that stopped being text keeps its texts and topics, so that turning it back undoes that.
    """
    left = False
    for known in fields_to_read().filter(project=project).order_by("pk"):
        with locks.holding(locks.reading(known.pk)) as mine:
            left |= mine and _read_past(known, deadline)
    return left


def fields_to_read() -> QuerySet[Field]:
    """Text fields, in every project, whose past events have not all been read."""
    complete = Dimension.objects.filter(
        project=OuterRef("project"), field=OuterRef("pk"), active=True
    )
    return Field.objects.unscoped().filter(~Exists(complete), type=FieldType.TEXT)


@dataclass
class _Found:
    """The occurrences in a batch of events, as columns for unnest()."""

    field_id: list[int] = field(default_factory=list)
    digest: list[bytes] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    event_id: list[int] = field(default_factory=list)
    session_id: list[str] = field(default_factory=list)
    timestamp: list[datetime] = field(default_factory=list)


def _find(fields: Iterable[Field], events: Iterable[Event]) -> _Found:
    keys = [(known.pk, known.key) for known in fields]
    found = _Found()
    for event in events:
        for field_id, key in keys:
            if content := text_of(event.metadata, key):
                found.field_id.append(field_id)
                found.digest.append(hashlib.sha256(content.encode()).digest())
                found.content.append(content)
                found.event_id.append(event.pk)
                found.session_id.append(event.session_id)
                found.timestamp.append(event.timestamp)
    return found


_INSERT_TEXTS = """
    INSERT INTO clustering_text (project_id, field_id, digest, content, occurrences,
                                 first_seen_at, last_seen_at, embedded)
    SELECT %s, field_id, digest, min(content), 0, min(timestamp), max(timestamp), false
    FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::timestamptz[])
         AS found (field_id, digest, content, timestamp)
    GROUP BY field_id, digest ORDER BY field_id, digest
    ON CONFLICT (project_id, field_id, digest) DO NOTHING
"""

_LOCK_TEXTS = """
    SELECT id, field_id, digest FROM clustering_text
    WHERE project_id = %s
      AND (field_id, digest) IN (SELECT * FROM unnest(%s::bigint[], %s::bytea[]))
    ORDER BY field_id, digest FOR NO KEY UPDATE
"""

_INSERT_OCCURRENCES = """
    WITH inserted AS (
        INSERT INTO clustering_occurrence (project_id, event_id, field_id, text_id, session_id,
                                           timestamp)
        SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
                                 %s::timestamptz[])
        ON CONFLICT DO NOTHING
        RETURNING text_id, timestamp
    ), counted AS (
        SELECT text_id, count(*) AS more, min(timestamp) AS first, max(timestamp) AS last
        FROM inserted GROUP BY text_id
    )
    UPDATE clustering_text AS text
    SET occurrences = occurrences + more,
        first_seen_at = least(first_seen_at, first),
        last_seen_at = greatest(last_seen_at, last)
    FROM counted WHERE text.project_id = %s AND text.id = counted.text_id
"""


def _store(project: Project, found: _Found) -> None:
    """Write the texts and occurrences that are not there yet, and count only those.

    Texts are locked in one order, so that two workers never wait for each other.
    """
    if not found.event_id:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_TEXTS,
            [project.pk, found.field_id, found.digest, found.content, found.timestamp],
        )
        cursor.execute(_LOCK_TEXTS, [project.pk, found.field_id, found.digest])
        text_ids = {(field_id, bytes(digest)): pk for pk, field_id, digest in cursor.fetchall()}
        text_id = [text_ids[key] for key in zip(found.field_id, found.digest, strict=True)]
        columns = [found.event_id, found.field_id, text_id, found.session_id, found.timestamp]
        cursor.execute(_INSERT_OCCURRENCES, [project.pk, *columns, project.pk])


def _note_dimensions(project: Project, fields: Iterable[Field], found: _Found) -> None:
    """Keep the dimensions true after a batch in which `fields` had the types they have.

    A new text field is complete at once if this batch holds every event that carries it. One
    that was passed over because it is not text needs its past read should it become text.
    """
    carried = {pk: found.field_id.count(pk) for pk in set(found.field_id)}
    Dimension.objects.bulk_create(
        [
            Dimension(project=project, field=known, active=known.events == carried.get(known.pk))
            for known in fields
            if known.type == FieldType.TEXT
        ],
        ignore_conflicts=True,
    )
    passed_over = [known.pk for known in fields if known.type != FieldType.TEXT]
    read = Q(active=True) | Q(read_to__isnull=False)
    Dimension.objects.filter(read, project=project, field__in=passed_over).update(
        active=False, read_to=None, read_to_event=0
    )


def _read_past(known: Field, deadline: float) -> bool:
    """Extract a field from every event; returns whether the deadline came first."""
    while _read_batch(known):
        if monotonic() >= deadline:
            return True
    return False


def _read_batch(known: Field) -> int:
    """Go on where the last batch ended, and say so; returns how many events there were.

    With the last one the dimension is complete. Nobody extracts this field meanwhile: extract
    holds the field's row. What it passed over before, it has had read from the start.
    """
    with transaction.atomic():
        locks.refer(known.pk)
        locks.share([known.pk])
        dimension, _ = Dimension.objects.get_or_create(project=known.project, field=known)
        start = dimension.read_to or datetime.min.replace(tzinfo=UTC)
        events = _events_after(known.project, (start, dimension.read_to_event))
        if events:
            _store(known.project, _find([known], events))
            last = events[-1]
            dimension.read_to, dimension.read_to_event = last.timestamp, last.pk
        else:
            dimension.active, dimension.read_to, dimension.read_to_event = True, None, 0
        dimension.save(update_fields=["active", "read_to", "read_to_event"])
    return len(events)


def _events_after(project: Project, position: tuple[datetime, int]) -> list[Event]:
    """Relies on the index event_by_time."""
    return list(
        Event.objects.unscoped().raw(
            "SELECT * FROM ingestion_event WHERE project_id = %s"
            " AND (timestamp, id) > (%s, %s) ORDER BY timestamp, id LIMIT %s",
            [project.pk, *position, BATCH],
        )
    )
