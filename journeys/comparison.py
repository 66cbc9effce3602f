"""How the journeys of two segments differ, and which differences are more than chance. No Django.

Users count as independent, their sessions do not: see `dependence`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from journeys import tallies, transitions
from journeys.dependence import Doings, apart, design_effects
from journeys.differences import (
    difference_interval,
    false_discovery_rates,
    fisher_p_value,
    ratio_interval,
)
from journeys.folding import Flags, Integers, Journeys
from journeys.reports import State, States
from journeys.statistics import MINIMUM_SUPPORT, Share

FALSE_DISCOVERY = 0.05
"""The share of findings that may be chance."""


@dataclass(frozen=True)
class Sides:
    """Which sessions stand on either side, (sessions,) each and none on both. `shared` were in
    both segments."""

    first: Flags
    second: Flags
    shared: int


def sides(first: Flags, second: Flags) -> Sides:
    """Set two segments, (sessions,) each, against each other.

    The statistics need different sessions on either side. Where one segment lies within the
    other it is compared with the rest of the other; sessions that two segments merely share tell
    nothing of a difference and stand on neither side. A segment against itself has no other side.
    """
    both = first & second
    shared = int(np.count_nonzero(both))
    if np.array_equal(both, first):
        return Sides(first, second & ~both, shared)
    if np.array_equal(both, second):
        return Sides(first & ~both, second, shared)
    return Sides(first & ~both, second & ~both, shared)


@dataclass(frozen=True)
class Contrast:
    """Two shares of sessions, of which `effect` say no more than one would of a user of its own."""

    first: Share
    second: Share
    effect: float = 1.0

    @property
    def difference(self) -> float:
        return self.first.rate - self.second.rate

    @property
    def difference_interval(self) -> tuple[float, float]:
        return difference_interval(self.first, self.second, self.effect)

    @property
    def ratio(self) -> float | None:
        """How many times as often the first does it; None if the second never does."""
        return self.first.rate / self.second.rate if self.second.count else None

    @property
    def ratio_interval(self) -> tuple[float, float]:
        return ratio_interval(self.first, self.second)


ComparedKind = Literal["topic", "transition"]


@dataclass(frozen=True)
class Compared:
    """One comparison that was tested.

    Of kind "topic" `contrast` is the share of sessions that visit `state`. Of kind "transition"
    it is the share, of the sessions that visit `state`, that go on to `target` at once, after any
    visit; `of_all` is that of all sessions, which more visits alone can make differ, so that it
    is told and not tested. `false_discovery` is the p-value corrected for all tests.
    """

    kind: ComparedKind
    state: State
    target: State | None
    contrast: Contrast
    of_all: Contrast
    p_value: float
    false_discovery: float

    @property
    def is_finding(self) -> bool:
        return self.false_discovery <= FALSE_DISCOVERY


@dataclass(frozen=True)
class Comparison:
    """Two segments of `first` and `second` sessions: what differs, the largest difference first,
    and what may not. `too_small` comparisons had too few sessions to be tested."""

    first: int
    second: int
    findings: tuple[Compared, ...]
    others: tuple[Compared, ...]
    too_small: int

    @property
    def tested(self) -> int:
        return len(self.findings) + len(self.others)


Users = tuple[Integers, Integers]
"""(sessions,) of either side: a code of each session's user, less than 0 where nobody knows."""


def compare(
    first: Journeys, second: Journeys, states: States, users: Users | None = None
) -> Comparison:
    """Compare the journeys of two segments that share no session (see `sides`).

    Every comparison with support on both sides together is tested by Fisher's exact test, as of
    the independent sessions that its own are worth, and all are corrected at once (Benjamini and
    Hochberg). Support does not look at the difference, so choosing by it keeps the correction
    valid (Bourgon et al., PNAS 107, 2010).
    """
    contrasts = [*_topics(first, second), *_transitions(first, second)]
    tested = [each for each in contrasts if _has_support(each[2])]
    p_values = np.array([_p_value(each) for each in tested])
    # Dependence makes p-values larger, so that only these can be findings.
    candidates = np.flatnonzero(p_values <= FALSE_DISCOVERY).tolist() if users else []
    if users and candidates:
        chosen = [tested[place] for place in candidates]
        found = _with_effects((first, second), users, chosen)
        for place, row in zip(candidates, found, strict=True):
            tested[place], p_values[place] = row, _p_value(row)
    rates = false_discovery_rates(p_values)
    rows = [
        Compared(
            "topic" if target is None else "transition",
            states[state],
            None if target is None else states[target],
            contrast,
            of_all,
            p_value,
            rate,
        )
        for (state, target, contrast, of_all), p_value, rate in zip(
            tested, p_values.tolist(), rates.tolist(), strict=True
        )
    ]
    rows.sort(key=lambda row: -abs(row.contrast.difference))
    return Comparison(
        first.sessions,
        second.sessions,
        findings=tuple(row for row in rows if row.is_finding),
        others=tuple(row for row in rows if not row.is_finding),
        too_small=len(contrasts) - len(tested),
    )


