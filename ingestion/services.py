"""Writes to events: accepting them, and handing them to the pipeline."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from accounts.models import Project
from billing import quota
from billing import services as billing
from billing.plans import Terms
from ingestion import hints, metadata
from ingestion.learning import learn_fields
from ingestion.models import Event
from ingestion.payload import NewEvent

__all__ = ["accept", "claim", "learn_fields", "text_of"]

_INSERT = """
WITH event AS (
  INSERT INTO ingestion_event
    (project_id, name, session_id, user_id, metadata, timestamp, received_at)
  SELECT %s, name, session_id, user_id, metadata::jsonb, timestamp, %s
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS new (name, session_id, user_id, metadata, timestamp)
  RETURNING id, project_id, received_at
)
INSERT INTO ingestion_pendingevent (project_id, event_id, received_at)
SELECT project_id, id, received_at FROM event
"""

_CLAIM = """
WITH claimed AS (
  DELETE FROM ingestion_pendingevent
  WHERE (project_id, event_id) IN (
    SELECT project_id, event_id FROM ingestion_pendingevent
    WHERE project_id = %s ORDER BY event_id LIMIT %s FOR UPDATE SKIP LOCKED
  )
  RETURNING event_id
)
SELECT event.* FROM ingestion_event event JOIN claimed ON event.id = claimed.event_id
ORDER BY event.id
"""


def accept(
    project_id: int, terms: Terms, events: Sequence[NewEvent], now: datetime
) -> quota.Reservation:
    """Store as many of the events, from the first on, as the quota grants; return what it did.

    One statement stores them, so outside a transaction they are durable, all or none, when
    this returns. If it fails, the quota gets its room back.
    """
    reservation = quota.reserve(terms, len(events), now)
    if reservation.granted:
        try:
            _insert(project_id, events[: reservation.granted], now)
        except BaseException:
            quota.release(reservation)
            raise
        hints.hint(project_id)
    return reservation


def claim(project: Project, limit: int) -> list[Event]:
    """Take up to `limit` pending events, oldest first, and record them as usage.

    Call it in a transaction: until it commits nobody else gets these events, and if it does not,
    they are pending again. Others may claim at the same time and get other events. Ordered by
    id.
    """
    hints.clear(project.pk)
    events = list(Event.objects.unscoped().raw(_CLAIM, [project.pk, limit]))
    by_day = Counter(event.received_at.astimezone(UTC).date() for event in events)
    billing.record_accepted(project.organization_id, by_day)
    return events


def text_of(event: Event, key: str) -> str | None:
    """Return what an event says under a dotted key, as text; None where it does not carry it."""
    return metadata.text_of(event.metadata, key)


def _insert(project_id: int, events: Sequence[NewEvent], now: datetime) -> None:
    columns: list[list[Any]] = [
        [event.name for event in events],
        [str(event.session_id) for event in events],
        [str(event.user_id) for event in events],
        [json.dumps(event.metadata, ensure_ascii=False) for event in events],
        [event.timestamp for event in events],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [project_id, now, *columns])
