"""How much less the sessions of users say than as many of strangers. Pure numpy; no Django.

Sessions of one user are alike, so that a share rests on fewer observations than sessions. Kish's
design effect says by which factor; counts divided by it can be tested as if all were independent
(Rao and Scott, Biometrics 48, 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.folding import Integers, differs

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Doings:
    """How many sessions of each user do each kind of thing, on either side.

    One column a kind and user that any session is of: `counts` (2, m), `kind` (m,) and `user`
    (m,), ascending by both.
    """

    counts: Integers
    kind: Integers
    user: Integers
    users: int

    @classmethod
    def of(cls, kind: Integers, user: Integers, side: Integers) -> Doings:
        """Of things that sessions do, each session each kind once, (n,): codes, and 0 or 1."""
        users = int(user.max(initial=0)) + 1
        # Sorting numbers is quicker than ordering rows, so all three go into one.
        code = np.sort((kind.astype(np.int64) * users + user) * 2 + side)
        begins = np.flatnonzero(differs(code))
        times, code = np.diff(begins, append=len(code)), code[begins]
        both, side = code >> 1, code & 1
        new = differs(both)
        counts = np.zeros((2, np.count_nonzero(new)), np.int64)
        counts[side, np.cumsum(new) - 1] = times
        return cls(counts, both[new] // users, both[new] % users, users)

    def totals(self, kinds: int) -> Numbers:
        """(2, kinds) sessions of either side that do each kind."""
        return np.array([np.bincount(self.kind, each, kinds) for each in self.counts])

    def added(self, bases: Numbers) -> Numbers:
        """(m,) what they add to the difference of the shares of `bases`, (2, kinds)."""
        first, second = self.counts / bases[:, self.kind]
        return np.asarray(first - second)

    def places(self, kind: Integers, user: Integers) -> Integers:
        """The columns of these kinds and users."""
        return np.searchsorted(self.kind * self.users + self.user, kind * self.users + user)


def design_effects(did: Doings, could: Doings, base_of: Integers) -> Numbers:
    """By what dependence swells the variance of a difference, for each kind of thing, (kinds,).

    The difference is of the shares on either side: of the sessions that did it among those that
    could, which are of kind `base_of[kind]`. Its variance is estimated from what each user adds
    to it, were the shares the same, and compared with what each session adds; at least 1. So it
    is exactly 1 where each session has a user of its own.
    """
    kinds = len(base_of)
    bases = np.maximum(could.totals(int(max(could.kind.max(), base_of.max(initial=0))) + 1), 1)
    made, base = did.totals(kinds), bases[:, base_of]
    share = made.sum(axis=0) / base.sum(axis=0)
    done, able = did.added(base), could.added(bases)
    of_those = able[could.places(base_of[did.kind], did.user)]
    by_user = (
        np.bincount(did.kind, done**2, kinds)
        - 2 * share * np.bincount(did.kind, done * of_those, kinds)
        + share**2 * np.bincount(could.kind, able**2, bases.shape[1])[base_of]
    )
    by_session = ((made * (1 - 2 * share) + base * share**2) / base**2).sum(axis=0)
    found = np.ones(kinds)
    np.divide(by_user, by_session, out=found, where=by_session > 0)
    return np.maximum(found, 1.0)


def apart(first: Integers, second: Integers) -> tuple[Integers, Integers]:
    """Codes of the users of sessions, with one of its own for each whose user nobody knows."""
    user = np.concatenate([first, second]).astype(np.int64)
    unknown = np.flatnonzero(user < 0)
    user[unknown] = user.max(initial=-1) + 1 + np.arange(len(unknown))
    return user[: len(first)], user[len(first) :]
