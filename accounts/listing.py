"""Lists that may grow long: found by words, and paged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

T = TypeVar("T")

PAGE_SIZE = 50
SHORT = 15
"""Rows that are seen at a glance and need no search."""


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A page of the rows that have all words of a query."""

    page: Page[T]
    query: str
    total: int
    """Rows, found or not."""

    @property
    def is_long(self) -> bool:
        return self.total > SHORT


def listing(request: HttpRequest, rows: Iterable[T], words_of: Callable[[T], str]) -> Listing[T]:
    """The rows that `?q=` asks for, by the words that each is known by, on the page of `?page=`."""
    every, query = list(rows), request.GET.get("q", "").strip()[:200]
    words = query.casefold().split()
    found = [row for row in every if _has_all(words_of(row).casefold(), words)] if words else every
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return Listing(page, query, len(every))


def _has_all(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)
