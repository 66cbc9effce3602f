"""How far a difference between two independent shares can be trusted. Pure; no Django."""

from __future__ import annotations

from math import ceil, exp, floor, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from clustering.figures import Numbers
from journeys.statistics import Z_95, Share, wilson_interval

_NO_CHANCE = 38.0
"""Standard deviations beyond which a normal chance is less than any positive float."""


def difference_interval(first: Share, second: Share, effect: float = 1.0) -> tuple[float, float]:
    """The 95 % interval of the difference of two independent shares, the first less the second.

    Newcombe's hybrid score interval (method 10, Statistics in Medicine 17:873, 1998), which keeps
    its coverage for small bases and shares near 0 and 1. `effect` is how many of what they count
    say no more than one would alone.
    """
    (low, high), (other_low, other_high) = (
        wilson_interval(each.count / effect, each.base / effect) for each in (first, second)
    )
    difference = first.rate - second.rate
    below = sqrt((first.rate - low) ** 2 + (other_high - second.rate) ** 2)
    above = sqrt((high - first.rate) ** 2 + (second.rate - other_low) ** 2)
    return difference - below, difference + above


def ratio_interval(first: Share, second: Share) -> tuple[float, float]:
    """The 95 % interval of the ratio of two independent shares, the first over the second.

    Katz's log interval (Biometrics 34, 1978); where a count is 0 both counts and bases are half a
    session more (Pettigrew, Gart and Thomas, Biometrika 73, 1986). Bases are not empty.
    """
    more = 0.0 if first.count and second.count else 0.5
    count, base = first.count + more, first.base + more
    other, other_base = second.count + more, second.base + more
    reach = exp(Z_95 * sqrt(max(1 / count - 1 / base + 1 / other - 1 / other_base, 0.0)))
    ratio = count / base / (other / other_base)
    return (ratio / reach if first.count else 0.0), (ratio * reach if second.count else inf)


def fisher_p_value(first: Share, second: Share, effect: float = 1.0) -> float:
    """How likely two shares of one true rate differ as much: Fisher's exact test, two-sided.

    Of counts divided by `effect`, where so many of what they count say no more than one alone.

    Exact for any counts, and never too small, as normal tests are in the far tails that a
    correction for many tests reads. Sums the tables no likelier than the one seen, but for those
    ten standard deviations beyond it, so that a million sessions cost no more than a thousand.
    """
    first, second = (
        Share(round(each.count / effect), round(each.base / effect)) for each in (first, second)
    )
    made, bases = first.count + second.count, first.base + second.base
    if not (first.base and second.base and 0 < made < bases):
        return 1.0
    mean = made * first.base / bases
    deviation = sqrt(mean * second.base / bases * (bases - made) / max(bases - 1, 1))
    away = abs(first.count - mean)
    if away > _NO_CHANCE * deviation:
        return 0.0
    reach = away + 10 * deviation + 1
    count = np.arange(
        max(0, made - second.base, floor(mean - reach)),
        min(made, first.base, ceil(mean + reach)) + 1,
    )
    chance = _log_chances(count, made, first.base, second.base)
    seen = chance[first.count - count[0]]
    return min(1.0, float(np.exp(chance[chance <= seen + 1e-7]).sum()))


def _log_chances(count: NDArray[np.int64], made: int, base: int, other: int) -> Numbers:
    """The logarithm of the hypergeometric probability of each of consecutive counts, (n,).

    From the ratios of neighbours, summed outwards from the first, then scaled to sum to one.
    """
    before = count[:-1].astype(np.float64)
    ratios = np.log((made - before) * (base - before)) - np.log(
        (before + 1) * (other - made + before + 1)
    )
    chance = np.append(0.0, np.cumsum(ratios))
    chance -= chance.max()
    total: Numbers = chance - np.log(np.exp(chance).sum())
    return total


def false_discovery_rates(p_values: Numbers) -> Numbers:
    """For each test the share of false findings if it and all that are surer are called findings.

    Benjamini and Hochberg's step-up procedure (JRSS B 57, 1995) as adjusted p-values, (n,).
    """
    order = np.argsort(p_values)[::-1]
    tests = len(p_values)
    scaled = p_values[order] * tests / np.arange(tests, 0, -1)
    rates = np.empty(tests)
    rates[order] = np.minimum.accumulate(np.minimum(scaled, 1.0))
    return rates
