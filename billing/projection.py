"""Where usage is heading: the pace of the last days, continued to the period's end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10

PACE_DAYS = 7
"""Most whole days that a pace is taken from: a week, since weekends differ."""

LEAST_DAYS = 3
"""Fewest whole days that a pace is taken from: fewer tell little of the next month."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Projection:
    """What the period's count will be at its end, if events keep coming at this pace."""

    ends_at: datetime
    events: int
    """At `ends_at`, as if nothing were refused; rounded to two digits."""
    limit_at: datetime | None
    """When the limit is reached; None where that is not before `ends_at`."""


def pace(whole_days: Sequence[int]) -> float | None:
    """Events a day, from those of the last whole days; None where these are too few to tell.

    The busiest day is left out: a first import, or one that is sent again, is no pace.
    """
    recent = sorted(whole_days[-PACE_DAYS:])
    if len(recent) < LEAST_DAYS:
        return None
    return sum(recent[:-1]) / (len(recent) - 1)


def project(
    used: int, a_day: float, now: datetime, ends_at: datetime, limit: int | None
) -> Projection:
    """Continue a pace of `a_day` events from `now`, when `used` are counted, to `ends_at`."""
    expected = used + a_day * max(0.0, (ends_at - now) / _DAY)
    limit_at = None
    if limit is not None and a_day and used < limit <= expected:
        limit_at = now + (limit - used) / a_day * _DAY
    return Projection(ends_at, max(used, rounded(expected, 2)), limit_at)


def rounded(events: float, digits: int) -> int:
    """To as many digits as an estimate can claim."""
    if events < 10**digits:
        return round(events)
    return round(round(events), digits - 1 - floor(log10(events)))
