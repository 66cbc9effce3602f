"""Since when something is first in line, as this process saw it."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic


class Watch:
    """Remembers what was first in line at the last look, and since when.

    That other work moves says nothing of work that does not. That the same event is still first in
    its project after a minute does. A process that was just started knows of none.
    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def held(self, first: Iterable[str]) -> list[float]:
        """For how many seconds each of these has been seen in its place."""
        now = monotonic()
        self._since = {each: self._since.get(each, now) for each in first}
        return [now - since for since in self._since.values()]
