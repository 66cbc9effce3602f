"""Reads of journeys: the sessions of a dimension in a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from accounts.models import Project
from clustering.columns import filtering, reading
from clustering.columns.reading import OUTLIER, WAITING
from clustering.columns.sessions import first_places, is_among
from clustering.columns.values import hashed
from clustering.models import Occurrence, Topic
from clustering.reports.slices import Slice
from ingestion.models import Event, Field
from journeys.folding import Flags, Integers, Journeys, fold
from journeys.reports import State, States


@dataclass(frozen=True)
class Log:
    """The occurrences of whole sessions in one dimension.

    `session` (n,) numbers sessions from 0, ascending, each in time order (the event's timestamp,
    then its arrival), and `sizes` (sessions,) are their occurrences. `topic` (n,) is the place of
    the topic in `topics`, less than 0 for an outlier or a text that waits, as in `Loaded`; one of a
    hidden topic is as if it waited. `is_open` (sessions,) marks sessions that were active within
    the project's session gap. `rows` (n,) is the place of each occurrence in the dimension's log.
    """

    topics: States
    session: Integers
    sizes: Integers
    topic: Integers
    is_open: Flags
    rows: Integers

    def journeys(self, *, outliers: bool) -> Journeys:
        """Fold it, with outliers shown as steps or skipped."""
        return fold(self.session, self.topic, self.is_open, len(self.topics), outliers=outliers)

    @cached_property
    def last(self) -> Integers:
        """(sessions,) place of the last occurrence of each session."""
        return np.cumsum(self.sizes) - 1

    @cached_property
    def first(self) -> Integers:
        """(sessions,) place of the first one."""
        return self.last - self.sizes + 1

    def with_any(self, chosen: Flags) -> Flags:
        """(sessions,) those with any of the chosen occurrences (n,) of the dimension's log."""
        found = np.zeros(len(self.sizes), np.bool_)
        found[self.session[chosen[self.rows]]] = True
        return found

    def only(self, sessions: Flags) -> Log:
        """The log of the sessions that are flagged, (sessions,); itself if those are all."""
        if sessions.all():
            return self
        kept = np.flatnonzero(np.repeat(sessions, self.sizes))
        sizes = self.sizes[sessions]
        return Log(
            self.topics,
            np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            sizes,
            self.topic[kept],
            self.is_open[sessions],
            self.rows[kept],
        )


def occurrences(field: Field) -> QuerySet[Occurrence]:
    return Occurrence.objects.filter(project=field.project_id, field=field)


def load_log(of: Slice, since: datetime, now: datetime) -> Log:
    """The sessions that begin since then: whole ones, however late they end.

    Of a segment, those with a message in it: a session that was cut would tell of transitions
    that nobody made.
    """
    whole, wanted = _whole_log(of, now), _begun(of, since)
    return whole.only(wanted & whole.with_any(of.chosen) if of.segment else wanted)


def log_of_period(of: Slice, since: datetime, now: datetime) -> Log:
    """The sessions that begin since then, whatever the segment."""
    return _whole_log(of, now).only(_begun(of, since))


def _begun(of: Slice, since: datetime) -> Flags:
    """(sessions,) of the dimension, those that begin since then."""
    log = of.loaded.log
    begun: Flags = log.time[log.starts] >= reading.microseconds(since)
    return begun


def _whole_log(of: Slice, now: datetime) -> Log:
    """Every session of the dimension."""
    field, log = of.loaded.field, of.loaded.log
    topic_ids = of.loaded.topic_ids.tolist()
    known = topics_by_id(field.project_id, topic_ids)
    return Log(
        topics=tuple(State(topic_id, str(known[topic_id])) for topic_id in topic_ids),
        session=log.session,
        sizes=log.sizes,
        topic=_without_hidden(of.loaded.topic, [known[topic_id] for topic_id in topic_ids]),
        is_open=is_among(log.sessions.values, _active_sessions(field.project, now)),
        rows=np.arange(len(log), dtype=np.int32),
    )


def _without_hidden(topic: Integers, topics: Sequence[Topic]) -> Integers:
    """Places of topics (n,), those of hidden ones as if their texts waited."""
    if not any(each.hidden for each in topics):
        return topic
    listed = [WAITING if each.hidden else place for place, each in enumerate(topics)]
    places = np.array([*listed, WAITING, OUTLIER], np.int32)  # -2 and -1 index the last two
    return places[topic]


def session_ids(of: Slice, log: Log, sessions: Integers) -> list[str]:
    """The ids of sessions, by their numbers in a log (m,)."""
    found = events_of(of.loaded.field.project_id, first_events(of, log, sessions))
    return [event.session_id for event in found]


def first_events(of: Slice, log: Log, sessions: Integers) -> list[int]:
    """The ids of the events that sessions begin with, by their numbers in a log (m,)."""
    return filtering.event_ids(of.loaded, log.rows[log.first[sessions]])


def events_of(project_id: int, event_ids: Sequence[int]) -> list[Event]:
    """The session and time of events in this order, without those deleted meanwhile."""
    found = Event.objects.filter(project=project_id).only("session_id", "timestamp")
    by_id = found.in_bulk(event_ids)
    return [by_id[event_id] for event_id in event_ids if event_id in by_id]


def user_codes(of: Slice, log: Log) -> Integers:
    """(sessions,) a code for the user that each session's first message names, else -1."""
    users = filtering.users(of.loaded, log.rows[log.first])
    first = first_places(users)
    codes = np.cumsum(first == np.arange(len(first))) - 1
    return np.where(users == 0, -1, codes[first])


def topics_by_id(project_id: int, topic_ids: Iterable[int]) -> dict[int, Topic]:
    """Topics by id; for one that was deleted meanwhile, a `Topic` that has no more than the id."""
    wanted = {topic_id: Topic(pk=topic_id) for topic_id in topic_ids}
    found = Topic.objects.filter(project=project_id, pk__in=wanted).only("label", "hidden")
    wanted.update((topic.pk, topic) for topic in found)
    return wanted


def hidden_topics(field: Field) -> int:
    """How many topics of a dimension are no steps of its journeys."""
    found = Topic.objects.filter(project=field.project_id, field=field)
    return found.filter(hidden=True, retired_at=None).count()


def _active_sessions(project: Project, now: datetime) -> NDArray[np.int64]:
    """Hashes of the ids of sessions that are not over."""
    active = active_events(project, now).values_list("session_id", flat=True).distinct()
    return np.array([hashed(session_id) for session_id in active], np.int64)


def active_events(project: Project, now: datetime) -> QuerySet[Event]:
    """Events, of any kind, of sessions that are not over. The index is `event_by_time`."""
    return Event.objects.filter(project=project, timestamp__gt=now - project.session_gap)