def _has_support(contrast: Contrast) -> bool:
    """Whether enough sessions do it, on both sides together, and could on each."""
    first, second = contrast.first, contrast.second
    enough = min(first.count + second.count, first.base, second.base)
    return enough >= MINIMUM_SUPPORT


Row = tuple[int, int | None, Contrast, Contrast]
"""A state, a target, and their contrasts among those that could and among all."""


def _p_value(row: Row) -> float:
    contrast = row[2]
    return fisher_p_value(contrast.first, contrast.second, contrast.effect)


def _topics(first: Journeys, second: Journeys) -> list[Row]:
    counts, other = tallies.visits(first), tallies.visits(second)
    rows: list[Row] = []
    for code in np.flatnonzero(counts + other).tolist():
        contrast = Contrast(
            Share(int(counts[code]), first.sessions), Share(int(other[code]), second.sessions)
        )
        rows.append((code, None, contrast, contrast))
    return rows


def _transitions(first: Journeys, second: Journeys) -> list[Row]:
    made, other = _sessions_making(first), _sessions_making(second)
    visits, other_visits = tallies.visits(first), tallies.visits(second)
    rows: list[Row] = []
    for source, target in sorted(made.keys() | other.keys()):
        count, other_count = made.get((source, target), 0), other.get((source, target), 0)
        contrast = Contrast(
            Share(count, int(visits[source])), Share(other_count, int(other_visits[source]))
        )
        of_all = Contrast(Share(count, first.sessions), Share(other_count, second.sessions))
        rows.append((source, target, contrast, of_all))
    return rows


def _sessions_making(journeys: Journeys) -> dict[tuple[int, int], int]:
    """How many sessions make each transition."""
    pairs = transitions.transitions(journeys)
    columns: tuple[Integers, ...] = (pairs.source, pairs.target, pairs.sessions)
    return {(a, b): made for a, b, made in zip(*(c.tolist() for c in columns), strict=True)}


def _with_effects(both: tuple[Journeys, Journeys], users: Users, rows: list[Row]) -> list[Row]:
    """The rows with the design effects of their contrasts."""
    known = apart(*users)
    states = max(each.states for each in both)
    moves = [(source, target) for source, target, _, _ in rows if target is not None]
    kind_of = np.full((states, states), -1)
    kind_of[tuple(np.array(moves, np.int64).reshape(-1, 2).T)] = np.arange(len(moves))

    def doings(of: Callable[[Journeys], tuple[Integers, Integers]]) -> Doings:
        """What the sessions of both sides do."""
        found = [of(each) for each in both]
        user = [mine[session] for mine, (session, _) in zip(known, found, strict=True)]
        kind = [kind for _, kind in found]
        side = np.repeat([0, 1], [len(each) for each in kind])
        return Doings.of(np.concatenate(kind), np.concatenate(user), side)

    everybody = doings(lambda each: (np.arange(each.sessions), np.zeros(each.sessions, np.int64)))
    visits = doings(lambda each: (each.session[each.first_visits], each.state[each.first_visits]))
    made = doings(lambda each: transitions.made_once(each, kind_of, len(moves)))
    of_states = design_effects(visits, everybody, np.zeros(states, np.int64))
    of_moves = iter(design_effects(made, visits, np.array([source for source, _ in moves], int)))
    return [
        (state, target, replace(contrast, effect=float(effect)), of_all)
        for state, target, contrast, of_all in rows
        for effect in [of_states[state] if target is None else next(of_moves)]
    ]
