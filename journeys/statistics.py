"""How far a share can be trusted. Pure; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

MINIMUM_SUPPORT = 10
"""Fewest sessions that a row must rest on before it is read.

A count of 10 is known to about a factor of two (its 95 % interval, as a Poisson count, is 4.8 to
18.4), so that a lift of 2 resting on fewer may be chance alone.
"""

Z_95 = 1.959964


@dataclass(frozen=True)
class Share:
    """`count` of `base`, with its 95 % interval and, where it has one, its lift."""

    count: int
    base: int
    lift: float | None = None

    @property
    def rate(self) -> float:
        """Between 0 and 1; 0 of an empty base."""
        return self.count / self.base if self.base else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.count, self.base)

    @property
    def is_small(self) -> bool:
        """Whether too few sessions are behind it to read anything from it."""
        return self.count < MINIMUM_SUPPORT


def wilson_interval(count: float, base: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, JASA 22, 1927).

    It stays within 0 and 1 and keeps its coverage for few trials and for shares near the ends
    (Brown, Cai and DasGupta, Statistical Science 16, 2001). Everything is possible of an empty
    base: (0, 1).
    """
    if base == 0:
        return 0.0, 1.0
    share, spread = count / base, Z_95**2 / base
    centre = share + spread / 2
    reach = Z_95 * sqrt(share * (1 - share) / base + spread / (4 * base))
    low, high = (centre - reach) / (1 + spread), (centre + reach) / (1 + spread)
    # At a share of 0 or 1 an end is the share itself, but for rounding.
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def lift(count: int, base: int, expected: float) -> float | None:
    """How many times the `expected` rate a share is: 1 is as usual, 2 twice as often.

    The ratio that Brin et al. (SIGMOD 1997) call interest. None where it is not defined.
    """
    if base == 0 or not expected > 0:
        return None
    return count / base / expected
