"""Reads of journeys: the occurrences of a dimension, packed by PostgreSQL, unpacked by numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from clustering.models import Occurrence, Text, Topic
from ingestion.models import Event, Field
from journeys.reports import State, States
from journeys.transitions import OUTLIER, Flags, Integers, Journeys, fold

SESSION_GAP = timedelta(minutes=30)
"""How long a session must be quiet to be over. Web analytics has long agreed on half an hour."""


@dataclass(frozen=True)
class Log:
    """The occurrences of whole sessions in one dimension.

    `session` (n,) numbers sessions from 0, ascending, each in time order (the event's timestamp,
    then its arrival). `topic` (n,) is the place of the topic in `topics`, or `OUTLIER`.
    `is_open` (sessions,) marks sessions that were active within `SESSION_GAP`.
    """

    topics: States
    session: Integers
    topic: Integers
    is_open: Flags

    def journeys(self, *, outliers: bool) -> Journeys:
        """Fold it, with outliers shown as steps or skipped."""
        return fold(self.session, self.topic, self.is_open, len(self.topics), outliers=outliers)


def occurrences(field: Field) -> QuerySet[Occurrence]:
    return Occurrence.objects.filter(project=field.project_id, field=field)


def load_log(field: Field, since: datetime, now: datetime) -> Log:
    """Load the sessions that begin since then: whole ones, however late they end."""
    texts, lengths, is_open = _packed_sessions(field, since, now)
    topic_ids, topic = _topics_of_texts(field, texts)
    names = topic_names(field.project_id, topic_ids.tolist())
    return Log(
        topics=tuple(State(topic_id, names[topic_id]) for topic_id in topic_ids.tolist()),
        session=np.repeat(np.arange(len(lengths)), lengths),
        topic=topic,
        is_open=is_open,
    )


def topic_names(project_id: int, topic_ids: Iterable[int]) -> dict[int, str]:
    """What topics are called, by id. One that was deleted meanwhile keeps its number."""
    wanted = {topic_id: Topic(pk=topic_id) for topic_id in topic_ids}
    found = Topic.objects.filter(project=project_id, pk__in=wanted).only("label")
    wanted.update((topic.pk, topic) for topic in found)
    return {topic_id: str(topic) for topic_id, topic in wanted.items()}


# One value holds what a million rows would: PostgreSQL aggregates each session's texts in the
# order of `occurrence_by_session`, which it only reads, and the sessions into one byte string.
# Three times faster than COPY of the rows; the limit is 1 GB, 125 million occurrences.
_PACK = """
    SELECT
        coalesce(string_agg(texts, ''::bytea), ''),
        coalesce(string_agg(int4send(size), ''::bytea), ''),
        coalesce(string_agg(boolsend(is_open), ''::bytea), '')
    FROM (
        SELECT
            string_agg(int8send(text_id), ''::bytea ORDER BY timestamp, event_id) AS texts,
            count(*)::int AS size,
            session_id IN ({active}) AS is_open
        FROM ({occurrences}) AS occurrence
        GROUP BY session_id
        HAVING min(timestamp) >= %s
    ) AS session
"""


def _packed_sessions(
    field: Field, since: datetime, now: datetime
) -> tuple[Integers, Integers, Flags]:
    """The text of each occurrence (n,); of each session how many it has, and whether it is open."""
    read, read_values = _compiled(
        _active_since(field, since, now).values("session_id", "timestamp", "event_id", "text_id")
    )
    active, active_values = _compiled(active_events(field.project_id, now).values("session_id"))
    with connection.cursor() as cursor:
        cursor.execute(
            _PACK.format(occurrences=read, active=active), [*active_values, *read_values, since]
        )
        texts, sizes, is_open = cursor.fetchone()
    return (
        np.frombuffer(texts, dtype=">i8").astype(np.int64),
        np.frombuffer(sizes, dtype=">i4").astype(np.int64),
        np.frombuffer(is_open, dtype=np.bool_),
    )


def _active_since(field: Field, since: datetime, now: datetime) -> QuerySet[Occurrence]:
    """The occurrences of every session that is active since then, those before it too.

    May hold other sessions as well: choosing costs more than it saves where the period is a
    fair part of all time (measured to break even at about a quarter).
    """
    first = occurrences(field).order_by("timestamp").values_list("timestamp", flat=True).first()
    if first is None or now - first < 4 * (now - since):
        return occurrences(field)
    active = occurrences(field).filter(timestamp__gte=since)
    return occurrences(field).filter(session_id__in=active.values("session_id"))


def active_events(project_id: int, now: datetime) -> QuerySet[Event]:
    """Events, of any kind, of sessions that are not over. The index is `event_by_time`."""
    return Event.objects.filter(project=project_id, timestamp__gt=now - SESSION_GAP)


_PACK_TEXTS = """
    SELECT
        coalesce(string_agg(int8send(id), ''::bytea), ''),
        coalesce(string_agg(int8send(topic_id), ''::bytea), '')
    FROM ({texts}) AS text
"""


def _topics_of_texts(field: Field, texts: Integers) -> tuple[Integers, Integers]:
    """The ids of the topics there are, ascending, and the place among them of each text's topic.

    The texts are read after the occurrences, so that each occurrence finds its text.
    """
    assigned = Text.objects.filter(project=field.project_id, field=field, topic__isnull=False)
    rows, values = _compiled(assigned.values("id", "topic_id"))
    with connection.cursor() as cursor:
        cursor.execute(_PACK_TEXTS.format(texts=rows), values)
        known, topics = (np.frombuffer(packed, dtype=">i8") for packed in cursor.fetchone())
    topic_ids, codes = np.unique(topics.astype(np.int64), return_inverse=True)
    order = np.argsort(known)
    known, codes = known[order].astype(np.int64), codes[order]
    if len(known) == 0:
        return topic_ids, np.full(len(texts), OUTLIER)
    place = np.minimum(np.searchsorted(known, texts), len(known) - 1)
    return topic_ids, np.where(known[place] == texts, codes[place], OUTLIER)


def _compiled(queryset: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    """A queryset as SQL and its values, to stand within other SQL."""
    return queryset.query.sql_with_params()
