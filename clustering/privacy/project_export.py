"""All that Turret holds of a project, as JSON lines: its settings, what was found, every event.

A line says in `kind` what it is. Those of events are in `/track`'s form, so `import_events` takes
them elsewhere; what was found comes before them. The last line tells that it is the last: else a
download that failed in the middle would look whole. Read batch by batch: memory stays flat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Project
from clustering.models import Decision, Theme, Topic
from ingestion.models import Event, Field, SavedSegment
from ingestion.payload import dump_json
from ingestion.stored import fitting

_BATCH = 2_000

Line = dict[str, Any]


def lines(project: Project) -> Iterator[bytes]:
    """Every line of the export, each with its newline."""
    for line in _everything(project):
        yield dump_json(line) + b"\n"


def _everything(project: Project) -> Iterator[Line]:
    yield _project(project)
    scope = {"project": project}
    for field in Field.objects.filter(**scope).order_by("pk"):
        yield _field(field)
    for segment in SavedSegment.objects.filter(**scope).order_by("pk"):
        yield {"kind": "segment", "name": segment.name, "query": segment.query}
    for theme in Theme.objects.filter(**scope).select_related("field").order_by("pk"):
        yield _named("theme", theme)
    topics = Topic.objects.filter(**scope).select_related("field").defer("centroid")
    for topic in topics.order_by("pk").iterator(chunk_size=_BATCH):
        yield _topic(topic)
    decisions = Decision.objects.filter(**scope).select_related("field", "made_by")
    for decision in decisions.order_by("pk").iterator(chunk_size=_BATCH):
        yield _decision(decision)
    events = 0
    for event in _events(project):
        events += 1
        yield event
    yield {"kind": "end", "events": events}


def _project(project: Project) -> Line:
    return {
        "kind": "project",
        "name": project.name,
        "slug": project.slug,
        "created_at": project.created_at,
        "coverage": project.get_coverage_display(),
        "session_gap_seconds": int(project.session_gap.total_seconds()),
        "retention_days": project.retention_days,
        "masks_events": project.masks_events,
        "llm_examples": project.llm_examples,
    }


def _field(field: Field) -> Line:
    return {
        "kind": "field",
        "key": field.key,
        "type": field.type,
        "detected_type": field.detected_type,
        "override": field.override or None,
        "events": field.events,
        "first_seen_at": field.first_seen_at,
        "last_seen_at": field.last_seen_at,
    }


def _named(kind: str, subject: Topic | Theme) -> Line:
    return {
        "kind": kind,
        "id": subject.pk,
        "field": subject.field.key,
        "label": subject.label,
        "description": subject.description,
        "label_source": subject.label_source,
        "created_at": subject.created_at,
    }


def _topic(topic: Topic) -> Line:
    return _named("topic", topic) | {
        "theme_id": topic.theme_id,
        "retired_at": topic.retired_at,
        "pinned": topic.pinned,
        "hidden": topic.hidden,
        "acted_on_at": topic.acted_on_at,
        "acted_on_note": topic.acted_on_note,
    }


def _decision(decision: Decision) -> Line:
    return {
        "kind": "decision",
        "field": decision.field.key,
        "decided": decision.kind,
        "summary": decision.summary,
        "topic_id": decision.topic_id,
        "theme_id": decision.theme_id,
        "made_by": decision.made_by.email if decision.made_by else None,
        "made_at": decision.made_at,
        "undone_at": decision.undone_at,
    }


def _events(project: Project) -> Iterator[Line]:
    """In the order in which they happened. The index is event_by_time."""
    position: tuple[datetime, int] | None = None
    while batch := _events_after(project, position):
        topics = _topics_of(project, [event.pk for event in batch])
        for event in batch:
            yield {
                "kind": "event",
                "name": event.name,
                "session_id": event.session_id,
                "user_id": event.user_id,
                "event_id": event.event_id,
                "metadata": event.metadata,
                "timestamp": event.timestamp,
                "topics": topics.get(event.pk, {}),
            }
        position = batch[-1].timestamp, batch[-1].pk


_NEXT = """
    SELECT id, event_id, name, session_id, user_id, metadata, timestamp FROM ingestion_event
    WHERE project_id = %s AND (timestamp, id) > (%s, %s) ORDER BY timestamp, id LIMIT %s
"""
_AFTER = f"""
    SELECT id, event_id, name, session_id, user_id, metadata, timestamp
    FROM ({fitting(_NEXT, "timestamp, id")}) event ORDER BY timestamp, id
"""  # noqa: S608


def _events_after(project: Project, position: tuple[datetime, int] | None) -> list[Event]:
    at, last = position or ("-infinity", 0)
    return list(Event.objects.unscoped().raw(_AFTER, [project.pk, at, last, _BATCH]))


# Each text is looked up by its primary key: a join compares each occurrence with each text where
# statistics do not know a project yet and expect one row.
_TOPICS = """
    SELECT occurrence.event_id, field.key, text.topic_id
    FROM clustering_occurrence AS occurrence
    CROSS JOIN LATERAL (
        SELECT topic_id FROM clustering_text
        WHERE project_id = occurrence.project_id AND id = occurrence.text_id OFFSET 0
    ) AS text
    JOIN ingestion_field AS field ON field.id = occurrence.field_id
    WHERE occurrence.project_id = %s AND occurrence.event_id = ANY(%s::bigint[])
"""


def _topics_of(project: Project, event_ids: list[int]) -> dict[int, dict[str, int | None]]:
    """The topic of each text of these events by field; None for an outlier."""
    found: dict[int, dict[str, int | None]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_TOPICS, [project.pk, event_ids])
        for event_id, key, topic_id in cursor.fetchall():
            found[event_id][key] = topic_id
    return found
