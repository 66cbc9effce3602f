"""What a table of numbers by topic can be sorted by; rows without any number come last. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.ordering import Order, Rows, Sort
from clustering.reports.numbers import Figures, TopicFigures


def _figure(label: str, value: Callable[[Figures], float]) -> Sort[Callable[[TopicFigures], Any]]:
    return Sort(label, lambda row: value(row.figures) if row.figures.count else None)


SORTS: Rows[TopicFigures] = {
    "label": Sort("Topic", lambda row: row.label.casefold(), rises=True),
    "count": _figure("Events", lambda figures: figures.count),
    "mean": _figure("Mean", lambda figures: figures.mean),
    "median": _figure("Median", lambda figures: figures.median),
    "p95": _figure("95th percentile", lambda figures: figures.p95),
    "sum": _figure("Sum", lambda figures: figures.sum),
}


def order(code: str) -> Order[Callable[[TopicFigures], Any]]:
    """As a URL says; most events first where it says nothing."""
    return Order.parse(code, SORTS, "count")
