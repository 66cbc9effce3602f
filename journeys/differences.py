"""How far a difference between two independent shares can be trusted. Pure; no Django."""

from __future__ import annotations

from math import exp, inf, sqrt

import numpy as np

from clustering.reports.figures import Numbers
from journeys.folding import Integers, differs
from journeys.statistics import Z_95, Share, wilson_interval

_NO_CHANCE = 38.0
"""Standard deviations beyond which a normal chance is less than any positive float."""

_AT_ONCE = 1 << 17
"""Tables summed at a time: few enough for a core's cache."""


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


def fisher_p_values(counts: Integers, bases: Integers, effects: Numbers | float = 1.0) -> Numbers:
    """How likely two shares of one true rate differ as much: Fisher's exact test, two-sided, (n,).

    Of `counts` of `bases` on either side, (2, n) each, divided by `effects`, (n,), where so many of
    what they count say no more than one alone.

    Exact for any counts, and never too small, as normal tests are in the far tails that a
    correction for many tests reads. Sums the tables no likelier than the one seen, but for those
    ten standard deviations beyond it, so that a million sessions cost no more than a thousand.
    """
    counts, bases = np.rint(counts / effects), np.rint(bases / effects)
    (count, _), (base, other) = counts, bases
    made, both = counts.sum(axis=0), np.maximum(bases.sum(axis=0), 1)
    mean = made * base / both
    deviation = np.sqrt(mean * other / both * (both - made) / np.maximum(both - 1, 1))
    away = np.abs(count - mean)
    reach = away + 10 * deviation + 1
    lowest = np.maximum(np.maximum(made - other, 0), np.floor(mean - reach))
    highest = np.minimum(np.minimum(made, base), np.ceil(mean + reach))
    p_values = np.where(away > _NO_CHANCE * deviation, 0.0, 1.0)
    left = np.flatnonzero((deviation > 0) & (p_values > 0))
    batch = np.cumsum(highest[left] - lowest[left]) // _AT_ONCE
    tests = np.stack([count, made, base, other, lowest, highest])
    for rows in np.split(left, np.flatnonzero(differs(batch))[1:]):
        if len(rows):
            p_values[rows] = _chances_as_rare(*tests[:, rows])
    return p_values


def _chances_as_rare(
    seen: Numbers, made: Numbers, base: Numbers, other: Numbers, lowest: Numbers, highest: Numbers
) -> Numbers:
    """The hypergeometric probability of all counts no likelier than the one seen, (n,).

    From the ratios of neighbours, summed from the lowest to the highest count and scaled.
    """
    sizes = (highest - lowest + 1).astype(np.int64)
    begins = np.cumsum(sizes) - sizes
    count = np.arange(sizes.sum()) + np.repeat(lowest - begins, sizes)
    more = (np.repeat(made + 1, sizes) - count) * (np.repeat(base + 1, sizes) - count)
    less = count * (np.repeat(other - made, sizes) + count)
    more[begins] = less[begins] = 1
    level = np.cumsum(np.log(more / less))
    level -= np.repeat(np.maximum.reduceat(level, begins), sizes)
    chance = np.exp(level)
    limit = level[begins + (seen - lowest).astype(np.int64)] + 1e-7
    rare = np.where(level <= np.repeat(limit, sizes), chance, 0.0)
    found: Numbers = np.add.reduceat(rare, begins) / np.add.reduceat(chance, begins)
    return found


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
