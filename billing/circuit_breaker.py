"""A circuit breaker (Nygard, "Release It!"): no request waits for a store that does not answer.

Each that waited would keep a thread from all others, health checks among them, until clients that
could have been told to come back get no answer at all.
"""

from __future__ import annotations

from time import monotonic

PAUSE = 2.0
"""Seconds from one request that waited in vain to the next that may try."""


class CircuitBreaker:
    """What a process knows of a store. It needs no lock: two that try at once do no harm."""

    def __init__(self) -> None:
        self._open_until = 0.0

    def is_open(self) -> bool:
        """Whether not to ask the store now. After each pause, one caller is told to try."""
        if not self._open_until:
            return False
        if monotonic() < self._open_until:
            return True
        self.open()
        return False

    def open(self) -> None:
        """The store did not answer in time."""
        self._open_until = monotonic() + PAUSE

    def close(self) -> None:
        """The store answered."""
        self._open_until = 0.0
