"""How the journeys of two segments differ, and which differences are more than chance. No Django.

Users count as independent, their sessions do not: see `dependence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from clustering.reports.figures import Numbers
from journeys.contrasts import Both, Contrasts
from journeys.dependence import People
from journeys.differences import (
    difference_interval,
    false_discovery_rates,
    fisher_p_values,
    ratio_interval,
)
from journeys.folding import Flags, Integers, Journeys
from journeys.reports import State, States
from journeys.statistics import Share

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

    @property
    def states(self) -> States:
        """What it is of: one state, or two that a transition joins."""
        return (self.state,) if self.target is None else (self.state, self.target)


@dataclass(frozen=True)
class Comparison:
    """Two segments of `first` and `second` sessions, of so many `users`: what differs, the largest
    difference first, and what may not. `tested` comparisons were made; `too_small` had too few
    sessions for that."""

    first: int
    second: int
    users: int
    findings: tuple[Compared, ...]
    others: tuple[Compared, ...]
    tested: int
    too_small: int

    @property
    def may_be_chance(self) -> int:
        return self.tested - len(self.findings)


def compare(
    journeys: Journeys,
    is_second: Flags,
    states: States,
    users: Integers | None = None,
    most_others: int | None = None,
) -> Comparison:
    """Compare the journeys of two segments that share no session (see `sides`).

    `is_second` (sessions,) are those of the second one; `users` (sessions,) is a code of each
    session's user, less than 0 where nobody knows.

    Every comparison with support on both sides together is tested by Fisher's exact test, as of
    the independent sessions that its own are worth, and all are corrected at once (Benjamini and
    Hochberg). Support does not look at the difference, so choosing by it keeps the correction
    valid (Bourgon et al., PNAS 107, 2010). Of those that may be chance, `most_others` are told.
    """
    both = Both.of(journeys, is_second)
    people = None if users is None else People.of(users)
    everything = both.contrasts()
    tests = everything.only(everything.has_support)
    p_values, effects = _tested(both, tests, people)
    rates = false_discovery_rates(p_values)
    first, second = both.sessions.tolist()

    def row(place: int) -> Compared:
        state, target = int(tests.source[place]), int(tests.target[place])
        one, other = tests.shares(place)
        return Compared(
            "topic" if target < 0 else "transition",
            states[state],
            None if target < 0 else states[target],
            Contrast(one, other, float(effects[place])),
            Contrast(Share(one.count, first), Share(other.count, second)),
            float(p_values[place]),
            float(rates[place]),
        )

    order = np.argsort(-np.abs(tests.differences), kind="stable")
    is_finding = rates[order] <= FALSE_DISCOVERY
    return Comparison(
        first,
        second,
        people.different if people else first + second,
        findings=tuple(map(row, order[is_finding].tolist())),
        others=tuple(map(row, order[~is_finding][:most_others].tolist())),
        tested=len(tests),
        too_small=len(everything) - len(tests),
    )


def _tested(both: Both, tests: Contrasts, people: People | None) -> tuple[Numbers, Numbers]:
    """The p-values of n tests, (n,), and their design effects, (n,): 1 without users."""
    p_values, effects = fisher_p_values(tests.counts, tests.bases), np.ones(len(tests))
    # Dependence makes p-values larger, so that only what is a finding without it can be one.
    likely = np.flatnonzero(false_discovery_rates(p_values) <= FALSE_DISCOVERY)
    if people and len(likely):
        chosen = tests.only(likely)
        effects[likely] = both.effects(people, chosen)
        p_values[likely] = fisher_p_values(chosen.counts, chosen.bases, effects[likely])
    return p_values, effects
