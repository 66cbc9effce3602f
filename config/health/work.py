"""What PostgreSQL says of the work: what waits, since when, and how the last runs went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from django.db import ProgrammingError, connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader

STALLED = 60.0
"""Seconds that work may wait while none is done: more than it takes a worker to start anew."""

# From one project to the next, however much waits in each: events by their primary key, texts by
# text_to_embed. The text that was found first is the oldest; occurrence_by_text leads to the event
# that brought it. The last run is found by its primary key, those under way by one_run_at_a_time,
# which holds no others. Nobody works on deleted projects.
_WORK = """
    WITH RECURSIVE pending AS (
        (SELECT project_id, event_id, received_at FROM ingestion_pendingevent
         ORDER BY project_id, event_id LIMIT 1)
        UNION ALL
        SELECT next.* FROM pending CROSS JOIN LATERAL (
            SELECT project_id, event_id, received_at FROM ingestion_pendingevent
            WHERE project_id > pending.project_id ORDER BY project_id, event_id LIMIT 1) next
    ), waiting AS (
        SELECT pending.* FROM pending JOIN accounts_project project ON project.id = project_id
        WHERE project.deleted_at IS NULL
    ), unembedded AS (
        (SELECT project_id, field_id, id FROM clustering_text WHERE NOT embedded
         ORDER BY project_id, field_id, id LIMIT 1)
        UNION ALL
        SELECT next.* FROM unembedded CROSS JOIN LATERAL (
            SELECT project_id, field_id, id FROM clustering_text WHERE NOT embedded
            AND (project_id, field_id) > (unembedded.project_id, unembedded.field_id)
            ORDER BY project_id, field_id, id LIMIT 1) next
    ), to_embed AS (
        SELECT unembedded.project_id, unembedded.id FROM unembedded
        JOIN clustering_dimension dimension USING (project_id, field_id)
        JOIN ingestion_field field ON field.id = field_id
        JOIN accounts_project project ON project.id = unembedded.project_id
        WHERE dimension.active AND field.type = 'text' AND project.deleted_at IS NULL
    ), brought AS (
        SELECT event.received_at FROM (SELECT * FROM to_embed ORDER BY id OFFSET 0) text
        CROSS JOIN LATERAL (
            SELECT event_id FROM clustering_occurrence occurrence
            WHERE occurrence.project_id = text.project_id AND text_id = text.id
            ORDER BY timestamp LIMIT 1) first
        JOIN ingestion_event event ON event.id = first.event_id
        ORDER BY text.id LIMIT 1
    ), first_texts AS (
        SELECT string_agg(id::text, ' ' ORDER BY id) AS first FROM to_embed GROUP BY project_id
    ), last AS (
        SELECT state, coalesce(finished_at, started_at) AS moment
        FROM clustering_clusteringrun ORDER BY id DESC LIMIT 1
    ), running AS (
        SELECT min(started_at) AS since FROM clustering_clusteringrun WHERE state = 'running'
    )
    SELECT extract(epoch FROM now() - (SELECT min(received_at) FROM waiting))::float,
           extract(epoch FROM now() - (SELECT received_at FROM brought))::float,
           coalesce((SELECT array_agg(event_id::text) FROM waiting), ARRAY[]::text[]),
           coalesce((SELECT array_agg(first) FROM first_texts), ARRAY[]::text[]),
           (SELECT count(*) FROM (
               SELECT project_id FROM waiting UNION SELECT project_id FROM to_embed) AS projects),
           coalesce((SELECT state FROM last), ''),
           extract(epoch FROM now() - (SELECT moment FROM last))::float,
           extract(epoch FROM now() - (SELECT since FROM running))::float
"""


@dataclass(frozen=True)
class Work:
    """Ages in seconds; None where nothing is of the kind."""

    missing: Collection[str]
    """Migrations that are not applied; with any, nothing else is known."""
    oldest_event: float | None = None
    oldest_text: float | None = None
    first_events: Collection[str] = ()
    """What is first in line in each project."""
    first_texts: Collection[str] = ()
    """The same of texts; of a project with several dimensions, all that are first."""
    projects: int = 0
    """In which anything waits."""
    last_run: str = ""
    last_run_age: float | None = None
    longest_run: float | None = None
    """For how long the oldest run under way has been."""


def look() -> Work:
    """Two queries. Raises DatabaseError."""
    with connection.cursor() as cursor:
        missing = migrations() - _applied(cursor)
        if missing:
            return Work(missing)
        cursor.execute(_WORK)
        row = cursor.fetchone()
    assert row is not None
    return Work(missing, *row)


@cache
def migrations() -> frozenset[str]:
    """Every migration of this code."""
    loader = MigrationLoader(None)
    return frozenset(f"{app}.{name}" for app, name in loader.graph.nodes)


def _applied(cursor: CursorWrapper) -> set[str]:
    try:
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
    except ProgrammingError:  # not even that table is there
        return set()
    return {name for (name,) in cursor.fetchall()}
