"""Usage against the limit, day by day, for a chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

from billing.projection import rounded
from billing.selectors import UsageReport

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Point:
    """What is used of a plan when a day (UTC) ends; today, now."""

    day: date
    used: int | None
    """None of the days to come."""
    expected: int | None
    """At the pace that usage is projected by; None of the days before today."""


def used_by_day(report: UsageReport) -> list[Point]:
    """From the first day that the report shows to the end of its projection, or to today."""
    accepted = [day.accepted for day in report.days]
    _, *used = accumulate(accepted, initial=report.used - sum(accepted))
    past = [Point(day.day, count, None) for day, count in zip(report.days, used, strict=True)]
    coming = list(_coming(report))
    return [*past[:-1], Point(past[-1].day, report.used, report.used if coming else None), *coming]


def _coming(report: UsageReport) -> Iterator[Point]:
    future = report.projection
    begins = datetime.combine(report.days[-1].day, datetime.min.time(), UTC) + _DAY
    while future and begins < future.ends_at:
        left = (min(begins + _DAY, future.ends_at) - report.now) / (future.ends_at - report.now)
        expected = report.used + (future.events - report.used) * left
        yield Point(begins.date(), None, max(report.used, rounded(expected, 3)))
        begins += _DAY
