"""In what order a table of numbers by topic stands. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from clustering.numbers import TopicFigures

SORTS: dict[str, tuple[str, Callable[[TopicFigures], Any]]] = {
    "label": ("Topic", lambda row: row.label.casefold()),
    "count": ("Events", lambda row: row.figures.count),
    "mean": ("Mean", lambda row: row.figures.mean),
    "median": ("Median", lambda row: row.figures.median),
    "p95": ("95th percentile", lambda row: row.figures.p95),
    "sum": ("Sum", lambda row: row.figures.sum),
}
"""What it can be sorted by. Names rise unless told otherwise, figures fall."""


@dataclass(frozen=True)
class Column:
    """A head of the table."""

    key: str
    label: str
    code: str
    """What a click on it asks for."""
    direction: str
    """In the words of `aria-sort`; nothing where the table is not sorted by it."""


def columns(code: str) -> list[Column]:
    """The heads of a table that is sorted as a URL says: `mean`, or `-mean` the other way round."""
    chosen, rising = _parse(code)
    direction = "ascending" if rising else "descending"
    usual = _parse(chosen) == (chosen, rising)
    return [
        Column(
            key,
            label,
            code=f"-{key}" if key == chosen and usual else key,
            direction=direction if key == chosen else "",
        )
        for key, (label, _) in SORTS.items()
    ]


def ordered(rows: Iterable[TopicFigures], code: str) -> list[TopicFigures]:
    """Rows as a URL wants them; those without any number last, equals as they came."""
    key, rising = _parse(code)
    value = SORTS[key][1]
    found = sorted(rows, key=lambda row: not row.figures.count)
    count = sum(row.figures.count > 0 for row in found)
    return [*sorted(found[:count], key=value, reverse=not rising), *found[count:]]


def _parse(code: str) -> tuple[str, bool]:
    key = code.removeprefix("-")
    key = key if key in SORTS else "count"
    return key, (key == "label") != code.startswith("-")
