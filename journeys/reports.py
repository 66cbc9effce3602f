"""What the journeys page says: rows with their bases, from folded journeys. No Django.

Every share counts sessions, so a session that goes round in circles weighs no more than another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

from journeys import tallies, transitions
from journeys.folding import OUTLIER, Integers, Journeys
from journeys.statistics import Share, lift


@dataclass(frozen=True)
class State:
    """What a step can be: a topic, or an outlier (`topic_id` is None)."""

    topic_id: int | None
    name: str

    @property
    def code(self) -> str:
        """What a URL calls it."""
        return "outlier" if self.topic_id is None else str(self.topic_id)


OUTLIER_STATE = State(None, "Outlier")

States = tuple[State, ...]
"""The states by their codes in `Journeys`."""

Row = TypeVar("Row")


@dataclass(frozen=True)
class Table(Generic[Row]):
    """The first rows of a report, out of `total`."""

    rows: tuple[Row, ...]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Overview:
    """The sessions of a report. `several` have two topics or more, `still_open` may go on."""

    sessions: int
    several: Share
    still_open: Share
    median_steps: float
    outliers: Share
    """Of all occurrences, shown or skipped."""
    skipped_sessions: int
    """Sessions of outliers alone, where outliers are skipped."""


@dataclass(frozen=True)
class Start:
    """`share` of all sessions begin with `state`; lift is over its `usual` share of all steps."""

    state: State
    share: Share
    usual: Share


@dataclass(frozen=True)
class Transition:
    """`times` of all transitions, and the `share` of sessions that make it at least once."""

    source: State
    target: State
    times: Share
    share: Share


FollowUpKind = Literal["topic", "other", "ended", "open"]


@dataclass(frozen=True)
class FollowUp:
    """What comes next after a topic, and ever after it. The rows' `next` sum to their base.

    `state` is None but for kind "topic"; "other" holds `others` topics together.
    """

    kind: FollowUpKind
    state: State | None
    next: Share
    ever: Share | None
    others: int = 0

    @property
    def is_small(self) -> bool:
        """Whether neither share can be read."""
        return self.next.is_small and (self.ever is None or self.ever.is_small)


Arrange = Callable[[list[FollowUp]], list[FollowUp]]
"""Puts topics that follow in another order."""


@dataclass(frozen=True)
class FollowUps:
    """What follows the first visit of each session to `source`; `again` are those that return."""

    source: State
    base: int
    again: Share
    rows: tuple[FollowUp, ...]

    @property
    def largest(self) -> float:
        """The rate of the commonest outcome, which a bar chart is scaled to."""
        return max(row.next.rate for row in self.rows)


@dataclass(frozen=True)
class BackAndForth:
    """`share` of the sessions that visit both go from `source` to `target` and back."""

    source: State
    target: State
    share: Share
    times: int


@dataclass(frozen=True)
class Repeat:
    """`share` of the sessions that visit `state` ask again at once, `times` in all."""

    state: State
    share: Share
    times: int


@dataclass(frozen=True)
class DropOff:
    """Where sessions that are over ended: `share` of all, and `rate` of those that visit it."""

    state: State
    share: Share
    rate: Share


def overview(journeys: Journeys, topic: Integers, occurrence_sessions: int) -> Overview:
    """Sum up the sessions.

    `topic` (n,) is the topic of every occurrence that was loaded and `occurrence_sessions` the
    sessions they belong to: more than have a journey where outliers are skipped.
    """
    sessions = journeys.sessions
    lengths = tallies.lengths(journeys)
    return Overview(
        sessions=sessions,
        several=Share(int(np.count_nonzero(tallies.distinct_topics(journeys) > 1)), sessions),
        still_open=Share(int(np.sum(journeys.is_open)), sessions),
        median_steps=float(np.median(lengths)) if sessions else 0.0,
        outliers=Share(int(np.count_nonzero(topic == OUTLIER)), len(topic)),
        skipped_sessions=occurrence_sessions - sessions,
    )


def visited(journeys: Journeys, states: States) -> list[tuple[State, int]]:
    """The states that any session comes to, each with its sessions, the most visited first."""
    visits = tallies.visits(journeys)
    return [(states[code], int(visits[code])) for code in _most(visits)]


def starts(journeys: Journeys, states: States, limit: int) -> Table[Start]:
    """Where sessions begin, the commonest first."""
    begun, steps = tallies.starts(journeys), tallies.steps(journeys)

    def row(code: int) -> Start:
        usual = Share(int(steps[code]), int(steps.sum()))
        more = lift(int(begun[code]), journeys.sessions, usual.rate)
        return Start(states[code], Share(int(begun[code]), journeys.sessions, more), usual)

    codes = _most(begun)
    return Table(tuple(row(code) for code in codes[:limit]), len(codes))


def strongest_transitions(journeys: Journeys, states: States, limit: int) -> Table[Transition]:
    """The transitions made most often."""
    pairs = transitions.transitions(journeys)
    total = int(pairs.times.sum())
    columns = (pairs.source, pairs.target, pairs.times, pairs.sessions)
    rows = zip(*(column[:limit].tolist() for column in columns), strict=True)
    return Table(
        tuple(
            Transition(states[a], states[b], Share(times, total), Share(made, journeys.sessions))
            for a, b, times, made in rows
        ),
        len(pairs),
    )


def together(rows: Sequence[Transition]) -> Share:
    """How many of all transitions these are."""
    return Share(sum(row.times.count for row in rows), rows[0].times.base if rows else 0)


def follow_ups(
    journeys: Journeys, states: States, source: int, limit: int, arrange: Arrange = list
) -> FollowUps:
    """What follows the state of code `source`: the first `limit` topics, which come the commonest
    first unless they are arranged in another order, and the rest."""
    found, usual = transitions.follow_ups(journeys, source), transitions.base_rates(journeys)

    def next_share(outcome: int) -> Share:
        count = int(found.next[outcome])
        return Share(count, found.base, lift(count, found.base, float(usual[outcome])))

    # A topic that never comes next still follows, later; the commonest by either count.
    order = np.lexsort((-found.ever, -found.next[: journeys.states]))
    order = order[(found.ever[order] > 0) & (order != source)]
    topics = arrange(
        [
            FollowUp(
                "topic", states[code], next_share(code), Share(int(found.ever[code]), found.base)
            )
            for code in order.tolist()
        ]
    )
    rows, rest = topics[:limit], topics[limit:]
    if rest:
        other = Share(sum(row.next.count for row in rest), found.base)
        rows.append(FollowUp("other", None, other, None, others=len(rest)))
    rows.append(FollowUp("ended", None, next_share(journeys.ended), None))
    if found.next[journeys.still_open]:
        still_open = Share(int(found.next[journeys.still_open]), found.base)
        rows.append(FollowUp("open", None, still_open, None))
    again = Share(int(found.ever[source]), found.base)
    return FollowUps(states[source], found.base, again, tuple(rows))


def back_and_forth(journeys: Journeys, states: States, limit: int) -> Table[BackAndForth]:
    """The pairs that most sessions go back and forth between."""
    pairs = transitions.back_and_forth(journeys)
    order = np.argsort(-pairs.sessions, kind="stable")[:limit]
    source, target = pairs.source[order], pairs.target[order]
    both = tallies.visits_to_both(journeys, source, target)
    columns = (source, target, pairs.sessions[order], both, pairs.times[order])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return Table(
        tuple(
            BackAndForth(states[a], states[b], Share(sessions, base), times)
            for a, b, sessions, base, times in rows
        ),
        len(pairs),
    )


def repeats(journeys: Journeys, states: States, limit: int) -> Table[Repeat]:
    """Where sessions ask again at once, the most sessions first."""
    found, visits = tallies.repeats(journeys), tallies.visits(journeys)
    codes = _most(found.sessions)
    return Table(
        tuple(
            Repeat(
                states[code],
                Share(int(found.sessions[code]), int(visits[code])),
                int(found.times[code]),
            )
            for code in codes[:limit]
        ),
        len(codes),
    )


def drop_offs(journeys: Journeys, states: States, limit: int) -> Table[DropOff]:
    """Where sessions that are over ended, the commonest first."""
    ends, visits = tallies.ends(journeys), tallies.visits(journeys, ended_only=True)
    total = int(ends.sum())
    codes = _most(ends)
    return Table(
        tuple(
            DropOff(
                states[code],
                Share(int(ends[code]), total),
                Share(int(ends[code]), int(visits[code])),
            )
            for code in codes[:limit]
        ),
        len(codes),
    )


def _most(counts: Integers) -> list[int]:
    """The codes that occur, by falling count."""
    order = np.argsort(-counts, kind="stable")
    codes: list[int] = order[counts[order] > 0].tolist()
    return codes
