"""Reads of sessions: lists of them, latest first, and one of them as it was sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db import connection
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Left

from accounts.models import Project
from clustering.columns import filtering, reading
from clustering.columns.reading import OUTLIER, Loaded
from ingestion.models import Event, Field
from journeys.folding import Flags, Integers
from journeys.reports import OUTLIER_STATE, State
from journeys.selectors import active_events, events_of, occurrences, topics_by_id

PAGE_SIZE = 50
_OPENING = 300
_EVENTS_OF_A_SESSION = 20
"""As many as most have, so that a page is read at once."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """A place in a list of sessions: after the one whose latest event this is."""

    timestamp: datetime
    event_id: int

    def __str__(self) -> str:
        return f"{(self.timestamp - _EPOCH) // _MICROSECOND}.{self.event_id}"

    @classmethod
    def parse(cls, code: str) -> Cursor | None:
        """The place that a URL names; None if it names none."""
        moment, _, event_id = code.partition(".")
        try:
            place = cls(_EPOCH + timedelta(microseconds=int(moment)), int(event_id))
        except (ValueError, OverflowError):
            return None
        return place if 0 <= place.event_id < 2**63 else None


@dataclass(frozen=True)
class Found:
    """A session and the latest of its events that was looked for."""

    session_id: str
    cursor: Cursor


def latest_sessions(
    project: Project, before: Cursor | None = None, user_id: str = "", size: int = PAGE_SIZE
) -> list[Found]:
    """A page of sessions and one more, by their latest event; of one user, by theirs.

    Walks `event_by_time` (`event_by_user`) backwards and passes over further events of sessions
    that it came to. So a page costs its events, however many sessions there are, and a session that
    never ends, as of a client that sends a constant for its id, costs each of its events once.
    """
    events = Event.objects.filter(project=project).order_by("-timestamp", "-pk")
    if user_id:
        events = events.filter(user_id=user_id)
    found: dict[str, Found] = {}
    listed: set[str] = set()
    place, portion = before, _EVENTS_OF_A_SESSION * (size + 1)
    while len(found) <= size:
        behind = events.exclude(session_id__in=[*found, *listed])
        if place:
            behind = behind.filter(timestamp__lte=place.timestamp).exclude(
                timestamp=place.timestamp, pk__gte=place.event_id
            )
        rows = list(behind.values_list("session_id", "timestamp", "pk")[:portion])
        if before:
            listed |= _listed_before(project, {row[0] for row in rows} - {*found}, before, user_id)
        for session_id, timestamp, pk in rows:
            place = Cursor(timestamp, pk)
            if session_id not in listed:
                found.setdefault(session_id, Found(session_id, place))
        if len(rows) < portion:
            break
    return [*found.values()][: size + 1]


# The index is event_by_session.
_LISTED_BEFORE = """
    SELECT session_id FROM unnest(%(sessions)s::text[]) AS wanted (session_id)
    WHERE EXISTS (
        SELECT FROM ingestion_event AS event
        WHERE event.project_id = %(project)s AND event.session_id = wanted.session_id
          AND event.timestamp >= %(timestamp)s
          AND (event.timestamp, event.id) >= (%(timestamp)s, %(event)s)
          AND %(user)s IN ('', event.user_id)
    )
