"""What an overview of a dimension says: a period in one look, with the pages that say more.

Everything but the names is counted from one load of the dimension's log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from clustering.columns import reading
from clustering.models import ClusteringRun, RunState
from clustering.reports import history
from clustering.reports.movement import Movement
from clustering.reports.period import Period
from clustering.reports.slices import Slice, Trend, bar_of
from clustering.reports.table import TopicRow, TopicTable, topic_table
from clustering.runs.emerging import Emerging, emerging
from ingestion.models import Field
from journeys import quality_selectors, reports
from journeys.folding import Integers
from journeys.quality import Check, Standing, checks
from journeys.reports import OUTLIER_STATE, DropOff, Start, Table
from journeys.selectors import load_log
from journeys.statistics import Share

TOPICS = 8
"""Of the largest topics, those that are listed."""

ROWS = 5
"""Rows of every other list."""

LATEST_EVENTS = 5_000
"""Events that clocks and missing texts are judged by; the page of data quality reads more."""


@dataclass(frozen=True)
class Movers:
    """The topics that are new, that grow and that shrink by more than chance, the most first."""

    new: Table[TopicRow]
    growing: Table[TopicRow]
    shrinking: Table[TopicRow]


@dataclass(frozen=True)
class Ends:
    """Where the journeys of a period start and end. `several` of them have two topics or more."""

    several: Share
    starts: Table[Start]
    drop_offs: Table[DropOff]


@dataclass(frozen=True)
class Overview:
    """A dimension in a period."""

    field: Field
    period: Period
    messages: Trend
    sessions: Trend
    """By when they began."""
    topics: TopicTable
    movers: Movers
    emerging: Sequence[Emerging]
    ends: Ends
    warnings: Sequence[Check]
    checks: int
    """Of data quality, that had enough messages to judge by."""
    run: ClusteringRun | None
    """The last one that ended, with what it changed."""

    @property
    def largest(self) -> list[TopicRow]:
        rows = sorted(self.topics.rows, key=lambda row: -row.trend.occurrences)
        return [row for row in rows[:TOPICS] if row.trend.occurrences]

    @property
    def is_comparable(self) -> bool:
        """Whether there are messages before the period to compare with."""
        return self.period.compare_start is not None

    @property
    def messages_change(self) -> float | None:
        return _growth(self.messages)

    @property
    def sessions_change(self) -> float | None:
        return _growth(self.sessions)


def overview(of: Slice, when: Period, now: datetime) -> Overview:
    """Look at a dimension in a period, as much of it as a slice holds."""
    field, log = of.loaded.field, of.loaded.log
    table = topic_table(of, when)
    judged = [
        check
        for check in checks(quality_selectors.seen(of, when, LATEST_EVENTS))
        if check.standing != Standing.UNKNOWN
    ]
    return Overview(
        field=field,
        period=when,
        messages=over_time(log.time[of.chosen], when),
        sessions=over_time(log.time[log.starts[of.chosen[log.starts]]], when),
        topics=table,
        movers=movers(table.rows),
        emerging=emerging(field, of.loaded)[:ROWS],
        ends=_ends(of, when, now),
        warnings=[check for check in judged if check.standing == Standing.WARNING],
        checks=len(judged),
        run=last_run(field),
    )


def over_time(times: Integers, when: Period) -> Trend:
    """Count moments, microseconds as logs have them, by the bars of a period."""
    bars = _by_bar(times[times >= reading.microseconds(when.start)], when.start, when)
    if when.compare_start is None:
        return Trend(bars, [0] * when.bars)
    since, until = map(reading.microseconds, (when.compare_start, when.compare_end))
    earlier = times[(times >= since) & (times < until)]
    return Trend(bars, _by_bar(earlier, when.compare_start, when))


def _by_bar(times: Integers, start: datetime, when: Period) -> list[int]:
    counts: list[int] = np.bincount(bar_of(times, start, when), minlength=when.bars).tolist()
    return counts


def movers(rows: Iterable[TopicRow]) -> Movers:
    """Sort out the topics that move, by how many messages they gained or lost."""
    found = sorted(
        (row for row in rows if row.movement),
        key=lambda row: (-abs(row.trend.occurrences - row.trend.before), row.topic.pk),
    )

    def those(kind: Movement) -> Table[TopicRow]:
        listed = [row for row in found if row.movement == kind]
        return Table(tuple(listed[:ROWS]), len(listed))

    return Movers(those(Movement.NEW), those(Movement.GROWING), those(Movement.SHRINKING))


def _ends(of: Slice, when: Period, now: datetime) -> Ends:
    log = load_log(of, when.start, now)
    log = log.only(of.chosen[log.rows[log.first]])
    found, states = log.journeys(outliers=False), (*log.topics, OUTLIER_STATE)
    return Ends(
        reports.overview(found, log.topic, len(log.is_open)).several,
        reports.starts(found, states, ROWS),
        reports.drop_offs(found, states, ROWS),
    )


def last_run(field: Field) -> ClusteringRun | None:
    """The last run that ended, with its `changes`."""
    ended = history.runs(field.project).filter(field=field).exclude(state=RunState.RUNNING)
    run = ended.first()
    if run:
        history.tell_changes(field.project, [run])
    return run


def _growth(trend: Trend) -> float | None:
    return trend.occurrences / trend.before - 1 if trend.before else None
