"""How much less the sessions of users say than as many of strangers. Pure numpy; no Django.

Sessions of one user are alike, so that a share rests on fewer observations than sessions. Kish's
design effect says by which factor; counts divided by it can be tested as if all were independent
(Rao and Scott, Biometrics 48, 1992).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from clustering.reports.figures import Numbers, by_group
from journeys.folding import Integers


@dataclass(frozen=True)
class Group:
    """Sessions of either side, `first` and `second`, each by the code of its user."""

    first: Integers
    second: Integers

    @property
    def sizes(self) -> Numbers:
        return np.array([len(self.first), len(self.second)], np.float64)


class Tally:
    """How many sessions of a group each user has on either side, `counts` (2, users)."""

    def __init__(self, users: int) -> None:
        self.counts = np.zeros((2, users), np.int32)

    @contextmanager
    def holding(self, group: Group) -> Iterator[None]:
        """Costs what the group has, however many users there are."""
        sides = group.first, group.second
        for counts, users in zip(self.counts, sides, strict=True):
            np.add.at(counts, users, np.int32(1))  # a Python 1 takes thirty times as long
        yield
        for counts, users in zip(self.counts, sides, strict=True):
            counts[users] = 0

    def pairs(self, group: Group) -> Numbers:
        """(2, 2) sessions of another group and of the one it holds that are of one user."""
        sides = group.first, group.second
        found = [[counts[users].sum() for counts in self.counts] for users in sides]
        return np.array(found, np.float64)

    def pairs_within(self, group: Group) -> Numbers:
        with self.holding(group):
            return self.pairs(group)


def design_effect(did: Group, could: Group, twice: Numbers, both: Numbers, base: Numbers) -> float:
    """By what dependence swells the variance of a difference of shares; at least 1.

    The shares are of the sessions that could, of which some did. The variance is estimated from
    what each user adds to the difference, were the shares the same, and compared with what each
    session adds. So it is exactly 1 where each session has a user of its own. A sum over users is
    one over pairs of sessions of one user, (2, 2) each: `twice` of those that did, `both` of one
    that did and one that could, `base` of those that could.
    """
    made, sizes = did.sizes, could.sizes
    share, adds = made.sum() / sizes.sum(), np.array([1, -1]) / np.maximum(sizes, 1)
    by_user = adds @ (twice - 2 * share * both + share**2 * base) @ adds
    by_session = ((made * (1 - 2 * share) + sizes * share**2) * adds**2).sum()
    return max(1.0, float(by_user / by_session)) if by_session > 0 else 1.0


@dataclass(frozen=True)
class Groups:
    """Groups of sessions: those of kind k by `users` (n,) from `bounds[2 * k]` on, side by side."""

    users: Integers
    bounds: list[int]

    @classmethod
    def of(cls, kind: Integers, users: Integers, kinds: int) -> Groups:
        """From things done (n,): twice their kind, one more on the second side, and by whom."""
        ends = np.cumsum(np.bincount(kind, minlength=2 * kinds))
        return cls(users[by_group(kind, 2 * kinds)], [0, *ends.tolist()])

    def __getitem__(self, kind: int) -> Group:
        begin, middle, end = self.bounds[2 * kind : 2 * kind + 3]
        return Group(self.users[begin:middle], self.users[middle:end])


@dataclass(frozen=True)
class People:
    """Who made sessions: a code of the user of each, `0 … users - 1`, (sessions,)."""

    user: Integers
    users: int

    @classmethod
    def of(cls, user: Integers) -> People:
        """Each session whose user nobody knows, a code less than 0, is of one of its own."""
        known = int(user.max(initial=-1)) + 1
        unknown = np.flatnonzero(user < 0)
        found = user.astype(np.int32)
        found[unknown] = known + np.arange(len(unknown))
        return cls(found, known + len(unknown))

    @property
    def different(self) -> int:
        """How many users there are."""
        return int(np.count_nonzero(np.bincount(self.user)))
