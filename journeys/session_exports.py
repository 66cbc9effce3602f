"""Sessions as rows of a CSV file: all of a list, read a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponseBase
from django.utils import timezone

from accounts.access import ProjectRequest
from accounts.csv_files import Cell, download
from accounts.models import Project
from clustering.columns import filtering
from clustering.reports import slices
from ingestion.models import Field
from journeys import selectors, sessions
from journeys.reports import State
from journeys.sessions import Cursor, Summary

BATCH = 500
"""Sessions that are read at a time: their journeys fit in memory, and few queries do for many."""

COLUMNS = [
    "session_id", "user_id", "first_text", "journey", "events", "began", "last_active", "seconds",
    "still_open",
]  # fmt: skip

Batches = Iterable[Sequence[str]]


def download_sessions(
    request: ProjectRequest, field: Field | None, batches: Batches
) -> HttpResponseBase:
    """Sessions with these ids, in their order, with their journeys in a dimension if any."""
    rows = _rows(request.project, field, batches)
    return download(request, request.project, "sessions", COLUMNS, rows)


def all_ids(
    project: Project, field: Field | None, state: State | None, user_id: str
) -> Iterator[list[str]]:
    """The sessions that come to a state, else those of a user, else all; the latest first.

    Those of a state are found before this returns, and not as they are read. Raises BlocksChanged.
    """
    if state and field:
        loaded = slices.load(field).loaded
        visits = sessions.latest_visits(loaded, state)
        return batches_of(project, filtering.event_ids(loaded, visits))
    return _latest(project, user_id)


def batches_of(project: Project, event_ids: Sequence[int]) -> Iterator[list[str]]:
    """The sessions of events."""
    for start in range(0, len(event_ids), BATCH):
        events = selectors.events_of(project.pk, event_ids[start : start + BATCH])
        yield [event.session_id for event in events]


def _latest(project: Project, user_id: str) -> Iterator[list[str]]:
    before: Cursor | None = None
    while True:
        found = sessions.latest_sessions(project, before, user_id, BATCH)
        yield [each.session_id for each in found[:BATCH]]
        if len(found) <= BATCH:
            return
        before = found[BATCH - 1].cursor


def _rows(project: Project, field: Field | None, batches: Batches) -> Iterator[Sequence[Cell]]:
    now = timezone.now()
    for session_ids in batches:
        yield from map(_row, sessions.summaries(project, field, session_ids, now))


def _row(each: Summary) -> Sequence[Cell]:
    journey = " → ".join(step.state.name for step in each.outline.steps)
    return (
        each.session_id, each.user_id, each.outline.opening, journey, each.events, each.started_at,
        each.last_at, round(each.lasted.total_seconds(), 3), int(each.is_open),
    )  # fmt: skip