"""


def _listed_before(
    project: Project, session_ids: Collection[str], place: Cursor, user_id: str
) -> set[str]:
    """Those of the sessions that have an event (of the user) at a place of a list, or before it."""
    asked: dict[str, Any] = {
        "project": project.pk,
        "sessions": list(session_ids),
        "timestamp": place.timestamp,
        "event": place.event_id,
        "user": user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LISTED_BEFORE, asked)
        return {session_id for (session_id,) in cursor.fetchall()}


def sessions_with(
    loaded: Loaded, state: State, before: Cursor | None = None, size: int = PAGE_SIZE
) -> list[Found]:
    """A page of sessions that come to a topic (or an outlier) and one more, by their last visit.

    Raises BlocksChanged.
    """
    rows = latest_visits(loaded, state, before)[: size + 1]
    events = events_of(loaded.field.project_id, filtering.event_ids(loaded, rows))
    return [Found(event.session_id, Cursor(event.timestamp, event.pk)) for event in events]


def latest_visits(loaded: Loaded, state: State, before: Cursor | None = None) -> Integers:
    """(m,) the row of the log at which each session that comes to a state does so last; the latest
    first. Raises BlocksChanged."""
    rows = _last_visits(loaded, state)
    if before:
        rows = rows[_is_behind(loaded, rows, before)]
    return rows[np.lexsort((loaded.log.arrival[rows], loaded.log.time[rows]))[::-1]]


def _last_visits(loaded: Loaded, state: State) -> Integers:
    """(m,) the same, session after session."""
    code = OUTLIER
    if state.topic_id is not None:
        place = np.flatnonzero(loaded.topic_ids == state.topic_id)
        if not len(place):
            return place
        code = int(place[0])
    rows = np.flatnonzero(loaded.topic == code)
    return rows[np.flatnonzero(np.diff(loaded.log.session[rows], append=-1))]


def _is_behind(loaded: Loaded, rows: Integers, place: Cursor) -> Flags:
    """(m,) whether each of these rows of the log stands behind a place in a list."""
    time, at = loaded.log.time[rows], reading.microseconds(place.timestamp)
    behind: Flags = time < at
    same = np.flatnonzero(time == at)
    events = filtering.event_ids(loaded, rows[same])
    behind[same] = np.asarray(events, dtype=np.int64) < place.event_id
    return behind


@dataclass(frozen=True)
class Step:
    """Occurrences in a row that have the same topic."""

    state: State
    count: int


@dataclass(frozen=True)
class Outline:
    """What a session is about, in one dimension."""

    opening: str = ""
    """The start of its first text."""
    steps: tuple[Step, ...] = ()
    """Its journey, outliers shown."""
    waits: bool = False
    """Whether a text of it has yet to be compared with topics."""


@dataclass(frozen=True)
class Summary:
    """A session in a list."""

    session_id: str
    user_id: str
    events: int
    started_at: datetime
    last_at: datetime
    is_open: bool
    outline: Outline

    @property
    def lasted(self) -> timedelta:
        return self.last_at - self.started_at


def summaries(
    project: Project, field: Field | None, session_ids: Sequence[str], now: datetime
) -> list[Summary]:
    """Sessions in the given order, with their journeys in one dimension if there is one."""
    events = Event.objects.filter(project=project, session_id__in=session_ids)
    spans = events.values("session_id").annotate(
        number=Count("pk"), start=Min("timestamp"), end=Max("timestamp"), newest=Max("pk")
    )
    found = {span["session_id"]: span for span in spans}
    newest = [span["newest"] for span in found.values()]
    users = dict(
        Event.objects.filter(project=project, pk__in=newest).values_list("session_id", "user_id")
    )
    is_open = set(
        active_events(project, now)
        .filter(session_id__in=session_ids)
        .values_list("session_id", flat=True)
    )
    outlines = {} if field is None else _outlines(field, session_ids)
    return [
        Summary(
            session_id=session_id,
            user_id=users[session_id],
            events=found[session_id]["number"],
            started_at=found[session_id]["start"],
            last_at=found[session_id]["end"],
            is_open=session_id in is_open,
            outline=outlines.get(session_id, Outline()),
        )
        for session_id in session_ids
        if session_id in users  # none of its events was deleted just now
    ]


def _outlines(field: Field, session_ids: Sequence[str]) -> dict[str, Outline]:
    """By `occurrence_by_session`."""
    said = occurrences(field).filter(session_id__in=session_ids)
    openings = dict(
        said.order_by("session_id", "timestamp", "event_id")
        .distinct("session_id")
        .values_list("session_id", Left("text__content", _OPENING))
    )
    is_compared = Q(text__embedded=True)
    topics = ArrayAgg("text__topic_id", filter=is_compared, order_by=("timestamp", "event_id"))
    grouped = said.values("session_id").annotate(topics=topics, waits=BoolOr(~is_compared))
    rows = list(grouped.values_list("session_id", "topics", "waits"))
    wanted = {topic_id for _, sequence, _ in rows for topic_id in sequence or () if topic_id}
    known = topics_by_id(field.project_id, wanted)
    states: dict[int | None, State] = {None: OUTLIER_STATE}
    states |= {pk: State(pk, str(topic)) for pk, topic in known.items() if not topic.hidden}
    return {
        session_id: Outline(openings.get(session_id, ""), _steps(sequence or (), states), waits)
        for session_id, sequence, waits in rows
    }


def _steps(sequence: Sequence[int | None], states: Mapping[int | None, State]) -> tuple[Step, ...]:
    """A journey of messages by their topics; those on hidden ones, in no state, are passed over."""
    listed = (states[topic_id] for topic_id in sequence if topic_id in states)
    return tuple(Step(state, len(list(run))) for state, run in groupby(listed))
