"""Reads of what data quality is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Aggregate, Count, QuerySet, Sum

from accounts.models import Project
from clustering.columns import filtering, reading
from clustering.columns.sessions import first_places
from clustering.models import SetAsideEvent, SetAsideText
from clustering.reports.period import Period
from clustering.reports.slices import Slice
from ingestion.models import Field
from journeys.folding import Integers, differs
from journeys.quality import Seen, effective_number
from journeys.statistics import Share

NAMES = 8
"""Event names with a column of their own, the commonest."""

SHOWN_DAYS = 90
"""Days that are counted, the latest of a period."""


REASONS = 5
"""Why events or texts are set aside: the commonest that are shown."""


@dataclass(frozen=True)
class SetAside:
    """Events or texts that could not be read, in so many messages, and the commonest reasons."""

    number: int
    messages: int
    reasons: list[str]


def set_aside_events(project: Project) -> SetAside:
    """Events that could not be extracted. The index is set_aside_once."""
    return _set_aside(SetAsideEvent.objects.filter(project=project), Count("pk"))


def set_aside_texts(project: Project) -> SetAside:
    """Texts that the embedding model cannot read. The index is text_set_aside_once."""
    return _set_aside(SetAsideText.objects.filter(project=project), Sum("text__occurrences"))


def _set_aside(found: QuerySet[Any], messages: Aggregate) -> SetAside:
    by_reason = found.order_by().values("reason").annotate(number=Count("pk"), messages=messages)
    rows = sorted(by_reason, key=lambda row: (-row["number"], row["reason"]))
    return SetAside(
        sum(row["number"] for row in rows),
        sum(row["messages"] for row in rows),
        [row["reason"] for row in rows[:REASONS]],
    )


_DAY = timedelta(days=1)

_LATEST = 50_000
"""Events of a period that are looked at, the latest: more would tell the same, and slower."""


def seen(of: Slice, when: Period, latest: int = _LATEST) -> Seen:
    """The messages of a dimension in a period, and the latest events of any kind."""
    log, topic = of.loaded.log, of.loaded.topic
    rows = np.flatnonzero(of.chosen & (log.time >= reading.microseconds(when.start)))
    sizes = np.bincount(log.session[rows], minlength=len(log.sizes))
    users = filtering.users(of.loaded, rows)
    several, alone = _users_of(log.session[rows], users, sizes)
    begins = differs(log.session[rows])
    claimed = np.bincount(topic[rows][topic[rows] >= 0])
    texts = np.bincount(log.text[rows])
    ahead, events, textless, name = _of_events(of.loaded.field.project, when, latest)
    return Seen(
        sizes=sizes[sizes > 0],
        users=several[sizes > 0],
        alone=Share(int(alone[sizes > 1].sum()), int(sizes[sizes > 1].sum())),
        commonest_user=_commonest_user(users[begins]),
        commonest_text=Share(int(texts.max(initial=0)), len(rows)),
        commonest_topic=Share(int(claimed.max(initial=0)), int(claimed.sum())),
        topics=effective_number(claimed),
        ahead=Share(ahead, events),
        textless=Share(textless, events),
        textless_name=name,
    )


def _users_of(session: Integers, users: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """(sessions,) different users that sent several messages of each, and that sent one of it.

    As a rule a session has one user; only where they take turns, messages are sorted.
    """
    turns = np.bincount(session[differs(session) | differs(users)], minlength=len(sizes))
    several, alone = (turns == 1) & (sizes > 1), (turns == 1) & (sizes == 1)
    rows = np.flatnonzero(turns[session] > 1)
    rows = rows[np.lexsort((users[rows], session[rows]))]
    begins = np.flatnonzero(differs(session[rows]) | differs(users[rows]))
    is_alone = np.diff(begins, append=len(rows)) == 1
    of = session[rows[begins]]
    return (
        several + np.bincount(of[~is_alone], minlength=len(sizes)),
        alone + np.bincount(of[is_alone], minlength=len(sizes)),
    )


def _commonest_user(users: Integers) -> Share:
    """The sessions of the user who has most, of those (m,) that name one."""
    named = users[users != 0]
    most = int(np.bincount(first_places(named)).max(initial=0))
    return Share(most, len(named))


# The index is event_by_time; clustering_occurrence by its primary key.
_EVENTS = """
    SELECT count(*) FILTER (WHERE is_ahead),
           count(*),
           count(*) FILTER (WHERE is_textless),
           mode() WITHIN GROUP (ORDER BY name) FILTER (WHERE is_textless)
    FROM (
        SELECT name, timestamp > received_at + interval '5 minutes' AS is_ahead,
               NOT EXISTS (
                   SELECT FROM clustering_occurrence AS occurrence
                   WHERE occurrence.project_id = event.project_id
                     AND occurrence.event_id = event.id)
               AND NOT EXISTS (
                   SELECT FROM ingestion_pendingevent AS pending
                   WHERE pending.project_id = event.project_id
                     AND pending.event_id = event.id) AS is_textless
        FROM (
            SELECT * FROM ingestion_event
            WHERE project_id = %s AND timestamp >= %s ORDER BY timestamp DESC LIMIT %s
        ) AS event
    ) AS judged
