"""Where usage is heading: the pace of the last days, drawn out to the period's end. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10

PACE_DAYS = 7
"""Days whose pace is drawn out, today included: a whole week, since weekends differ."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Projection:
    """What the period's count will be at its end, if events keep coming at this pace."""

    ends_at: datetime
    events: int
    """At `ends_at`, as if nothing were refused; rounded to two digits."""
    limit_at: datetime | None
    """When the limit is reached; None where that is not before `ends_at`."""


def project(
    used: int, recent: int, since: datetime, now: datetime, ends_at: datetime, limit: int | None
) -> Projection:
    """Draw out the pace of `recent` events between `since` and `now`.

    Less than a day counts as a day: the first hour of a period says little about the next month.
    """
    per_second = recent / max(now - since, _DAY).total_seconds()
    expected = used + per_second * max(0.0, (ends_at - now).total_seconds())
    limit_at = None
    if limit is not None and recent and used < limit <= expected:
        limit_at = now + timedelta(seconds=(limit - used) / per_second)
    return Projection(ends_at, max(used, rounded(expected, 2)), limit_at)


def rounded(events: float, digits: int) -> int:
    """To as many digits as an estimate can claim."""
    if events < 10**digits:
        return round(events)
    return round(round(events), digits - 1 - floor(log10(events)))
