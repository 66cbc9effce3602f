"""Reports that a click on a column's head sorts, one of a page's at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from accounts.ordering import Head, Order, Rows, Sort, sorted_rows
from journeys.reports import Table
from journeys.statistics import Share

MOST = 10_000
"""Rows that are sorted, the commonest ones."""

Row = TypeVar("Row")


@dataclass(frozen=True)
class SortedTable(Table[Row]):
    """The first rows of a report as a page sorts it."""

    heads: Mapping[str, Head]
    """By the names of the columns; each asks for `report.column`."""


def _rate(share: Share) -> float | None:
    return None if share.is_small else share.rate


def _lift(row: Any) -> float | None:
    return None if row.share.is_small else row.share.lift


_TOPIC: Sort[Any] = Sort("Topic", lambda row: row.state.name.casefold(), rises=True)
_LIFT: Sort[Any] = Sort("Lift", _lift)
_RETURNS: Rows[Any] = {
    "lift": _LIFT,
    "users": Sort("Users", lambda row: row.users),
    "between": Sort("Time between", lambda row: row.between.median),
}
_REPORTS: Mapping[str, Rows[Any]] = {
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
}
"""What each report can be sorted by; a figure with too few sessions behind it comes last."""


def sorted_table(
    name: str, sort: str, limit: int, report: Callable[[int], Table[Row]]
) -> SortedTable[Row]:
    """The first rows of a report, which comes the commonest first, sorted as `?sort=` says."""
    sorts = {f"{name}.{column}": each for column, each in _REPORTS[name].items()}
    usual = f"{name}.share"
    order = Order.parse(sort, sorts, usual if usual in sorts else "")
    is_usual = order.key in ("", usual) and not order.rising
    found = report(limit if is_usual else MOST)
    rows = found.rows if is_usual else tuple(sorted_rows(found.rows, order))[:limit]
    heads = {key.removeprefix(f"{name}."): head for key, head in order.heads.items()}
    return SortedTable(rows, found.total, heads)
