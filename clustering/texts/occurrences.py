"""The texts that events carry, and where each occurred."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Project
from clustering.columns import blocks
from ingestion.metadata import as_text, flatten
from ingestion.models import Field
from ingestion.payload import dump_json
from ingestion.stored import StoredEvent


@dataclass
class Found:
    """What a batch of events says: each text once, and each occurrence with its text's number."""

    texts: dict[tuple[int, str], _Text] = field(default_factory=dict)
    """By field and content."""
    occurrences: list[dict[str, Any]] = field(default_factory=list)

    def add(self, field_id: int, content: str, event: StoredEvent) -> None:
        text = self.texts.get((field_id, content))
        if text is None:
            text = _Text(len(self.texts), event.timestamp, event.timestamp)
            self.texts[field_id, content] = text
        text.occurrences += 1
        text.first = min(text.first, event.timestamp)
        text.last = max(text.last, event.timestamp)
        self.occurrences.append(
            {
                "number": text.number,
                "field_id": field_id,
                "event_id": event.id,
                "session_id": event.session_id,
                "timestamp": event.timestamp,
            }
        )

    def events(self) -> dict[int, list[int]]:
        """The ids of the events that carry each field."""
        ids: dict[int, list[int]] = defaultdict(list)
        for each in self.occurrences:
            ids[each["field_id"]].append(each["event_id"])
        return ids


@dataclass
class _Text:
    number: int
    first: datetime
    last: datetime
    occurrences: int = 0


def find(fields: Iterable[Field], events: Iterable[StoredEvent]) -> Found:
    keys = [(field.pk, field.key) for field in fields]
    found = Found()
    if not keys:
        return found
    for event in events:
        flat = flatten(event.metadata)
        for field_id, key in keys:
            if key in flat:
                found.add(field_id, as_text(flat[key]), event)
    return found


# The rows come as JSON: psycopg takes ten times as long to write one array a column. Texts that are
# there are found by ON CONFLICT and not by a join: where statistics do not know a project yet, a
# join reads all of its texts for each one that is given.
_COUNT_TEXTS = """
    INSERT INTO clustering_text AS text (project_id, field_id, digest, content, occurrences,
                                         first_seen_at, last_seen_at, embedded)
    SELECT %s, field_id, decode(digest, 'hex'), content, occurrences, first, last, false
    FROM json_to_recordset(%s::json) AS given (
        field_id bigint, digest text, content text, occurrences bigint, first timestamptz,
        last timestamptz)
    ORDER BY field_id, decode(digest, 'hex')
    ON CONFLICT (project_id, field_id, digest) DO UPDATE
    SET occurrences = text.occurrences + excluded.occurrences,
        first_seen_at = least(text.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(text.last_seen_at, excluded.last_seen_at)
    RETURNING field_id, encode(digest, 'hex'), id
"""

_INSERT_OCCURRENCES = """
    INSERT INTO clustering_occurrence (project_id, event_id, field_id, text_id, session_id,
                                       timestamp)
    SELECT %s, event_id, field_id, text_id, session_id, timestamp
    FROM json_to_recordset(%s::json) AS found (
        event_id bigint, field_id bigint, text_id bigint, session_id text, timestamp timestamptz)
    ON CONFLICT DO NOTHING
    RETURNING text_id
"""

_TAKE_BACK = """
    UPDATE clustering_text AS text SET occurrences = text.occurrences - known.number
    FROM unnest(%s::bigint[], %s::bigint[]) AS known (text_id, number)
    WHERE text.project_id = %s AND text.id = known.text_id
"""


def store(project: Project, found: Found) -> None:
    """Write the texts and occurrences that are not there yet, and count only those.

    Texts are locked in one order, so that two workers never wait for each other.
    """
    if not found.occurrences:
        return
    texts = [
        {
            "field_id": field_id,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "content": content,
            "occurrences": text.occurrences,
            "first": text.first,
            "last": text.last,
        }
        for (field_id, content), text in found.texts.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TEXTS, [project.pk, dump_json(texts).decode()])
        text_ids = {(field_id, digest): text_id for field_id, digest, text_id in cursor.fetchall()}
        for each in found.occurrences:
            text = texts[each["number"]]
            each["text_id"] = text_ids[text["field_id"], text["digest"]]
        cursor.execute(_INSERT_OCCURRENCES, [project.pk, dump_json(found.occurrences).decode()])
        counted = Counter(each["text_id"] for each in found.occurrences)
        known = counted - Counter(text_id for (text_id,) in cursor.fetchall())
        if known:
            cursor.execute(_TAKE_BACK, [list(known), list(known.values()), project.pk])
        for field_id, events in sorted(found.events().items()):
            blocks.forget(cursor, project.pk, field_id, events)
