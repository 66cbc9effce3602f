"""Whether a topic grows, or whether that may be chance. Pure."""

from __future__ import annotations

from enum import StrEnum
from math import comb, erfc, sqrt

CHANCE = 0.01
"""Of a hundred topics that stayed as they were, one is still said to have changed."""

LEAST_CHANGE = 0.2
"""A change that is no chance but smaller than this is not worth a badge."""

_EXACT = 100
"""Messages up to which the binomial distribution is summed; above, it is as good as normal."""


class Movement(StrEnum):
    """How the messages of a topic changed against an equally long stretch before."""

    NEW = "new"
    GROWING = "growing"
    SHRINKING = "shrinking"
    NONE = ""


def movement(now: int, before: int) -> Movement:
    """What can be said of two counts. With none before it takes eight messages to say "new"."""
    if probability(now, before) >= CHANCE:
        return Movement.NONE
    if not before:
        return Movement.NEW
    change = now / before - 1
    if abs(change) < LEAST_CHANGE:
        return Movement.NONE
    return Movement.GROWING if change > 0 else Movement.SHRINKING


def probability(now: int, before: int) -> float:
    """How likely two Poisson counts of the same rate are to be this far apart, or farther.

    Given their sum, either is binomial with p = 1/2 (Przyborowski and Wilenski, Biometrika 31,
    1940); two-sided.
    """
    total, least = now + before, min(now, before)
    if total > _EXACT:
        return erfc(max(abs(now - before) - 1, 0) / sqrt(2 * total))
    return min(1.0, sum(comb(total, count) for count in range(least + 1)) * 0.5 ** (total - 1))
