"""Journeys and what they add up to, from arrays of occurrences. Pure numpy; no Django.

A journey is the sequence of topics in a session with repeats of a topic folded into one step.
Topics come as codes `0 … topics - 1` and an outlier as `OUTLIER`; a *state* is what a step can
be: a topic, or the outlier state (code `topics`) where outliers are shown.

Counts are counts of sessions unless a name says otherwise, so that each has a base a reader can
check: the sessions, or the sessions that visit a topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

OUTLIER = -1
"""The topic code of an occurrence whose text no topic claims."""


@dataclass(frozen=True)
class Journeys:
    """Folded journeys: one row a step, in order, session after session.

    `session` (m,) numbers the sessions that have a step from 0, ascending; `state` (m,) is what
    the step is and `count` (m,) how many occurrences were folded into it. `is_open` (sessions,)
    marks sessions that may go on: their last step is not an end.
    """

    session: Integers
    state: Integers
    count: Integers
    is_open: Flags
    topics: int
    states: int

    @property
    def sessions(self) -> int:
        return len(self.is_open)

    @cached_property
    def first(self) -> Integers:
        """The row of each session's first step, (sessions,)."""
        return np.flatnonzero(np.diff(self.session, prepend=-1))

    @cached_property
    def last(self) -> Integers:
        """The row of each session's last step, (sessions,)."""
        return np.flatnonzero(np.diff(self.session, append=self.sessions))

    @cached_property
    def first_visits(self) -> Integers:
        """The rows at which a session comes to a state for the first time."""
        rows: Integers = np.unique(self.session * self.states + self.state, return_index=True)[1]
        return rows

    @cached_property
    def outcome(self) -> Integers:
        """What follows each step, (m,): a state, `ended` or `still_open`."""
        following = np.empty_like(self.state)
        following[:-1] = self.state[1:]
        following[self.last] = np.where(self.is_open, self.still_open, self.ended)
        return following

    @property
    def ended(self) -> int:
        """The outcome code of a session that is over."""
        return self.states

    @property
    def still_open(self) -> int:
        """The outcome code of a session that may go on."""
        return self.states + 1


def fold(
    session: Integers, topic: NDArray[np.integer], is_open: Flags, topics: int, *, outliers: bool
) -> Journeys:
    """Fold occurrences into journeys.

    `session` (n,) holds codes `0 … len(is_open) - 1`, ascending, and within a session the rows
    are in time order; `topic` (n,) holds topic codes or `OUTLIER`. With `outliers` an outlier is
    a step; without, it is as if it had not been sent (so `A, outlier, A` is one step of two
    occurrences), and a session of nothing else has no journey.
    """
    state = topic.astype(np.int64)
    if outliers:
        state[state == OUTLIER] = topics
    else:
        kept = state != OUTLIER
        session, state = session[kept], state[kept]
    starts = np.ones(len(state), dtype=np.bool_)
    starts[1:] = (session[1:] != session[:-1]) | (state[1:] != state[:-1])
    rows = np.flatnonzero(starts)
    code = session[rows]
    begins = np.diff(code, prepend=-1) > 0
    return Journeys(
        session=np.cumsum(begins) - 1,
        state=state[rows],
        count=np.diff(rows, append=len(state)),
        is_open=is_open[code[begins]],
        topics=topics,
        states=topics + outliers,
    )


def lengths(journeys: Journeys) -> Integers:
    """Steps of each session, (sessions,)."""
    return journeys.last - journeys.first + 1


def distinct_topics(journeys: Journeys) -> Integers:
    """Different topics of each session, (sessions,). The outlier state is no topic."""
    visits = journeys.first_visits
    visits = visits[journeys.state[visits] < journeys.topics]
    return np.bincount(journeys.session[visits], minlength=journeys.sessions)


def steps(journeys: Journeys) -> Integers:
    """Steps that are each state, (states,). Counts steps, not sessions."""
    return np.bincount(journeys.state, minlength=journeys.states)


def starts(journeys: Journeys) -> Integers:
    """Sessions that begin with each state, (states,)."""
    return np.bincount(journeys.state[journeys.first], minlength=journeys.states)


