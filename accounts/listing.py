"""Lists that may grow long: found by words, sorted, paged, and downloaded whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.ordering import Columns, Head, Order, Rows, sorted_query, sorted_rows

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Found = TypeVar("Found", bound=Sequence[Any] | QuerySet[Any])

PAGE_SIZE = 50
SHORT = 15
"""Rows that are seen at a glance and need no search."""

_LONGEST_QUERY = 200


@dataclass(frozen=True)
class Listing(Generic[T, Found]):
    """A page of the rows that have all words of a query."""

    rows: Found
    """All that were found, on whatever page."""
    page: Page[T]
    query: str
    total: int
    """Rows, found or not."""
    heads: dict[str, Head]
    """The heads of the columns that it can be sorted by."""
    parameter: str
    """The name of the URL's parameter that holds the query."""
    kept: list[tuple[str, str]]
    """The URL's other parameters, but for the page's number."""

    @property
    def is_long(self) -> bool:
        return self.total > SHORT


def listing(
    request: HttpRequest,
    rows: Iterable[T],
    words_of: Callable[[T], str],
    sorts: Rows[T] | None = None,
    parameter: str = "q",
) -> Listing[T, list[T]]:
    """The rows that `?q=` asks for, by the words that each is known by, as `?sort=` says."""
    every, query = list(rows), query_of(request, parameter)
    words = query.casefold().split()
    found = [row for row in every if _has_all(words_of(row).casefold(), words)] if words else every
    order = Order.parse(request.GET.get("sort", ""), sorts or {})
    return _listing(request, sorted_rows(found, order), query, len(every), order, parameter)


def query_listing(
    request: HttpRequest,
    rows: QuerySet[M],
    column: str,
    sorts: Columns | None = None,
    usual: str = "",
) -> Listing[M, QuerySet[M]]:
    """As `listing`, in the database: the rows whose `column` has all words of `?q=`.

    `usual` is what they are sorted by where the URL does not say.
    """
    found, query = rows, query_of(request)
    for word in query.split():
        found = found.filter(**{f"{column}__icontains": word})
    order = Order.parse(request.GET.get("sort", ""), sorts or {}, usual)
    total = rows.count() if query else None
    return _listing(request, sorted_query(found, order), query, total, order)


def query_of(request: HttpRequest, parameter: str = "q") -> str:
    return request.GET.get(parameter, "").replace("\0", "").strip()[:_LONGEST_QUERY]


def _listing(
    request: HttpRequest,
    found: Found,
    query: str,
    total: int | None,
    order: Order[Any],
    parameter: str = "q",
) -> Listing[Any, Found]:
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    kept = [(name, each) for name, values in request.GET.lists() for each in values]
    others = [(name, each) for name, each in kept if name not in {parameter, "page"}]
    total = page.paginator.count if total is None else total
    return Listing(found, page, query, total, order.heads, parameter, others)


def _has_all(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)
