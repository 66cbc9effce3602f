"""What the journeys of two segments can be compared by, and how far users make it. No Django."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clustering.reports.figures import Numbers, by_group
from journeys import tallies, transitions
from journeys.dependence import Base, counts_by_kind, counts_of, places
from journeys.folding import Flags, Integers, Journeys
from journeys.statistics import MINIMUM_SUPPORT, Share

Users = tuple[Integers, Integers]
"""(sessions,) of either side: a code of each session's user, less than 0 where nobody knows."""


@dataclass(frozen=True)
class Contrasts:
    """Comparisons by column: of the state `source` (n,), or of going on from it to `target` (n,),
    which is less than 0 for the former; sessions of either side that do it, `counts` (2, n), of
    those that could, `bases` (2, n)."""

    source: Integers
    target: Integers
    counts: Integers
    bases: Integers

    def __len__(self) -> int:
        return len(self.source)

    def only(self, chosen: Flags | Integers) -> Contrasts:
        return Contrasts(
            self.source[chosen],
            self.target[chosen],
            self.counts[:, chosen],
            self.bases[:, chosen],
        )

    @property
    def has_support(self) -> Flags:
        """(n,) whether enough sessions do it, on both sides together, and could on each."""
        enough = np.minimum(self.counts.sum(axis=0), self.bases.min(axis=0)) >= MINIMUM_SUPPORT
        return np.asarray(enough)

    @property
    def differences(self) -> Numbers:
        """(n,) of their shares."""
        first, second = self.counts / self.bases
        return np.asarray(first - second)

    def shares(self, place: int) -> tuple[Share, Share]:
        """The shares of either side in one of them."""
        (count, other_count), (base, other_base) = (
            each[:, place].tolist() for each in (self.counts, self.bases)
        )
        return Share(count, base), Share(other_count, other_base)


def contrasts_of(first: Journeys, second: Journeys) -> Contrasts:
    """All that can be compared: each state that is visited and each transition that is made."""
    both, states = (first, second), first.states
    visits = np.stack([tallies.visits(each) for each in both])
    visited = np.flatnonzero(visits.sum(axis=0))
    pairs = [transitions.transitions(each) for each in both]
    codes = [each.source * states + each.target for each in pairs]
    moves = np.union1d(*codes)
    made = np.zeros((2, len(moves)), np.int64)
    for side, (code, each) in enumerate(zip(codes, pairs, strict=True)):
        made[side, np.searchsorted(moves, code)] = each.sessions
    source = moves // states
    sessions = np.array([[each.sessions] * len(visited) for each in both])
    return Contrasts(
        np.concatenate([visited, source]),
        np.concatenate([np.full(len(visited), -1), moves % states]),
        np.concatenate([visits[:, visited], made], axis=1),
        np.concatenate([sessions, visits[:, source]], axis=1),
    )


def effects_of(both: tuple[Journeys, Journeys], users: Users, chosen: Contrasts) -> Numbers:
    """(n,) the design effects of contrasts."""
    states = both[0].states
    *place_of, people = places(*users)

    def did(of: Callable[[Journeys], tuple[Integers, Integers]]) -> tuple[Integers, Integers]:
        """Kinds and places of what sessions of both sides do."""
        found = [of(each) for each in both]
        place = [mine[session] for mine, (session, _) in zip(place_of, found, strict=True)]
        return np.concatenate([kind for _, kind in found]), np.concatenate(place)

    moves = np.flatnonzero(chosen.target >= 0)
    kind_of = np.full((states, states), -1)
    kind_of[chosen.source[moves], chosen.target[moves]] = np.arange(len(moves))
    made = did(lambda each: transitions.made_once(each, kind_of, len(moves)))
    of_moves = dict(zip(moves.tolist(), counts_by_kind(*made, len(moves), people), strict=True))

    state, place = did(_visits)
    ends = np.cumsum(np.bincount(state, minlength=states))
    visitors = np.split(place[by_group(state, states)], ends)
    everybody = Base(counts_of(np.concatenate(place_of), people))
    effects = np.ones(len(chosen))
    for source in np.unique(chosen.source).tolist():
        could = counts_of(visitors[source], people)
        base = Base(could)
        for row in np.flatnonzero(chosen.source == source).tolist():
            effects[row] = (
                base.design_effect(*of_moves[row])
                if row in of_moves
                else everybody.design_effect(could)
            )
    return effects


def _visits(journeys: Journeys) -> tuple[Integers, Integers]:
    """The states that sessions come to, each once: sessions and states."""
    rows = journeys.first_visits
    return journeys.session[rows], journeys.state[rows]
