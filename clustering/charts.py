"""Coordinates of charts drawn as SVG by templates. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

SPARK_WIDTH, SPARK_HEIGHT = 96, 24
WIDTH, HEIGHT = 720, 120


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
    """One bar of a chart, in the chart's own units."""

    day: datetime
    value: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class BarChart:
    """Bars over time, from 0 at the bottom to the largest value at the top."""

    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def peak(self) -> Bar:
        return max(self.bars, key=lambda bar: bar.value)


def bar_chart(days: Sequence[datetime], values: Sequence[int]) -> BarChart:
    """A chart of one value for each day, of which there is at least one."""
    top = max(values) or 1
    slot = WIDTH / len(values)
    return BarChart(
        [
            Bar(
                day=day,
                value=value,
                x=round(slot * (place + 0.1), 1),
                y=round(HEIGHT * (1 - value / top), 1),
                width=round(slot * 0.8, 1),
                height=round(HEIGHT * value / top, 1),
            )
            for place, (day, value) in enumerate(zip(days, values, strict=True))
        ]
    )


BIN_WIDTH, BIN_HEIGHT = 360, 90


@dataclass(frozen=True)
class Column:
    """How many values of a series a bin has, and its rectangle."""

    count: int
    share: float
    """Of the series' values."""
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bin:
    """Values from `low` to below `high`, the last bin's with it; a column for each series."""

    low: float
    high: float
    columns: list[Column]


@dataclass(frozen=True)
class Histogram:
    """How the values of one or more series are spread, each as shares of its own number."""

    bins: list[Bin]
    width: int = BIN_WIDTH
    height: int = BIN_HEIGHT


def histogram(edges: Sequence[float], series: Sequence[Sequence[int]]) -> Histogram:
    """A chart of the counts of each series between neighbouring edges.

    A bin between equal edges is left out where it is empty.
    """
    kept = [
        place
        for place, (low, high) in enumerate(pairwise(edges))
        if low < high or any(counts[place] for counts in series)
    ]
    totals = [sum(counts) or 1 for counts in series]
    shares = [
        [counts[place] / total for place in kept]
        for counts, total in zip(series, totals, strict=True)
    ]
    top = max((max(each, default=0) for each in shares), default=0) or 1
    slot = BIN_WIDTH / max(len(kept), 1)
    width = slot * 0.8 / len(series)

    def column(place: int, bar: int) -> Column:
        share = shares[bar][place]
        return Column(
            count=series[bar][kept[place]],
            share=share,
            x=round(slot * (place + 0.1) + bar * width, 1),
            y=round(BIN_HEIGHT * (1 - share / top), 1),
            width=round(width, 1),
            height=round(BIN_HEIGHT * share / top, 1),
        )

    return Histogram(
        [
            Bin(
                float(edges[each]),
                float(edges[each + 1]),
                [column(place, bar) for bar in range(len(series))],
            )
            for place, each in enumerate(kept)
        ]
    )
