"""What the tables of a tenant say, to hold against what its client was told."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from bench.installation import Tenant

_BACKLOG = """
    SELECT (SELECT count(*) FROM ingestion_pendingevent WHERE project_id = %(project)s),
           (SELECT count(*) FROM clustering_text text
            WHERE project_id = %(project)s AND NOT embedded),
           (SELECT count(*) FROM clustering_text text
            WHERE project_id = %(project)s AND embedded AND nearest_topic_id IS NULL
            AND EXISTS (SELECT FROM clustering_topic topic WHERE topic.project_id = %(project)s
                        AND topic.field_id = text.field_id AND retired_at IS NULL))
"""

# A text field's events, counted in the events themselves, in occurrences and on the texts.
_COUNTED = """
    SELECT field.key,
           (SELECT count(*) FROM ingestion_event
            WHERE project_id = %(project)s AND btrim(metadata ->> field.key) <> ''),
           (SELECT count(*) FROM clustering_occurrence
            WHERE project_id = %(project)s AND field_id = field.id),
           (SELECT coalesce(sum(occurrences), 0) FROM clustering_text
            WHERE project_id = %(project)s AND field_id = field.id)
    FROM ingestion_field field WHERE project_id = %(project)s AND type = 'text'
"""

_USED = """
    SELECT (SELECT coalesce(sum(accepted), 0) FROM billing_usage
            WHERE organization_id = %(organization)s)
         + (SELECT count(*) FROM ingestion_pendingevent WHERE project_id = %(project)s)
"""


@dataclass(frozen=True)
class Backlog:
    """Events to extract, texts to embed, and texts to compare with the topics there are."""

    events: int
    texts: int
    unassigned: int

    def __bool__(self) -> bool:
        return bool(self.events or self.texts or self.unassigned)


class Books:
    def __init__(self, database: psycopg.Connection, tenant: Tenant) -> None:
        self._database = database
        self._scope = {"project": tenant.project_id, "organization": tenant.organization_id}

    def backlog(self) -> Backlog:
        return Backlog(*self._row(_BACKLOG))

    def stored(self) -> list[str]:
        """The event_id of each event that is stored."""
        found = self._database.execute(
            "SELECT event_id FROM ingestion_event WHERE project_id = %(project)s", self._scope
        )
        return [event_id for (event_id,) in found]

    def used(self) -> int:
        """Events that count as usage."""
        return int(self._row(_USED)[0])

    def set_aside(self) -> int:
        query = "SELECT count(*) FROM clustering_setasideevent WHERE project_id = %(project)s"
        return int(self._row(query)[0])

    def miscounted(self) -> list[tuple[str, int, int, int]]:
        """Text fields whose events, occurrences and texts' counts differ."""
        found = self._database.execute(_COUNTED, self._scope).fetchall()
        assert found, "no field is text"
        return [(key, *counts) for key, *counts in found if len(set(counts)) > 1]

    def _row(self, query: str) -> tuple[int, ...]:
        row = self._database.execute(query.encode(), self._scope).fetchone()
        assert row is not None
        return row
