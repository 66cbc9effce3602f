"""Sparing requests the wait for a store that does not answer.

Each that waited would keep a thread from all others, health checks among them, until clients that
could have been told to come back get no answer at all.
"""

from __future__ import annotations

from time import monotonic

PAUSE = 2.0
"""Seconds from one that waited in vain, or looks whether the store answers, to the next."""


class Sparing:
    """What a process knows of a store. No locks: that two look at once does no harm."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def spares(self) -> bool:
        """Whether not to ask the store now. Where it does not answer, one now and then may."""
        if not self._silent_until:
            return False
        if monotonic() < self._silent_until:
            return True
        self.did_not_answer()
        return False

    def did_not_answer(self) -> None:
        self._silent_until = monotonic() + PAUSE

    def answered(self) -> None:
        self._silent_until = 0.0
