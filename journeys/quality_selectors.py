"""Reads of what data quality is judged by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Project
from clustering.columns import filtering, reading
from clustering.models import SetAsideEvent
from clustering.period import Period
from clustering.slices import Slice
from ingestion.models import Field
from journeys.folding import Integers, differs
from journeys.quality import Seen, effective_number
from journeys.statistics import Share

NAMES = 8
"""Event names with a column of their own, the commonest."""

SHOWN_DAYS = 90
"""Rows of the page, the latest days."""


def set_aside(project: Project) -> int:
    """Events that could not be extracted. The index is set_aside_once."""
    return SetAsideEvent.objects.filter(project=project).count()


_LATEST = 50_000
"""Events of a period that are looked at, the latest: more would tell the same, and slower."""


def seen(of: Slice, when: Period, latest: int = _LATEST) -> Seen:
    """The messages of a dimension in a period, and the latest events of any kind."""
    log, topic = of.loaded.log, of.loaded.topic
    rows = np.flatnonzero(of.chosen & (log.time >= reading.microseconds(when.start)))
    sizes = np.bincount(log.session[rows], minlength=len(log.sizes))
    users = filtering.users(of.loaded)[rows]
    claimed = np.bincount(topic[rows][topic[rows] >= 0])
    texts = np.bincount(log.text[rows])
    ahead, events, textless = _of_events(of.loaded.field.project, when, latest)
    return Seen(
        sizes=sizes[sizes > 0],
        users=_users_of(log.session[rows], users, len(sizes))[sizes > 0],
        nameless=Share(int((users == 0).sum()), len(rows)),
        commonest_text=Share(int(texts.max(initial=0)), len(rows)),
        commonest_topic=Share(int(claimed.max(initial=0)), int(claimed.sum())),
        topics=effective_number(claimed),
        ahead=Share(ahead, events),
        textless=Share(textless, events),
    )


def _users_of(session: Integers, users: Integers, sessions: int) -> Integers:
    """(sessions,) different users that the messages of each session name."""
    named = np.flatnonzero(users)
    session, users = session[named], users[named]
    changes = differs(session) | differs(users)
    session, users = session[changes], users[changes]
    turns = np.bincount(session, minlength=sessions)
    # As a rule a session has one user; where they take turns, each is counted once.
    several = np.flatnonzero(turns[session] > 1)
    session, users = session[several], users[several]
    order = np.lexsort((users, session))
    new = differs(session[order]) | differs(users[order])
    found: Integers = np.bincount(session[order][new], minlength=sessions)
    return np.where(turns > 1, found, turns)


# The index is event_by_time; clustering_occurrence by its primary key.
_EVENTS = """
    SELECT count(*) FILTER (WHERE timestamp > received_at + interval '5 minutes'),
           count(*),
           count(*) FILTER (WHERE NOT EXISTS (
               SELECT FROM clustering_occurrence AS occurrence
               WHERE occurrence.project_id = event.project_id
                 AND occurrence.event_id = event.id)
               AND NOT EXISTS (
               SELECT FROM ingestion_pendingevent AS pending
               WHERE pending.project_id = event.project_id AND pending.event_id = event.id))
    FROM (
        SELECT * FROM ingestion_event
        WHERE project_id = %s AND timestamp >= %s ORDER BY timestamp DESC LIMIT %s
    ) AS event
"""


def _of_events(project: Project, when: Period, latest: int) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [project.pk, when.start, latest])
        ahead, events, textless = cursor.fetchone()
    return ahead, events, textless


def changed_fields(project: Project) -> QuerySet[Field]:
    """Fields that another type was detected for than before, the latest first."""
    changed = Field.objects.filter(project=project, changed_at__isnull=False)
    return changed.order_by("-changed_at", "key")


@dataclass(frozen=True)
class Day:
    """Events of a day (UTC): of each name, and of further names together."""

    day: date
    named: list[int]
    others: int

    @property
    def all(self) -> int:
        return sum(self.named) + self.others


@dataclass(frozen=True)
class Days:
    """Events of each name by day, the latest day first."""

    names: list[str]
    rows: list[Day]
    """Every day with events, and the days between, of the latest ones."""
    others: int
    """Names without a column."""


_DAYS = """
    SELECT (timestamp AT TIME ZONE 'UTC')::date AS day, name, count(*)
    FROM ingestion_event WHERE project_id = %s AND timestamp >= %s GROUP BY 1, 2
"""


def events_by_day(project: Project, when: Period) -> Days:
    """The index is event_by_time."""
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    totals: dict[str, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [project.pk, when.start])
        for day, name, count in cursor.fetchall():
            counts[day][name] = count
            totals[name] += count
    names = sorted(totals, key=lambda name: (-totals[name], name))
    listed, rest = names[:NAMES], names[NAMES:]
    days = {*counts, *_latest_days(when)} if counts else ()
    rows = [
        Day(
            day,
            [counts[day].get(name, 0) for name in listed],
            sum(counts[day].get(name, 0) for name in rest),
        )
        for day in sorted(days, reverse=True)
    ]
    return Days(listed, rows, len(rest))


def _latest_days(when: Period) -> list[date]:
    """The days of a period that are shown even if nothing came, as that is what to look for."""
    days = min((when.end - when.start).days + 1, SHOWN_DAYS)
    return [when.end.date() - timedelta(days=ago) for ago in range(days)]
