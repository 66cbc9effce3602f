"""Reads of sessions: lists of them, latest first, and one of them as it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.db.models.functions import Left

from accounts.models import Project
from clustering.columns import filtering, reading
from clustering.columns.reading import OUTLIER, Loaded
from ingestion.models import Event, Field
from journeys.folding import Flags, Integers
from journeys.reports import OUTLIER_STATE, State
from journeys.selectors import active_events, events_at, occurrences, topic_names

PAGE_SIZE = 50
_OPENING = 300
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

    Walks `event_by_time` (`event_by_user`) backwards and asks `event_by_session` of each event
    whether a later one follows, so that a page costs its events, however many sessions there are.
    """
    events = Event.objects.filter(project=project)
    if user_id:
        events = events.filter(user_id=user_id)
    later = events.filter(
        Q(timestamp__gt=OuterRef("timestamp"))
        | Q(timestamp=OuterRef("timestamp"), pk__gt=OuterRef("pk")),
        session_id=OuterRef("session_id"),
    )
    last = events.filter(~Exists(later)).order_by("-timestamp", "-pk")
    if before:
        last = last.filter(timestamp__lte=before.timestamp).exclude(
            timestamp=before.timestamp, pk__gte=before.event_id
        )
    rows = last.values_list("session_id", "timestamp", "pk")[: size + 1]
    return [Found(session_id, Cursor(timestamp, pk)) for session_id, timestamp, pk in rows]


def sessions_with(
    loaded: Loaded, state: State, before: Cursor | None = None, size: int | None = PAGE_SIZE
) -> list[Found]:
    """A page of sessions that come to a topic (or an outlier) and one more, by their last visit.

    All of them if it has no size. Raises BlocksChanged.
    """
    rows = _last_visits(loaded, state)
    if before:
        rows = rows[_is_behind(loaded, rows, before)]
    latest = np.lexsort((loaded.log.arrival[rows], loaded.log.time[rows]))[::-1]
    events = events_at(loaded, rows[latest[: None if size is None else size + 1]])
    return [Found(event.session_id, Cursor(event.timestamp, event.pk)) for event in events]


def _last_visits(loaded: Loaded, state: State) -> Integers:
    """(m,) the row of the log at which each session that comes to a state does so last."""
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
    events = filtering.event_ids(loaded, rows[same].astype(np.int64))
    behind[same] = np.asarray(events, dtype=np.int64) < place.event_id
    return behind


@dataclass(frozen=True)
class Step:
    """Occurrences in a row that have the same topic."""

    state: State
    count: int


@dataclass(frozen=True)
class Summary:
    """A session in a list. `opening` is the start of its first text, `steps` its journey."""

    session_id: str
    user_id: str
    events: int
    started_at: datetime
    last_at: datetime
    is_open: bool
    opening: str
    steps: tuple[Step, ...]

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
    openings, journeys = ({}, {}) if field is None else _told(field, session_ids)
    return [
        Summary(
            session_id=session_id,
            user_id=users[session_id],
            events=found[session_id]["number"],
            started_at=found[session_id]["start"],
            last_at=found[session_id]["end"],
            is_open=session_id in is_open,
            opening=openings.get(session_id, ""),
            steps=journeys.get(session_id, ()),
        )
        for session_id in session_ids
        if session_id in found
    ]


def _told(
    field: Field, session_ids: Sequence[str]
) -> tuple[dict[str, str], dict[str, tuple[Step, ...]]]:
    """The first text and the journey of each session, by `occurrence_by_session`."""
    said = occurrences(field).filter(session_id__in=session_ids)
    openings = (
        said.order_by("session_id", "timestamp", "event_id")
        .distinct("session_id")
        .values_list("session_id", Left("text__content", _OPENING))
    )
    told = (
        said.filter(text__embedded=True)
        .values("session_id")
        .annotate(topics=ArrayAgg("text__topic_id", order_by=("timestamp", "event_id")))
    )
    sequences = dict(told.values_list("session_id", "topics"))
    wanted = {topic_id for sequence in sequences.values() for topic_id in sequence if topic_id}
    names = topic_names(field.project_id, wanted)
    states = {topic_id: State(topic_id, name) for topic_id, name in names.items()}
    journeys = {
        session_id: tuple(
            Step(states.get(topic_id, OUTLIER_STATE), len(list(run)))
            for topic_id, run in groupby(sequence)
        )
        for session_id, sequence in sequences.items()
    }
    return dict(openings), journeys
