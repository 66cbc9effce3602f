"""Coordinates of charts drawn as SVG by templates. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