def visits(journeys: Journeys, *, ended_only: bool = False) -> Integers:
    """Sessions that come to each state at least once, (states,)."""
    rows = journeys.first_visits
    if ended_only:
        rows = rows[~journeys.is_open[journeys.session[rows]]]
    return np.bincount(journeys.state[rows], minlength=journeys.states)


def ends(journeys: Journeys) -> Integers:
    """Sessions that are over and whose last step is each state, (states,)."""
    rows = journeys.last[~journeys.is_open]
    return np.bincount(journeys.state[rows], minlength=journeys.states)


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
    return _pairs(journeys, np.flatnonzero(journeys.session[1:] == journeys.session[:-1]))


def back_and_forth(journeys: Journeys) -> Pairs:
    """Every A→B→A: three consecutive steps of which the third is the first again.

    A→B→A→B holds A→B→A and B→A→B, each once.
    """
    session, state = journeys.session, journeys.state
    rows = np.flatnonzero((session[2:] == session[:-2]) & (state[2:] == state[:-2]))
    return _pairs(journeys, rows)


def _pairs(journeys: Journeys, rows: Integers) -> Pairs:
    """Count the patterns that begin at `rows`, each with the state of its row and of the next."""
    states = journeys.states
    pair = journeys.state[rows] * states + journeys.state[rows + 1]
    kinds, times = _runs(np.sort(pair))
    once = _distinct(pair * journeys.sessions + journeys.session[rows])
    sessions = _runs(once // max(journeys.sessions, 1))[1]
    order = np.argsort(-times, kind="stable")
    return Pairs(kinds[order] // states, kinds[order] % states, times[order], sessions[order])


def _runs(ordered: Integers) -> tuple[Integers, Integers]:
    """The different values of a sorted array, and how often each stands in it.

    Sorting beats `np.unique`, which hashes integers, by ten times on a million of them.
    """
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[begins], np.diff(begins, append=len(ordered))


def _distinct(values: Integers) -> Integers:
    return _runs(np.sort(values))[0]


def transition_matrix(journeys: Journeys) -> Integers:
    """How often each transition was made, (states, states): row A, column B."""
    pairs = transitions(journeys)
    matrix = np.zeros((journeys.states, journeys.states), dtype=np.int64)
    matrix[pairs.source, pairs.target] = pairs.times
    return matrix


def visits_to_both(journeys: Journeys, first: Integers, second: Integers) -> Integers:
    """Sessions that come to both states of each pair, in either order, (p,).

    Memory: one byte for each session and different state among the pairs; ask for the pairs
    that are shown, not for all.
    """
    wanted, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    rows = journeys.first_visits
    row_of = np.full(journeys.states, -1)
    row_of[wanted] = np.arange(len(wanted))
    row = row_of[journeys.state[rows]]
    seen = np.zeros((len(wanted), journeys.sessions), dtype=np.bool_)
    seen[row[row >= 0], journeys.session[rows][row >= 0]] = True
    pairs = zip(place[: len(first)], place[len(first) :], strict=True)
    return np.array([np.count_nonzero(seen[a] & seen[b]) for a, b in pairs], dtype=np.int64)


@dataclass(frozen=True)
class Repeats:
    """Sessions that ask about a topic again at once, and how often they do. Arrays (states,)."""

    sessions: Integers
    times: Integers


def repeats(journeys: Journeys) -> Repeats:
    """A→A: occurrences that follow one of the same state, which folding hides."""
    rows = np.flatnonzero(journeys.count > 1)
    once = _distinct(journeys.session[rows] * journeys.states + journeys.state[rows])
    again = journeys.count[rows] - 1
    times = np.bincount(journeys.state[rows], weights=again, minlength=journeys.states)
    return Repeats(
        sessions=np.bincount(once % journeys.states, minlength=journeys.states),
        times=times.astype(np.int64),
    )


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
    visit = np.full(journeys.sessions, len(journeys.state))
    visit[journeys.session[rows]] = rows
    later = np.flatnonzero(np.arange(len(journeys.state)) > visit[journeys.session])
    once = _distinct(journeys.session[later] * journeys.states + journeys.state[later])
    return FollowUps(
        source=source,
        base=len(rows),
        next=np.bincount(journeys.outcome[rows], minlength=journeys.states + 2),
        ever=np.bincount(once % journeys.states, minlength=journeys.states),
    )


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
