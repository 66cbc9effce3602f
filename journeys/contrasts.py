"""What the journeys of two segments can be compared by, and how far users make it. No Django."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from clustering.reports.figures import Numbers
from journeys import transitions
from journeys.dependence import Group, Groups, People, Tally, design_effect
from journeys.folding import Flags, Integers, Journeys
from journeys.statistics import MINIMUM_SUPPORT, Share


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


@dataclass(frozen=True)
class Both:
    """The journeys of the sessions of two sides, of which `is_second` (sessions,) are the other.

    In `apart` the states of the two sides differ: a state's code is doubled, and one more on the
    second side. So whatever is counted by state is counted by side too.
    """

    apart: Journeys
    is_second: Flags
    states: int

    @classmethod
    def of(cls, journeys: Journeys, is_second: Flags) -> Both:
        state = 2 * journeys.state + is_second[journeys.session]
        apart = replace(journeys, state=state, states=2 * journeys.states)
        return cls(apart, is_second, journeys.states)

    @property
    def sessions(self) -> Integers:
        """(2,) of either side."""
        return np.bincount(self.is_second, minlength=2)

    def contrasts(self) -> Contrasts:
        """All that can be compared: each state that is visited and each transition that is made."""
        visits = self.apart.visits.reshape(self.states, 2).T
        visited = np.flatnonzero(visits.any(axis=0))
        pairs = transitions.transitions(self.apart)
        code = pairs.source // 2 * self.states + pairs.target // 2
        moves, place = np.unique(code, return_inverse=True)
        made = np.zeros((2, len(moves)), np.int64)
        made[pairs.source % 2, place] = pairs.sessions
        source = moves // self.states
        sessions = np.repeat(self.sessions[:, None], len(visited), axis=1)
        return Contrasts(
            np.concatenate([visited, source]),
            np.concatenate([np.full(len(visited), -1), moves % self.states]),
            np.concatenate([visits[:, visited], made], axis=1),
            np.concatenate([sessions, visits[:, source]], axis=1),
        )

    def effects(self, people: People, chosen: Contrasts) -> Numbers:
        """(n,) the design effects of contrasts."""
        visits, made = self._visits(people), self._made(people, chosen)
        everybody = Group(people.user[~self.is_second], people.user[self.is_second])
        all_sessions, could, did = (Tally(people.users) for _ in range(3))
        effects = np.ones(len(chosen))
        with all_sessions.holding(everybody):
            of_all = all_sessions.pairs(everybody)
            by_source = np.argsort(chosen.source, kind="stable").tolist()
            for source, rows in groupby(by_source, lambda row: int(chosen.source[row])):
                visitors = visits[source]
                with could.holding(visitors):
                    of_visitors = could.pairs(visitors)
                    for row in rows:
                        if chosen.target[row] < 0:
                            both = all_sessions.pairs(visitors)
                            effect = design_effect(visitors, everybody, of_visitors, both, of_all)
                        else:
                            movers = made[row]
                            twice, both = did.pairs_within(movers), could.pairs(movers)
                            effect = design_effect(movers, visitors, twice, both, of_visitors)
                        effects[row] = effect
        return effects

    def _visits(self, people: People) -> Groups:
        """The sessions that come to each state."""
        rows = self.apart.first_visits
        users = people.user[self.apart.session[rows]]
        return Groups.of(self.apart.state[rows], users, self.states)

    def _made(self, people: People, chosen: Contrasts) -> Groups:
        """The sessions that make the transition of each contrast."""
        moves = np.flatnonzero(chosen.target >= 0)
        kind_of = np.full((2 * self.states, 2 * self.states), -1, np.int32)
        for side in (0, 1):
            source, target = 2 * chosen.source[moves] + side, 2 * chosen.target[moves] + side
            kind_of[source, target] = 2 * moves + side
        session, kind = transitions.made_once(self.apart, kind_of, 2 * len(chosen))
        return Groups.of(kind, people.user[session], len(chosen))
