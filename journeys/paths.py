"""Whole journeys, and what comes after or before a path, several steps deep. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clustering.columns.sessions import first_places
from journeys import tallies
from journeys.folding import Integers, Journeys
from journeys.reports import State, States, Table
from journeys.statistics import Share


@dataclass(frozen=True)
class WholeJourney:
    """The journey that `share` of the sessions that are over made, from its start to its end."""

    states: States
    share: Share


def whole_journeys(journeys: Journeys, states: States, limit: int) -> Table[WholeJourney]:
    """The commonest journeys; of equally common ones the shorter first.

    A session that is still open has not made its whole journey yet and is left out.
    """
    over = np.flatnonzero(~journeys.is_open)
    first = first_places(_fingerprints(journeys)[over].view(np.int64))
    counts = np.bincount(first, minlength=limit)
    # Nearly all come once, and only what is as common as the last that is listed is put in order.
    likely = np.flatnonzero(counts >= max(np.partition(counts, -limit)[-limit], 1))
    counts, total, example = counts[likely], int(np.count_nonzero(counts)), over[likely]
    steps = tallies.lengths(journeys)[example]
    commonest = np.lexsort((example, steps, -counts))[:limit]

    def row(kind: int) -> WholeJourney:
        first, last = journeys.first[example[kind]], journeys.last[example[kind]]
        codes = journeys.state[first : last + 1].tolist()
        return WholeJourney(
            tuple(states[code] for code in codes), Share(int(counts[kind]), len(over))
        )

    return Table(tuple(row(kind) for kind in commonest.tolist()), total)


def _fingerprints(journeys: Journeys) -> NDArray[np.uint64]:
    """A number for each session, (sessions,), the same for the same journey.

    Multilinear hashing (Carter and Wegman, JCSS 18, 1979): each place has a random factor. Two
    journeys of a million different ones share a number about once in 100,000 reports.
    """
    if not journeys.sessions:
        return np.zeros(0, dtype=np.uint64)
    steps = tallies.lengths(journeys)
    place = np.arange(len(journeys.state)) - np.repeat(journeys.first, steps)
    factors = np.random.default_rng(0).integers(0, 2**64, int(steps.max()), dtype=np.uint64)
    # A state counts from 1, so that a journey differs from one that goes on with state 0.
    terms = factors[place] * (journeys.state + 1).astype(np.uint64)
    return np.add.reduceat(terms, journeys.first)


@dataclass(frozen=True)
class Length:
    """`share` of the sessions that are over have this many steps."""

    steps: int
    share: Share


def length_distribution(journeys: Journeys) -> tuple[Length, ...]:
    """How many steps sessions that are over have, the shortest first."""
    counts = np.bincount(tallies.lengths(journeys)[~journeys.is_open])
    base = int(counts.sum())
    return tuple(
        Length(steps, Share(int(counts[steps]), base)) for steps in np.flatnonzero(counts).tolist()
    )


Direction = Literal["forwards", "backwards"]


@dataclass(frozen=True)
class Branches:
    """Where the sessions that took a path are, and what they do next, going one way.

    `rows` (base,) is each session's step at the path's far end. `next` (states + 2,) counts what
    comes next, indexed by `Journeys.outcome`, and sums to the base; backwards, a session that
    began there has come to an end of its path too, and counts as `ended`.
    """

    rows: Integers
    outcome: Integers
    next: Integers

    @property
    def base(self) -> int:
        return len(self.rows)


def branches(journeys: Journeys, path: Sequence[int], direction: Direction) -> Branches:
    """Follow a path of state codes, whose first is the anchor, from there forwards or backwards.

    A session is counted once, at its *first* visit to the anchor, so that shares are shares of
    the sessions that visit it and one that comes back ten times weighs no more than another.
    What follows the first visit is also what the follow-ups of a topic say, and what comes
    before it is what led there: before a later visit lies the topic itself.
    """
    rows = journeys.first_visits
    rows = rows[journeys.state[rows] == path[0]]
    for state in path[1:]:
        outcome = _next(journeys, rows, direction)
        rows = rows[outcome == state] + (1 if direction == "forwards" else -1)
    outcome = _next(journeys, rows, direction)
    return Branches(rows, outcome, np.bincount(outcome, minlength=journeys.states + 2))


def _next(journeys: Journeys, rows: Integers, direction: Direction) -> Integers:
    if direction == "forwards":
        return journeys.outcome[rows]
    began = rows == journeys.first[journeys.session[rows]]
    return np.where(began, journeys.ended, journeys.state[rows - 1])


def sessions_behind(
    journeys: Journeys, path: Sequence[int], direction: Direction, outcome: int | None = None
) -> Integers:
    """The sessions that took a path, and of them those of one `outcome`: their `origin` codes."""
    found = branches(journeys, path, direction)
    rows = found.rows if outcome is None else found.rows[found.outcome == outcome]
    return journeys.origin[journeys.session[rows]]


BranchKind = Literal["topic", "other", "ended", "open", "began"]


@dataclass(frozen=True)
class Branch:
    """One way on: `share` of the sessions that took the path so far, `of_anchor` of all that
    visit the anchor. `state` is None but for kind "topic"; "other" holds `others` topics."""

    kind: BranchKind
    state: State | None
    share: Share
    of_anchor: Share
    others: int = 0


@dataclass(frozen=True)
class Level:
    """The ways on from one place of a path. The rows' shares sum to `base`."""

    state: State
    base: int
    rows: tuple[Branch, ...]


def explore(
    journeys: Journeys, states: States, path: Sequence[int], direction: Direction, limit: int
) -> tuple[Level, ...]:
    """The ways on from each place of a path, the `limit` commonest topics and the rest."""
    levels = [branches(journeys, path[:steps], direction) for steps in range(1, len(path) + 1)]
    return tuple(
        Level(
            states[code],
            level.base,
            _ways_on(journeys, states, level, levels[0].base, direction, limit),
        )
        for code, level in zip(path, levels, strict=True)
    )


def _ways_on(
    journeys: Journeys, states: States, level: Branches, anchor: int, way: Direction, limit: int
) -> tuple[Branch, ...]:
    def branch(kind: BranchKind, state: State | None, count: int, others: int = 0) -> Branch:
        return Branch(kind, state, Share(count, level.base), Share(count, anchor), others)

    counts = level.next[: journeys.states]
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    rest = order[limit:]
    rows = [branch("topic", states[code], int(counts[code])) for code in order[:limit].tolist()]
    if len(rest):
        rows.append(branch("other", None, int(counts[rest].sum()), len(rest)))
    over = int(level.next[journeys.ended])
    rows.append(branch("ended" if way == "forwards" else "began", None, over))
    if still_open := int(level.next[journeys.still_open]):
        rows.append(branch("open", None, still_open))
    return tuple(rows)
