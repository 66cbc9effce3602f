"""Reports that a click on a column's head sorts, one of a page's at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from accounts.ordering import Head, Order, Rows, Sort, sorted_rows
from journeys.reports import Table
from journeys.statistics import Share

MOST = 10_000
"""Rows that are sorted, the commonest ones."""

_USUAL = {"transitions": "times", "follow_ups": "next", "comparison": "difference", "pairs": ""}
"""The column that a report comes sorted by, where it is not `share`; "" is none that is shown."""

Row = TypeVar("Row")


@dataclass(frozen=True)
class SortedTable(Table[Row]):
    """The first rows of a report as a page sorts it."""

    sorting: Sorting

    @property
    def heads(self) -> Mapping[str, Head]:
        return self.sorting.heads


def _rate(share: Share) -> float | None:
    return None if share.is_small else share.rate


def _lift(row: Any) -> float | None:
    return None if row.share.is_small else row.share.lift


def _names(row: Any) -> list[str]:
    return [state.name.casefold() for state in row.states]


_TOPIC: Sort[Any] = Sort("Topic", lambda row: row.state.name.casefold(), rises=True)
_LIFT: Sort[Any] = Sort("Lift", _lift)
_RETURNS: Rows[Any] = {
    "lift": _LIFT,
    "users": Sort("Users", lambda row: row.users),
    "between": Sort("Time between", lambda row: row.seconds.median),
}
_REPORTS: Mapping[str, Rows[Any]] = {
    "transitions": {
        "source": Sort("From", lambda row: row.source.name.casefold(), rises=True),
        "target": Sort("To", lambda row: row.target.name.casefold(), rises=True),
        "times": Sort("Times", lambda row: row.times.count),
        "share": Sort("Sessions that make it", lambda row: row.share.count),
    },
    "follow_ups": {
        "topic": Sort("What follows", lambda row: row.state.name.casefold(), rises=True),
        "next": Sort("Next", lambda row: row.next.count),
        "lift": Sort("Lift", lambda row: None if row.next.is_small else row.next.lift),
        "ever": Sort("Ever after", lambda row: row.ever.count),
    },
    "starts": {
        "topic": _TOPIC,
        "share": Sort("Begin here", lambda row: row.share.count),
        "lift": _LIFT,
    },
    "drop_offs": {
        "topic": _TOPIC,
        "share": Sort("End here", lambda row: row.share.count),
        "rate": Sort("Of those that visit it", lambda row: _rate(row.rate)),
    },
    "back_and_forth": {
        "source": Sort("From, and back to", lambda row: row.source.name.casefold(), rises=True),
        "share": Sort("Sessions", lambda row: row.share.count),
    },
    "repeats": {
        "topic": _TOPIC,
        "share": Sort("Sessions", lambda row: row.share.count),
        "times": Sort("Times", lambda row: row.times),
    },
    "come_backs": {
        "topic": _TOPIC,
        "share": Sort("Returns", lambda row: row.share.count),
        **_RETURNS,
        "after": Sort("Come back after it", lambda row: _rate(row.after)),
    },
    "pairs": {
        "source": Sort("Ended with", lambda row: row.source.name.casefold(), rises=True),
        "rate": Sort("Share", lambda row: _rate(row.share)),
        **_RETURNS,
    },
    "whole": {
        "journey": Sort("Journey", _names, rises=True),
        "steps": Sort("Steps", lambda row: len(row.states)),
        "share": Sort("Sessions", lambda row: row.share.count),
    },
    "comparison": {
        "what": Sort("What", _names, rises=True),
        "difference": Sort("Difference, points", lambda row: abs(row.contrast.difference)),
        "first": Sort("First", lambda row: row.contrast.first.rate),
        "second": Sort("Second", lambda row: row.contrast.second.rate),
        "ratio": Sort("Times as often", lambda row: row.contrast.ratio),
    },
}
"""What each report can be sorted by; a figure with too few sessions behind it comes last."""


@dataclass(frozen=True)
class Sorting:
    """How `?sort=` has a report sorted."""

    name: str
    order: Order[Callable[[Any], Any]]
    is_asked: bool
    """Whether `?sort=` names a column of this report, rather than of another one or none."""

    @classmethod
    def parse(cls, name: str, code: str) -> Sorting:
        sorts = {f"{name}.{column}": each for column, each in _REPORTS[name].items()}
        usual = _USUAL.get(name, "share")
        order = Order.parse(code, sorts, usual and f"{name}.{usual}")
        return cls(name, order, code.removeprefix("-") in sorts)

    @property
    def is_usual(self) -> bool:
        """Whether that is how the report comes."""
        return self.order == Sorting.parse(self.name, "").order

    @property
    def heads(self) -> Mapping[str, Head]:
        """By the names of the columns; each asks for `report.column`."""
        return {key.removeprefix(f"{self.name}."): head for key, head in self.order.heads.items()}

    def arranged(self, rows: Iterable[Row]) -> list[Row]:
        return sorted_rows(rows, self.order)


def sorted_table(
    name: str, sort: str, limit: int, report: Callable[[int], Table[Row]]
) -> SortedTable[Row]:
    """The first rows of a report, which comes the commonest first, sorted as `?sort=` says."""
    sorting = Sorting.parse(name, sort)
    found = report(limit if sorting.is_usual else MOST)
    rows = found.rows if sorting.is_usual else tuple(sorting.arranged(found.rows))[:limit]
    return SortedTable(rows, found.total, sorting)
