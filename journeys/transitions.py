"""What follows what: transitions, back and forth, follow-ups. Pure numpy; no Django.

Counts are counts of sessions unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.folding import Integers, Journeys
from journeys.tallies import visits


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of states that occurred: how often, and in how many sessions.

    All arrays are (p,); `times` counts every occurrence of the pattern, `sessions` each session
    once. Ordered by `times`, the most frequent first, then by codes.
    """

    source: Integers
    target: Integers
    times: Integers
    sessions: Integers

    def __len__(self) -> int:
        return len(self.times)


def transitions(journeys: Journeys) -> Pairs:
    """Every A→B: two consecutive steps of a session."""
    return _pairs(journeys, np.flatnonzero(journeys.goes_on))


def back_and_forth(journeys: Journeys) -> Pairs:
    """Every A→B→A: three consecutive steps of which the third is the first again.

    A→B→A→B holds A→B→A and B→A→B, each once.
    """
    session, state = journeys.session, journeys.state
    rows = np.flatnonzero((state[2:] == state[:-2]) & (session[2:] == session[:-2]))
    return _pairs(journeys, rows)


def _pairs(journeys: Journeys, rows: Integers) -> Pairs:
    """Count the patterns that begin at `rows`, each with the state of its row and of the next."""
    states = journeys.states
    pair = journeys.state[rows] * np.int64(states) + journeys.state[rows + 1]
    kinds, times = _counted(pair, states**2)
    again = np.searchsorted(kinds, _made_again(journeys, rows, pair))
    sessions = times - np.bincount(again, minlength=len(kinds))
    order = np.argsort(-times, kind="stable")
    return Pairs(kinds[order] // states, kinds[order] % states, times[order], sessions[order])


def _made_again(journeys: Journeys, rows: Integers, pair: Integers) -> Integers:
    """The pair of each pattern that its session has had before.

    Such a session comes to both its states several times, so only rows of those are sorted.
    """
    several = journeys.is_one_of_several
    within = np.flatnonzero(several[rows] & several[rows + 1])
    made = np.sort(pair[within] * journeys.sessions + journeys.session[rows[within]])
    again: Integers = made[1:][made[1:] == made[:-1]] // max(journeys.sessions, 1)
    return again


def made_once(journeys: Journeys, kind_of: Integers, kinds: int) -> tuple[Integers, Integers]:
    """The transitions of each session, each once: its code, and `kind_of[source, target]` of them.

    Those of a kind less than 0 are left out.
    """
    state = journeys.state
    # Of every row, which is quicker than of those picked that go on.
    kind = kind_of.ravel()[state[:-1] * journeys.states + state[1:]]
    rows = np.flatnonzero((kind >= 0) & journeys.goes_on[:-1])
    kind = kind[rows]
    several = journeys.is_one_of_several
    again = several[rows] & several[rows + 1]
    code = np.sort(journeys.session[rows[again]] * np.int64(max(kinds, 1)) + kind[again])
    code = code[np.flatnonzero(np.diff(code, prepend=-1))]
    session = np.concatenate([journeys.session[rows[~again]], code // max(kinds, 1)])
    return session, np.concatenate([kind[~again], code % max(kinds, 1)])


def _counted(values: Integers, kinds: int) -> tuple[Integers, Integers]:
    """The different values of an array, ascending, and how often each stands in it.

    They are `0 … kinds - 1`. Counting them costs a cell for each kind; where that is more than
    there are values, they are sorted. (`np.unique` hashes integers: ten times slower.)
    """
    if kinds <= len(values):
        counts = np.bincount(values, minlength=kinds)
        found = np.flatnonzero(counts)
        return found, counts[found]
    ordered = np.sort(values)
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[begins], np.diff(begins, append=len(ordered))


@dataclass(frozen=True)
class FollowUps:
    """What sessions do after they first come to one state, `source`.

    `base` sessions come to it. `next` (states + 2,) counts what follows directly, indexed by
    `Journeys.outcome`, and sums to `base`. `ever` (states,) counts the sessions that come to a
    state at any later step; `ever[source]` are those that come back.
    """

    source: int
    base: int
    next: Integers
    ever: Integers


def follow_ups(journeys: Journeys, source: int) -> FollowUps:
    """Count what follows the first visit of each session to `source`."""
    rows = journeys.first_visits
    rows = rows[journeys.state[rows] == source]
    turn = np.zeros(len(journeys.state) + 1, dtype=np.int8)
    turn[rows + 1] = 1
    turn[journeys.last[journeys.session[rows]] + 1] -= 1
    after = np.cumsum(turn[:-1], dtype=np.int8).view(np.bool_)
    later = np.flatnonzero(after & journeys.is_last_visit)
    return FollowUps(
        source=source,
        base=len(rows),
        next=np.bincount(journeys.outcome[rows], minlength=journeys.states + 2),
        ever=np.bincount(journeys.state[later], minlength=journeys.states),
    )


def first_outcomes(journeys: Journeys) -> tuple[Integers, Integers, Integers]:
    """What follows first visits: states, `Journeys.outcome` and the sessions of each pair, (p,)."""
    rows, outcomes = journeys.first_visits, journeys.states + 2
    pair = journeys.state[rows] * np.int64(outcomes) + journeys.outcome[rows]
    kinds, counts = _counted(pair, journeys.states * outcomes)
    return kinds // outcomes, kinds % outcomes, counts


def base_rates(journeys: Journeys) -> NDArray[np.float64]:
    """How often each outcome follows *any* first visit it could follow, (states + 2,).

    The yardstick for `FollowUps.next`: a state cannot follow itself, so its own visits are left
    out of its base. Not a number where nothing could lead to it.
    """
    rows = journeys.first_visits
    counts = np.bincount(journeys.outcome[rows], minlength=journeys.states + 2)
    chances = np.full(journeys.states + 2, len(rows))
    chances[: journeys.states] -= visits(journeys)
    rates = np.full(len(chances), np.nan)
    np.divide(counts, chances, out=rates, where=chances > 0)
    return rates
