"""What sessions come to, begin and end with, and ask again. Pure numpy; no Django.

Counts are counts of sessions unless a name says otherwise, so that each has a base a reader can
check: the sessions, or the sessions that visit a topic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.reports.figures import by_group
from journeys.folding import Integers, Journeys


def lengths(journeys: Journeys) -> Integers:
    """Steps of each session, (sessions,)."""
    return journeys.last - journeys.first + 1


def distinct_topics(journeys: Journeys) -> Integers:
    """Different topics of each session, (sessions,). The outlier state is no topic."""
    if not journeys.sessions:
        return np.zeros(0, dtype=np.int64)
    new = ~journeys.is_return & (journeys.state < journeys.topics)
    return np.add.reduceat(new, journeys.first, dtype=np.int32)


def steps(journeys: Journeys) -> Integers:
    """Steps that are each state, (states,). Counts steps, not sessions."""
    return np.bincount(journeys.state, minlength=journeys.states)


def starts(journeys: Journeys) -> Integers:
    """Sessions that begin with each state, (states,)."""
    return np.bincount(journeys.state[journeys.first], minlength=journeys.states)


def visits(journeys: Journeys, *, ended_only: bool = False) -> Integers:
    """Sessions that come to each state at least once, (states,)."""
    if not ended_only:
        return journeys.visits
    rows = journeys.first_visits
    rows = rows[journeys.is_open[journeys.session[rows]]]
    return journeys.visits - np.bincount(journeys.state[rows], minlength=journeys.states)


def ends(journeys: Journeys) -> Integers:
    """Sessions that are over and whose last step is each state, (states,)."""
    rows = journeys.last[~journeys.is_open]
    return np.bincount(journeys.state[rows], minlength=journeys.states)


def visits_to_both(journeys: Journeys, first: Integers, second: Integers) -> Integers:
    """Sessions that come to both states of each pair, in either order, (p,).

    Memory: one bit for each session and different state among the pairs.
    """
    wanted, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    visitors = _visitors(journeys, wanted)
    pairs = zip(place[: len(first)], place[len(first) :], strict=True)
    both = [np.bitwise_count(visitors[a] & visitors[b]).sum() for a, b in pairs]
    return np.array(both, dtype=np.int64)


def _visitors(journeys: Journeys, wanted: Integers) -> NDArray[np.uint64]:
    """Which sessions come to each of some states, (w, sessions / 64): a bit for each session."""
    rows = journeys.first_visits
    place = np.full(journeys.states, -1, dtype=np.int32)
    place[wanted] = np.arange(len(wanted))
    rows = rows[place[journeys.state[rows]] >= 0]
    of = place[journeys.state[rows]]
    sessions = journeys.session[rows[by_group(of, len(wanted))]]
    begins = np.cumsum(np.bincount(of, minlength=len(wanted)))[:-1]
    found = np.empty((len(wanted), -(-journeys.sessions // 64)), np.uint64)
    flags = np.zeros(64 * found.shape[1], np.bool_)
    for bits, visiting in zip(found, np.split(sessions, begins), strict=False):
        flags[visiting] = True
        bits[:] = np.packbits(flags).view(np.uint64)
        flags[visiting] = False
    return found


@dataclass(frozen=True)
class Repeats:
    """Sessions that ask about a topic again at once, and how often they do. Arrays (states,)."""

    sessions: Integers
    times: Integers


def repeats(journeys: Journeys) -> Repeats:
    """A→A: occurrences that follow one of the same state, which folding hides."""
    rows = np.flatnonzero(journeys.count > 1)
    state = journeys.state[rows]
    times = np.bincount(state, weights=journeys.count[rows] - 1, minlength=journeys.states)
    again = _repeated_again(journeys, rows)
    return Repeats(
        sessions=np.bincount(state, minlength=journeys.states)
        - np.bincount(again, minlength=journeys.states),
        times=times.astype(np.int64),
    )


def _repeated_again(journeys: Journeys, rows: Integers) -> Integers:
    """The state of each row whose session has repeated it before.

    Such a session comes to it several times, so only rows of several visits are sorted.
    """
    rows = rows[journeys.is_one_of_several[rows]]
    repeated = np.sort(journeys.session[rows] * np.int64(journeys.states) + journeys.state[rows])
    again: Integers = repeated[1:][repeated[1:] == repeated[:-1]] % max(journeys.states, 1)
    return again
