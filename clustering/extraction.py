"""Events to texts and occurrences.

Each step may be killed or run twice: an event stays pending until the transaction that extracts
it commits, and an occurrence is written once whoever tries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

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


def reconcile(project: Project) -> None:
    """Make the dimensions those of the fields that are text now, with all their past events.

    A field that stopped being text keeps its texts and topics, so that turning it back undoes
    that; meanwhile its events are not extracted, so its past is read again then.
    """
    Dimension.objects.filter(project=project, active=True).exclude(
        field__type=FieldType.TEXT
    ).update(active=False)
    for known in fields_to_read().filter(project=project):
        _read_past(known)


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
    Dimension.objects.filter(project=project, field__in=passed_over, active=True).update(
        active=False
    )


def _read_past(known: Field) -> None:
    """Extract a field from every event, then say so. Relies on the index event_by_time."""
    project, position = known.project, (datetime.min.replace(tzinfo=UTC), 0)
    while events := _events_after(project, position):
        position = (events[-1].timestamp, events[-1].pk)
        with transaction.atomic():
            locks.refer(known.pk)
            locks.share([known.pk])
            _store(project, _find([known], events))
    with transaction.atomic():
        # Whoever changed the type since may have had events passed over that were read before.
        unchanged = Field.objects.select_for_update(no_key=True).filter(
            project=project,
            pk=known.pk,
            type=FieldType.TEXT,
            overridden_at=known.overridden_at,
        )
        if unchanged.exists():
            Dimension.objects.update_or_create(
                project=project,
                field=known,
                defaults={"active": True},
            )


def _events_after(project: Project, position: tuple[datetime, int]) -> list[Event]:
    return list(
        Event.objects.unscoped().raw(
            "SELECT * FROM ingestion_event WHERE project_id = %s"
            " AND (timestamp, id) > (%s, %s) ORDER BY timestamp, id LIMIT %s",
            [project.pk, *position, BATCH],
        )
    )
