"""Tables that a click on a column's head sorts, as `?sort=` says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet

By = TypeVar("By")
T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Sort(Generic[By]):
    """A column that a table can be sorted by: as rows by a function, as a query by a field."""

    label: str
    by: By
    rises: bool = False
    """Its usual direction. Names rise, figures fall."""


Rows = Mapping[str, Sort[Callable[[T], Any]]]
"""What rows in memory can be sorted by, under the words of `?sort=`. A value of None comes last."""

Columns = Mapping[str, Sort[str]]
"""What a query can be sorted by, likewise."""


@dataclass(frozen=True)
class Head:
    """The head of a column."""

    label: str
    code: str
    """What a click on it asks for: this column turned round, or another one."""
    direction: str
    """In the words of `aria-sort`; nothing where the table is not sorted by it."""


@dataclass(frozen=True)
class Order(Generic[By]):
    """How a table is sorted: by the column `key`, rising or falling; as it came where none is."""

    sorts: Mapping[str, Sort[By]]
    key: str
    rising: bool = False

    @classmethod
    def parse(cls, code: str, sorts: Mapping[str, Sort[By]], usual: str = "") -> Order[By]:
        """`share` in its usual direction, `-share` the other way round."""
        key = code.removeprefix("-")
        key = key if key in sorts else usual
        return cls(sorts, key, bool(key) and sorts[key].rises != code.startswith("-"))

    @property
    def heads(self) -> dict[str, Head]:
        return {key: self._head(key, sort) for key, sort in self.sorts.items()}

    def _head(self, key: str, sort: Sort[By]) -> Head:
        if key != self.key:
            return Head(sort.label, key, "")
        code = f"-{key}" if self.rising == sort.rises else key
        return Head(sort.label, code, "ascending" if self.rising else "descending")


def sorted_rows(rows: Iterable[T], order: Order[Callable[[T], Any]]) -> list[T]:
    """Rows with nothing to sort by come last; equals stay as they came."""
    every = list(rows)
    if not order.key:
        return every
    by = order.sorts[order.key].by
    blank = [row for row in every if by(row) is None]
    filled = [row for row in every if by(row) is not None]
    return sorted(filled, key=by, reverse=not order.rising) + blank


def sorted_query(found: QuerySet[M], order: Order[str]) -> QuerySet[M]:
    """As `sorted_rows`, in the database; equals are sorted by their primary key."""
    if not order.key:
        return found
    by = F(order.sorts[order.key].by)
    return found.order_by(
        by.asc(nulls_last=True) if order.rising else by.desc(nulls_last=True), "pk"
    )
