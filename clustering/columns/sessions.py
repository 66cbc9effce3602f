"""Occurrences in the order of their sessions. Pure numpy; no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Places = NDArray[np.int32]
Column = TypeVar("Column", Integers, Places)


@dataclass(frozen=True)
class Rows:
    """m occurrences as they arrived, by ascending event id."""

    event: Integers
    """(m,) ids of their events."""
    time: Integers
    """(m,) microseconds, by the event's timestamp."""
    session: Integers
    """(m,) a hash of the session's id."""
    text: Integers
    """(m,) ids of their texts."""

    def __len__(self) -> int:
        return len(self.event)

    def first(self, count: int) -> Rows:
        return Rows(*(column[:count] for column in vars(self).values()))

    def equals(self, other: Rows) -> bool:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return all(np.array_equal(mine, theirs) for mine, theirs in pairs)


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts by ascending event id."""
    event = np.concatenate([part.event for part in parts])
    order = np.argsort(event, kind="stable")
    return Rows(
        event=event[order],
        time=np.concatenate([part.time for part in parts])[order],
        session=np.concatenate([part.session for part in parts])[order],
        text=np.concatenate([part.text for part in parts])[order],
    )


@dataclass(frozen=True)
class Numbering:
    """Distinct values, each known by its place: they stand as they first came."""

    values: Integers

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def _order(self) -> Integers:
        return np.argsort(self.values)

    def places(self, wanted: Integers) -> Integers:
        """The place of each wanted value, -1 where it is not among them."""
        if not len(self.values):
            return np.full(len(wanted), -1)
        at = np.searchsorted(self.values, wanted, sorter=self._order)
        places = self._order[np.minimum(at, len(self.values) - 1)]
        return np.where(self.values[places] == wanted, places, -1)

    def numbered(self, more: Integers) -> tuple[Numbering, Places]:
        """A numbering that has these values too, and the place of each."""
        first = first_places(more)
        new = np.flatnonzero(first == np.arange(len(more)))
        places = self.places(more[new])
        unknown = np.flatnonzero(places < 0)
        places[unknown] = len(self) + np.arange(len(unknown))
        place_of = np.empty(len(more), np.int32)
        place_of[new] = places
        return Numbering(np.concatenate([self.values, more[new[unknown]]])), place_of[first]


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""Odd, 2^64 over the golden ratio: what is multiplied by it differs in its first bits (Knuth)."""


def first_places(values: Integers) -> Places:
    """(n,) where each of n values stands first among them.

    Through a hash table that is written backwards, so that a slot keeps the first value that
    comes to it; the few that share a slot with another one are sorted. Sorting all takes several
    times as long.
    """
    bits = max(len(values), 1).bit_length() + 1
    slot = (values.view(np.uint64) * _SPREAD) >> np.uint64(64 - bits)
    table, row = np.empty(1 << bits, np.int32), np.arange(len(values), dtype=np.int32)
    table[slot[::-1]] = row[::-1]
    first: Places = table[slot]
    crowded = np.flatnonzero(values[first] != values)
    _, at, inverse = np.unique(values[crowded], return_index=True, return_inverse=True)
    first[crowded] = crowded[at[inverse]]
    return first


def is_among(values: Integers, few: Integers) -> NDArray[np.bool_]:
    """(n,) whether each of n hashes is one of a few: `np.isin` of those alone that begin alike."""

    def beginning(hashes: Integers) -> NDArray[np.uint64]:
        return hashes.view(np.uint64) >> np.uint64(48)

    likely = np.zeros(1 << 16, np.bool_)
    likely[beginning(few)] = True
    found = likely[beginning(values)]
    found[found] = np.isin(values[found], few)
    return found


@dataclass(frozen=True)
class OccurrenceLog:
    """n occurrences of t texts in s sessions, session after session.

    Within a session they stand in time order: by the event's timestamp, then its arrival.
    """

    time: Integers
    """(n,) microseconds."""
    text: Places
    """(n,) place of the text in `texts`."""
    arrival: Places
    """(n,) place of the occurrence among all n by arrival."""
    sizes: Integers
    """(s,) occurrences of each session, at least one."""
    sessions: Numbering
    """(s,) hashes of the sessions' ids."""
    texts: Numbering
    """(t,) ids of the texts."""

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def ends(self) -> Integers:
        """(s,) where the occurrences of each session end."""
        return np.cumsum(self.sizes)

    @cached_property
    def starts(self) -> Integers:
        """(s,) where they start."""
        return self.ends - self.sizes

    @cached_property
    def session(self) -> Places:
        """(n,) number of the session of each occurrence."""
        return np.repeat(np.arange(len(self.sizes), dtype=np.int32), self.sizes)

    def latest(self, count: int) -> tuple[Integers, Integers, Integers]:
        """Time, session and text of what arrived last, by arrival, as `Rows` have them."""
        at = np.flatnonzero(self.arrival >= len(self) - count)
        at = at[np.argsort(self.arrival[at])]
        session, text = self.sessions.values, self.texts.values
        return self.time[at], session[self.session[at]], text[self.text[at]]

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, with what is derived from it once."""
        own = (self.time, self.text, self.arrival, self.sizes)
        return sum(array.nbytes for array in own) + 16 * (len(self.sessions) + len(self.texts))


EMPTY = OccurrenceLog(
    np.empty(0, np.int64),
    np.empty(0, np.int32),
    np.empty(0, np.int32),
    np.empty(0, np.int64),
    Numbering(np.empty(0, np.int64)),
    Numbering(np.empty(0, np.int64)),
)


def extended(log: OccurrenceLog, rows: Rows) -> OccurrenceLog:
    """The log with m more occurrences, which arrived after all of its own.

    Sessions that go on move to the end, so that a large log and a few new rows cost one copy of
    the log and a sort of those sessions alone.
    """
    if not len(rows):
        return log
    sessions, session = log.sessions.numbered(rows.session)
    texts, text = log.texts.numbered(rows.text)
    known = len(log.sizes)
    goes_on = np.zeros(len(sessions), np.bool_)
    goes_on[session] = True
    going_on = np.flatnonzero(goes_on)
    earlier = going_on[going_on < known]
    # What stands before the first of them is copied as it is.
    first = int(earlier[0]) if len(earlier) else known
    begin = int(log.starts[first]) if len(earlier) else len(log)
    stays = ~goes_on[first:known]
    left = np.repeat(stays, log.sizes[first:])

    def going(old: Column, new: Column) -> Column:
        return np.concatenate([old[begin:][~left], new])

    def rearranged(old: Column, end: Column) -> Column:
        return np.concatenate([old[:begin], old[begin:][left], end])

    code = np.concatenate([np.repeat(earlier, log.sizes[earlier]).astype(np.int32), session])
    time = going(log.time, rows.time)
    arrival = going(log.arrival, np.arange(len(log), len(log) + len(rows), dtype=np.int32))
    order = np.lexsort((time, code))  # stable, and what arrived earlier stands first
    sizes, ids = np.bincount(code, minlength=len(sessions))[going_on], sessions.values
    return OccurrenceLog(
        time=rearranged(log.time, time[order]),
        text=rearranged(log.text, going(log.text, text)[order]),
        arrival=rearranged(log.arrival, arrival[order]),
        sizes=np.concatenate([log.sizes[:first], log.sizes[first:][stays], sizes]),
        sessions=Numbering(np.concatenate([ids[:first], ids[first:known][stays], ids[going_on]])),
        texts=texts,
    )
