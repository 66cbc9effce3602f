"""Requests at the same time are stored together, and fail apart."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DataError, OperationalError

from ingestion.group_commit import GroupCommit


def at_once(group: GroupCommit[int], numbers: Sequence[int]) -> list[int | str]:
    """What each submission returned, or the name of what it raised."""

    def submit(number: int) -> int | str:
        try:
            return group.submit(number)
        except Exception as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(numbers)) as pool:
        return list(pool.map(submit, numbers))


class Store:
    """Holds the first group up until `expected` more wait behind it."""

    def __init__(self, expected: int) -> None:
        self.groups: list[list[int]] = []
        self.expected = expected
        self.group: GroupCommit[int] = GroupCommit(self)

    def __call__(self, numbers: Sequence[int]) -> None:
        self.groups.append(list(numbers))
        deadline = threading.Event()
        while len(self.groups) == 1 and len(self.group._waiting) < self.expected:
            assert not deadline.wait(0.001)
        self.fail(numbers)

    def fail(self, numbers: Sequence[int]) -> None:
        pass


def test_what_comes_while_one_is_stored_is_stored_together() -> None:
    store = Store(expected=7)
    assert at_once(store.group, range(8)) == list(range(8))
    assert len(store.groups) == 2
    assert sorted(number for group in store.groups for number in group) == list(range(8))


def test_a_lone_one_waits_for_nobody() -> None:
    store = Store(expected=0)
    assert store.group.submit(1) == 1
    assert store.groups == [[1]]


def test_one_that_cannot_be_stored_takes_no_other_with_it() -> None:
    class Picky(Store):
        def fail(self, numbers: Sequence[int]) -> None:
            if 5 in numbers:
                raise DataError("five")

    store = Picky(expected=7)
    answers = at_once(store.group, range(8))
    assert answers == [0, 1, 2, 3, 4, "DataError", 6, 7]


def test_a_store_that_is_down_is_asked_once_for_all() -> None:
    class Down(Store):
        def fail(self, numbers: Sequence[int]) -> None:
            raise OperationalError("down")

    store = Down(expected=7)
    assert at_once(store.group, range(8)) == ["OperationalError"] * 8
    assert len(store.groups) == 2
    with pytest.raises(OperationalError):
        store.group.submit(9)
