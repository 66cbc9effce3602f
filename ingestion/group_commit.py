"""Store what concurrent requests submit with one statement and one commit.

The group commit of databases (DeWitt et al. 1984), by threads of one process: while one thread
writes, others queue up, and the first of them then writes for all. Nobody waits for others to come,
so a lone request costs what it would cost without a group.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError

T = TypeVar("T")

LARGEST = 64
"""Submissions stored together, which bounds how long one statement takes."""


class _Place(Generic[T]):
    """A submission in the queue. Its thread sleeps until it is done, or its turn to write."""

    def __init__(self, submission: T) -> None:
        self.submission = submission
        self.is_done = False
        self.error: Exception | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    def sleep(self) -> None:
        self._bell.acquire()

    def wake(self) -> None:
        self._bell.release()


class GroupCommit(Generic[T]):
    """`store` writes some submissions, all or none, each in place; it may raise."""

    def __init__(self, store: Callable[[Sequence[T]], None]) -> None:
        self._store = store
        self._waiting: deque[_Place[T]] = deque()
        self._is_writing = False
        self._mutex = threading.Lock()

    def submit(self, submission: T) -> T:
        """Return the submission when it is stored. Raises what `store` raised for it."""
        place = _Place(submission)
        with self._mutex:
            self._waiting.append(place)
            is_first = not self._is_writing
            self._is_writing = True
        if not is_first:
            place.sleep()
        if not place.is_done:
            self._write()
        if place.error is not None:
            raise place.error
        return submission

    def _write(self) -> None:
        """Write for all who wait, the caller the first of them; then hand over."""
        with self._mutex:
            count = min(len(self._waiting), LARGEST)
            group = [self._waiting.popleft() for _ in range(count)]
        try:
            self._try(group)
        finally:
            with self._mutex:
                heir = self._waiting[0] if self._waiting else None
                self._is_writing = heir is not None
            if heir is not None:
                heir.wake()
            for place in group:
                place.is_done = True
            for place in group[1:]:
                place.wake()

    def _try(self, group: Sequence[_Place[T]]) -> None:
        try:
            self._store([place.submission for place in group])
        except Exception as error:
            is_down = isinstance(error, OperationalError | InterfaceError)
            if len(group) > 1 and not is_down:
                for place in group:  # one that cannot be stored must not take others with it
                    self._try([place])
            else:
                for place in group:
                    place.error = error