"""


def _of_events(project: Project, when: Period, latest: int) -> tuple[int, int, int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [project.pk, when.start, latest])
        ahead, events, textless, name = cursor.fetchone()
    return ahead, events, textless, name or ""


def changed_fields(project: Project) -> QuerySet[Field]:
    """Fields that another type was detected for than before, the latest first."""
    changed = Field.objects.filter(project=project, changed_at__isnull=False)
    return changed.order_by("-changed_at", "key")


@dataclass(frozen=True)
class Day:
    """Events of a day (UTC): all, and those with a text in the dimension, of each name and of
    further names together."""

    day: date
    all: int
    named: dict[str, int]
    others: int

    @property
    def textless(self) -> int:
        return max(0, self.all - sum(self.named.values()) - self.others)


@dataclass(frozen=True)
class Days:
    """Events of each name by day, the latest day first."""

    names: list[str]
    rows: list[Day]
    others: int
    """Names without a column."""
    is_cut: bool
    """Whether the period has earlier days."""

    @property
    def all(self) -> int:
        return sum(row.all for row in self.rows)

    @property
    def textless(self) -> int:
        return sum(row.textless for row in self.rows)


def events_by_day(of: Slice, when: Period) -> Days:
    """Every day of a period, at most the latest `SHOWN_DAYS`, whether or not anything came."""
    days = (when.end - when.start) // _DAY + 1
    midnight = when.end.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight - ago * _DAY for ago in range(min(days, SHOWN_DAYS))]
    names, others, counts = _names_by_day(of, starts[-1], len(starts))
    totals = count_events(of.loaded.field.project, starts)
    rows = [
        Day(start.date(), total, dict(zip(names, named[:-1], strict=True)), named[-1])
        for start, total, named in zip(starts, totals, counts[::-1].tolist(), strict=True)
    ]
    return Days(names, rows, others, days > SHOWN_DAYS)


def _names_by_day(of: Slice, since: datetime, days: int) -> tuple[list[str], int, Integers]:
    """The commonest names of the events with a text in the dimension, the number of other names,
    and how many of each, and at last of the others, came each day since then, (days, names + 1).

    The others are told together from the start: where a client puts ids into names, there are as
    many names as events.
    """
    log, columns = of.loaded.log, filtering.name_values(of.loaded)
    names = sorted({name for column in columns for name in column.dictionary or ()})
    code_of = {name: code for code, name in enumerate(names, 1)}
    codes = [
        np.array([0, *map(code_of.__getitem__, column.dictionary or ())])[column.array]
        for column in columns
    ]
    start = reading.microseconds(since)
    rows = np.flatnonzero(log.time >= start)
    # A client's clock may be ahead of ours.
    day = np.minimum((log.time[rows] - start) // (_DAY // timedelta(microseconds=1)), days - 1)
    code = np.concatenate(codes)[log.arrival[rows]]
    day, code = day[code > 0], code[code > 0]
    times = np.bincount(code, minlength=len(names) + 1)
    all_names = int(np.count_nonzero(times))
    shown = np.argsort(-times, kind="stable")[: min(NAMES, all_names)]
    column = np.full(len(times), len(shown))
    column[shown] = np.arange(len(shown))
    width = len(shown) + 1
    counts = np.bincount(day * width + column[code], minlength=days * width).reshape(days, width)
    return [names[code - 1] for code in shown.tolist()], all_names - len(shown), counts


# From event_by_time alone, which holds no names.
_DAYS = """
    SELECT (SELECT count(*) FROM ingestion_event
            WHERE project_id = %s AND timestamp >= since AND timestamp < until)
    FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS day (since, until, place)
    ORDER BY place
"""


def count_events(project: Project, starts: Sequence[datetime]) -> list[int]:
    """Events of days that begin at these moments, the latest first, which has no end."""
    ends = [datetime.max.replace(tzinfo=UTC), *starts[:-1]]
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [project.pk, list(starts), ends])
        return [count for (count,) in cursor.fetchall()]
