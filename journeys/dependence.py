"""How much less the sessions of users say than as many of strangers. Pure numpy; no Django.

Sessions of one user are alike, so that a share rests on fewer observations than sessions. Kish's
design effect says by which factor; counts divided by it can be tested as if all were independent
(Rao and Scott, Biometrics 48, 1992).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from clustering.reports.figures import Numbers
from journeys.folding import Integers, differs


class Base:
    """The sessions that could do something: `counts` (2, users), by side and user."""

    def __init__(self, counts: Integers) -> None:
        self.sizes = np.maximum(counts.sum(axis=1), 1)
        self.added = self._added(counts)
        self.squares = np.square(self.added).sum()

    def design_effect(self, did: Integers, who: Integers | slice = slice(None)) -> float:
        """By what dependence swells the variance of a difference of shares; at least 1.

        The shares are of the sessions that did it: `did` (2, m), of the users `who` (m,), or of
        all. The variance is estimated from what each user adds to the difference, were the shares
        the same, and compared with what each session adds. So it is exactly 1 where each session
        has a user of its own.
        """
        made = did.sum(axis=1)
        share = made.sum() / self.sizes.sum()
        added = self._added(did)
        by_user = (added * (added - 2 * share * self.added[who])).sum() + share**2 * self.squares
        each = (made * (1 - 2 * share) + self.sizes * share**2) / self.sizes**2
        return max(1.0, float(by_user / each.sum())) if each.sum() > 0 else 1.0

    def _added(self, counts: Integers) -> Numbers:
        """What users add to a difference of shares of this base."""
        first, second = counts / self.sizes[:, None]
        return np.asarray(first - second)


def places(first: Integers, second: Integers) -> tuple[Integers, Integers, int]:
    """(sessions,) of either side, from codes of their users: those anew, with how many there are
    added on the second side.

    Each session whose user nobody knows, a code less than 0, is of one of its own.
    """
    user = np.concatenate([first, second]).astype(np.int64)
    unknown = np.flatnonzero(user < 0)
    user[unknown] = user.max(initial=-1) + 1 + np.arange(len(unknown))
    users = int(user.max(initial=-1)) + 1
    return user[: len(first)], user[len(first) :] + users, users


def counts_of(place: Integers, users: int) -> Integers:
    """(2, users) sessions on either side of each user, from the `places` of sessions (m,)."""
    return np.bincount(place, minlength=2 * users).reshape(2, users)


def counts_by_kind(
    kind: Integers, place: Integers, kinds: int, users: int
) -> Iterator[tuple[Integers, Integers]]:
    """Of each kind of thing, the sessions that did it by user, (2, m), and those users (m,).

    `kind` and `place` (n,) tell of things that sessions do, each session each kind once.
    """
    # Sorting numbers is quicker than ordering rows, so all three go into one.
    code = np.sort((kind.astype(np.int64) * users + place % users) * 2 + place // users)
    new = differs(code >> 1)
    number, found = np.cumsum(new) - 1, (code >> 1)[new]
    counts = np.bincount(number + (code & 1) * len(found), minlength=2 * len(found))
    counts = counts.reshape(2, len(found))
    bounds = np.searchsorted(found, np.arange(kinds + 1) * users).tolist()
    for each, (begin, end) in enumerate(pairwise(bounds)):
        yield counts[:, begin:end], found[begin:end] - each * users


def different(first: Integers, second: Integers) -> int:
    """How many users the sessions of either side are of, as `places` takes them."""
    user = np.concatenate([first, second])
    return int(np.count_nonzero(np.bincount(user[user >= 0])) + np.count_nonzero(user < 0))
