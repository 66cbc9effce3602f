"""What charts show: `charts.js` draws them from the tables that templates make of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

SPARK_WIDTH, SPARK_HEIGHT = 96, 24


def spark_points(values: Sequence[int]) -> str:
    """The `points` of a sparkline's polyline, from 0 at the bottom to the largest at the top."""
    top = max(values, default=0) or 1
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    height = SPARK_HEIGHT - 2
    return " ".join(
        f"{place * step:.1f},{1 + height - height * value / top:.1f}"
        for place, value in enumerate(values)
    )


@dataclass(frozen=True)
class Bar:
    """A value of a day, or of several from it on, and of as long before the period."""

    day: date
    value: int
    earlier: int


@dataclass(frozen=True)
class BarChart:
    """Bars over time, of which there is at least one."""

    bars: Sequence[Bar]

    @property
    def peak(self) -> Bar:
        return max(self.bars, key=lambda bar: bar.value)


def bar_chart(days: Sequence[date], values: Sequence[int], earlier: Sequence[int]) -> BarChart:
    return BarChart([Bar(*each) for each in zip(days, values, earlier, strict=True)])


@dataclass(frozen=True)
class Column:
    """How many values of a series a bin has."""

    count: int
    share: float
    """Of the series' values."""


@dataclass(frozen=True)
class Bin:
    """Values from `low` to `high`, with that if `is_closed`; a column for each series."""

    low: float
    high: float
    is_closed: bool
    columns: list[Column]


def histogram(
    edges: Sequence[float], series: Sequence[Sequence[int]], whole: bool = False
) -> list[Bin]:
    """The counts of each series between neighbouring edges, and as shares of its own number.

    A bin ends below its upper edge, the last one at it. Of `whole` numbers it ends at the last one
    below: the bin from 1 to below 2 holds ones. A bin between equal edges is left out where it is
    empty.
    """
    totals = [sum(counts) or 1 for counts in series]
    last = len(edges) - 2
    return [
        Bin(
            float(low),
            float(high) - (whole and place < last),
            whole or place == last,
            [
                Column(counts[place], counts[place] / total)
                for counts, total in zip(series, totals, strict=True)
            ],
        )
        for place, (low, high) in enumerate(pairwise(edges))
        if low < high or any(counts[place] for counts in series)
    ]
