"""Lists of rows that are read page by page, or whole as an export.

A page begins behind a row, not at a number: what is added meanwhile moves no row from one page to
another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import QuerySet

from ingestion.api.asked import Key

Row = TypeVar("Row")
_CHUNK = 200
"""Rows that an export reads at a time: few enough to fit into memory if each is a long text."""


class Listing(Protocol[Row]):
    """Rows in an order, and what is said once of all of them."""

    @property
    def about(self) -> Any:
        """What is said of all rows: a dataclass, or None."""

    def key(self, row: Row) -> Key:
        """What the rows are ordered by."""

    def first(self, count: int, after: Key | None) -> Sequence[Row]:
        """The first rows whose keys come after a key."""

    def every(self) -> Iterator[Row]:
        """All rows."""


@dataclass(frozen=True)
class Computed(Generic[Row]):
    """Rows that are computed all at once."""

    rows: Sequence[Row]
    order: Callable[[Row], Key]
    about: Any = None

    def key(self, row: Row) -> Key:
        return self.order(row)

    def first(self, count: int, after: Key | None) -> Sequence[Row]:
        return [row for row in self.every() if after is None or self.order(row) > after][:count]

    def every(self) -> Iterator[Row]:
        return iter(sorted(self.rows, key=self.order))


@dataclass(frozen=True)
class Stored(Generic[Row]):
    """Rows of a table by their ids, which a dataclass has as `id`; an export reads by a cursor."""

    found: QuerySet[Any]
    row: Callable[[Any], Row]
    about: Any = None
    latest_first: bool = False
    prepare: Callable[[Sequence[Any]], None] = lambda page: None
    """Given the rows of a page, reads what they need beside, in one query for all of them."""

    def key(self, row: Any) -> Key:
        return (row.id,)

    def first(self, count: int, after: Key | None) -> Sequence[Row]:
        found = self._ordered()
        if after is not None:
            found = found.filter(**{"pk__lt" if self.latest_first else "pk__gt": int(after[0])})
        page = list(found[:count])
        self.prepare(page)
        return [self.row(each) for each in page]

    def every(self) -> Iterator[Row]:
        return map(self.row, self._ordered().iterator(chunk_size=_CHUNK))

    def _ordered(self) -> QuerySet[Any]:
        return self.found.order_by("-pk" if self.latest_first else "pk")
