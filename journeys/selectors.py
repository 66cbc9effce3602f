"""Reads of journeys: the sessions of a dimension in a period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from django.db.models import QuerySet

from accounts.models import Project
from clustering.columns import blocks, filtering, reading
from clustering.columns.reading import Loaded
from clustering.columns.sessions import first_places
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
    the topic in `topics`, less than 0 for an outlier or a text that waits, as in `Loaded`.
    `is_open` (sessions,) marks sessions that were active within the project's session gap. `rows`
    (n,) is the place of each occurrence in the dimension's log.
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
        return np.logical_or.reduceat(chosen[self.rows], self.first)

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
    log = of.loaded.log
    wanted = _begun(of, since)
    if of.segment:
        wanted &= np.logical_or.reduceat(of.chosen, log.starts)
    return _whole_log(of, now).only(wanted)


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
    names = topic_names(field.project_id, topic_ids)
    return Log(
        topics=tuple(State(topic_id, names[topic_id]) for topic_id in topic_ids),
        session=log.session,
        sizes=log.sizes,
        topic=of.loaded.topic,
        is_open=np.isin(log.sessions.values, _active_sessions(field.project, now)),
        rows=np.arange(len(log), dtype=np.int32),
    )


def session_ids(of: Slice, log: Log, sessions: Integers) -> list[str]:
    """The ids of sessions, by their numbers in a log (m,)."""
    first = log.rows[log.first[sessions]]
    return [event.session_id for event in events_at(of.loaded, first)]


def events_at(loaded: Loaded, rows: Integers) -> list[Event]:
    """The events at rows of a dimension's log (m,), without those deleted meanwhile."""
    wanted = filtering.event_ids(loaded, rows.astype(np.int64))
    found = Event.objects.filter(project=loaded.field.project_id).only("session_id", "timestamp")
    by_id = found.in_bulk(wanted)
    return [by_id[event_id] for event_id in wanted if event_id in by_id]


def user_codes(of: Slice, log: Log) -> Integers:
    """(sessions,) a code for the user that each session's first message names, else -1."""
    users = filtering.users(of.loaded, log.rows[log.first])
    first = first_places(users)
    codes = np.cumsum(first == np.arange(len(first))) - 1
    return np.where(users == 0, -1, codes[first])


def topic_names(project_id: int, topic_ids: Iterable[int]) -> dict[int, str]:
    """What topics are called, by id. One that was deleted meanwhile keeps its number."""
    wanted = {topic_id: Topic(pk=topic_id) for topic_id in topic_ids}
    found = Topic.objects.filter(project=project_id, pk__in=wanted).only("label")
    wanted.update((topic.pk, topic) for topic in found)
    return {topic_id: str(topic) for topic_id, topic in wanted.items()}


def _active_sessions(project: Project, now: datetime) -> list[int]:
    """Hashes of the ids of sessions that are not over."""
    active = active_events(project, now).values_list("session_id", flat=True).distinct()
    return [blocks.session_hash(session_id) for session_id in active]


def active_events(project: Project, now: datetime) -> QuerySet[Event]:
    """Events, of any kind, of sessions that are not over. The index is `event_by_time`."""
    return Event.objects.filter(project=project, timestamp__gt=now - project.session_gap)
