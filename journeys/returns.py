"""What people come back about: the last topic of a session to the first of their next. No Django.

The times between are those from the end of one session to the start of the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustering.reports.figures import GroupedNumbers
from journeys.folding import Flags, Integers, Journeys
from journeys.reports import State, States, Table
from journeys.statistics import Share, lift

UNKNOWN_USER = -1
"""The user code of a session whose user is not known."""


@dataclass(frozen=True)
class Returns:
    """Each time a user came back, (r,): from which session of the journeys to which.

    `gap` is the time between in microseconds. `could` (sessions,) marks the sessions that could
    have been returned from: they are over and their user is known.
    """

    source: Integers
    target: Integers
    user: Integers
    gap: Integers
    could: Flags


def returns(journeys: Journeys, user: Integers, start: Integers, end: Integers) -> Returns:
    """Pair each session with its user's next.

    `user` (sessions,) holds codes or `UNKNOWN_USER`; `start` and `end` (sessions,) are int64
    microseconds. A user's sessions follow each other by their starts, then their ends. One that
    begins before the one before it has ended is no return (two windows at once), and neither
    does one lead on from a session that is still open.
    """
    known = np.flatnonzero(user != UNKNOWN_USER)
    order = known[np.lexsort((end[known], start[known], user[known]))]
    before, after = order[:-1], order[1:]
    gap = start[after] - end[before]
    follows = (user[after] == user[before]) & (gap >= 0) & ~journeys.is_open[before]
    before, after = before[follows], after[follows]
    could = (user != UNKNOWN_USER) & ~journeys.is_open
    return Returns(before, after, user[before], gap[follows], could)


@dataclass(frozen=True)
class Seconds:
    """The time between the two sessions: its quartiles and median."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class Return:
    """From `source`, the last topic of a session, to `target`, the first of the user's next.

    `share` is of the returns from `source`; its lift is over the share that `target` has of all
    returns. `users` are different ones.
    """

    source: State
    target: State
    share: Share
    users: int
    seconds: Seconds


@dataclass(frozen=True)
class ComeBack:
    """What people come back about: `share` of all returns begin with `state`.

    Its lift is over the share of all sessions that begin with it. `after` are the sessions that
    end with the state, of those that could be returned from, after which their user comes back.
    """

    state: State
    share: Share
    users: int
    after: Share
    seconds: Seconds


def return_pairs(journeys: Journeys, found: Returns, states: States, limit: int) -> Table[Return]:
    """The commonest pairs of last and next topic."""
    size = journeys.states
    first = journeys.state[journeys.first[found.target]]
    last = journeys.state[journeys.last[found.source]]
    kinds, kind = np.unique(last * np.int64(size) + first, return_inverse=True)
    times, users = _times_and_users(kind, found.user, len(kinds))
    order = np.lexsort((kinds, -users, -times))[:limit]
    seconds = _seconds_of(order, kind, found.gap, len(kinds))
    leaving = np.bincount(last, minlength=size)
    usual = np.bincount(first, minlength=size) / max(len(first), 1)

    def row(place: int, between: Seconds) -> Return:
        source, target = divmod(int(kinds[place]), size)
        count, base = int(times[place]), int(leaving[source])
        share = Share(count, base, lift(count, base, float(usual[target])))
        return Return(states[source], states[target], share, int(users[place]), between)

    return Table(tuple(map(row, order.tolist(), seconds)), len(kinds))


def come_backs(journeys: Journeys, found: Returns, states: States, limit: int) -> Table[ComeBack]:
    """The topics that returns begin with, the commonest first."""
    size = journeys.states
    begun, ended = journeys.state[journeys.first], journeys.state[journeys.last]
    topic = begun[found.target]
    times, users = _times_and_users(topic, found.user, size)
    seconds = _seconds(topic, found.gap, size)
    usual = np.bincount(begun, minlength=size) / max(len(begun), 1)
    could = np.bincount(ended[found.could], minlength=size)
    came = np.bincount(ended[found.source], minlength=size)

    def row(code: int) -> ComeBack:
        count, base = int(times[code]), len(topic)
        share = Share(count, base, lift(count, base, float(usual[code])))
        after = Share(int(came[code]), int(could[code]))
        return ComeBack(states[code], share, int(users[code]), after, seconds[code])

    order = np.argsort(-times, kind="stable")
    order = order[times[order] > 0]
    return Table(tuple(row(code) for code in order[:limit].tolist()), len(order))


def _times_and_users(kind: Integers, user: Integers, kinds: int) -> tuple[Integers, Integers]:
    """How many returns of each kind there are, and of how many users, (kinds,) each."""
    users = int(user.max()) + 1 if len(user) else 1
    pairs = np.sort(kind * np.int64(users) + user)
    once = pairs[np.diff(pairs, prepend=-1) > 0] // users
    return np.bincount(kind, minlength=kinds), np.bincount(once, minlength=kinds)


def _seconds_of(wanted: Integers, kind: Integers, gap: Integers, kinds: int) -> list[Seconds]:
    """Of these kinds alone: pairs are many, and few are listed."""
    place = np.full(kinds, -1)
    place[wanted] = np.arange(len(wanted))
    rows = np.flatnonzero(place[kind] >= 0)
    return _seconds(place[kind[rows]], gap[rows], len(wanted))


def _seconds(kind: Integers, gap: Integers, kinds: int) -> list[Seconds]:
    grouped = GroupedNumbers.of(kind, gap / 1e6, kinds)
    return [Seconds(*each) for each in grouped.quantiles(0.25, 0.5, 0.75).T.tolist()]
