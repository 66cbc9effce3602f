"""The period that a page is about, cut into bars of whole days (UTC). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

CHOICES = {"7": "7 days", "30": "30 days", "90": "90 days", "all": "All time"}
DEFAULT = "30"
_LENGTHS = ("90", "30", "7")
_MOST_BARS = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """From `start`, a midnight, to `end`, now; and the stretch before it to compare with.

    The last bar's day is not over, so the stretch before ends at the same time of day:
    both are equally long. `compare_start` is None where there is nothing before.
    """

    code: str
    start: datetime
    end: datetime
    bar: timedelta
    compare_start: datetime | None
    compare_end: datetime
    comparable: str = ""
    """The days of the longest period that has something before it, where one has."""

    @property
    def bars(self) -> int:
        return max(1, -(-(self.end - self.start) // self.bar))

    @property
    def label(self) -> str:
        return CHOICES[self.code]

    @property
    def unit(self) -> str:
        """What one bar of a chart counts over."""
        days = self.bar.days
        return "per day" if days == 1 else f"per {days} days"

    def days_of_bars(self) -> list[date]:
        """The first day of each bar, in UTC whoever reads it."""
        return [(self.start + place * self.bar).date() for place in range(self.bars)]


def period(code: str, now: datetime, first: datetime | None) -> Period:
    """The period of a code, or the default one. `first` is when the data begin, if they do."""
    code = code if code in CHOICES else DEFAULT
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    comparable = next((each for each in _LENGTHS if first and first <= _before(today, each)), "")
    if code == "all":
        start = min(first or now, now).astimezone(UTC)
        start = start.replace(hour=0, minute=0, second=0, microsecond=0)
        bar = _DAY * max(1, -(-((today - start).days + 1) // _MOST_BARS))
        return Period(code, start, now, bar, None, now, comparable)
    length = _DAY * int(code)
    start, before = today + _DAY - length, _before(today, code)
    compare_start = before if first and first <= before else None
    return Period(code, start, now, _DAY, compare_start, now - length, comparable)


def _before(today: datetime, code: str) -> datetime:
    """When the stretch begins that a period of so many days compares with."""
    return today + _DAY - 2 * _DAY * int(code)
