"""The geometry of a bar chart of days, for a template to draw as SVG. Pure; no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 640.0, 140.0
"""Size of the drawing, in its own units; the page scales it."""

_GAP = 0.2
_WIDEST = 40.0


@dataclass(frozen=True)
class Bar:
    """One day: accepted events at the bottom, refused ones on top of them."""

    day: date
    accepted: int
    refused: int
    x: float
    width: float
    accepted_y: float
    accepted_height: float
    refused_y: float
    refused_height: float


def bars(days: Sequence[tuple[date, int, int]]) -> list[Bar]:
    """Return bars for `(day, accepted, refused)`, scaled so that the tallest fills the height."""
    tallest = max((accepted + refused for _, accepted, refused in days), default=0)
    scale = HEIGHT / tallest if tallest else 0.0
    step = min(WIDTH / len(days), _WIDEST) if days else 0.0
    drawn = []
    for n, (day, accepted, refused) in enumerate(days):
        lower, upper = accepted * scale, refused * scale
        drawn.append(
            Bar(
                day=day,
                accepted=accepted,
                refused=refused,
                x=round(n * step + step * _GAP / 2, 2),
                width=round(step * (1 - _GAP), 2),
                accepted_y=round(HEIGHT - lower, 2),
                accepted_height=round(lower, 2),
                refused_y=round(HEIGHT - lower - upper, 2),
                refused_height=round(upper, 2),
            )
        )
    return drawn
