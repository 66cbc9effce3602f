"""What the numbers of a group come to. Pure; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_MOST_WHOLE = 2.0**50
"""Below this, sums of whole numbers are exact."""


def by_group(group: NDArray[np.integer[Any]], groups: int) -> NDArray[np.int64]:
    """The rows of each group, (n,), group after group, from codes `0 … groups - 1`, (n,).

    Ordering small integers is numpy's radix sort.
    """
    codes = group.astype(np.int16) if groups < 2**15 else group
    return np.argsort(codes, kind="stable")


@dataclass(frozen=True)
class GroupedNumbers:
    """Numbers (n,), group after group, with where each group begins and its size, (groups,)."""

    values: Numbers
    begins: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, group: NDArray[np.integer[Any]], values: Numbers, groups: int) -> GroupedNumbers:
        """`group` (n,) holds codes `0 … groups - 1`, `values` (n,) no NaN."""
        counts = np.bincount(group, minlength=groups)
        return cls(values[by_group(group, groups)], np.cumsum(counts) - counts, counts)

    def quantiles(self, *shares: float) -> Numbers:
        """The quantiles of each group, (shares, groups), as `np.quantile` has them.

        They lie between neighbours, and are not a number for an empty group.
        """
        found = np.full((len(shares), len(self.counts)), np.nan)
        for code in np.flatnonzero(self.counts).tolist():
            last = int(self.counts[code]) - 1
            places = [share * last for share in shares]
            below = [floor(place) for place in places]
            above = [min(place + 1, last) for place in below]
            # Selected in place, which is much quicker than ordering them.
            values = self.values[self.begins[code] :][: last + 1]
            values.partition((*below, *above))
            # Weighted, as the difference of two finite numbers may not be finite.
            part = np.subtract(places, below)
            found[:, code] = values[below] * (1 - part) + values[above] * part
        return found


@dataclass(frozen=True)
class TopicNumbers:
    """What a number comes to in each topic, and then in all of them together: (topics + 1,) each.

    Not a number where `count` is 0.

    `unreadable` are infinities, which are in nothing else. `histogram` (topics, bins) counts the
    values from one of `edges` (bins + 1,) to below the next, which all topics share; the last bin
    holds its end too. `whole` says whether all values are whole numbers, and so the edges.
    """

    count: NDArray[np.int64]
    unreadable: NDArray[np.int64]
    sum: Numbers
    mean: Numbers
    median: Numbers
    p95: Numbers
    edges: Numbers
    whole: bool
    histogram: NDArray[np.int64]


def numbers_by_topic(
    topic: NDArray[np.integer[Any]], values: Numbers, topics: int, bins: int = 20
) -> TopicNumbers:
    """Sum up a number by topic. `topic` (n,) holds codes `0 … topics - 1`; others are left out.

    So is a value that is no number. A sum beyond the largest float is infinite.
    """
    known = (topic >= 0) & (topic < topics)
    unreadable = np.bincount(topic[known & np.isinf(values)], minlength=topics)
    readable = known & np.isfinite(values)
    group, values = topic[readable].astype(np.intp), values[readable]
    grouped = GroupedNumbers.of(group, values, topics)
    together = GroupedNumbers(values.copy(), np.zeros(1, np.int64), np.array([len(values)]))
    count = _with_all(grouped.counts)
    whole = _are_whole(values)
    edges = _edges(values, bins, whole)
    bins = len(edges) - 1
    place = np.searchsorted(edges[1:-1], values, side="right")
    histogram = np.bincount(group * bins + place, minlength=topics * bins)
    median, p95 = np.hstack([each.quantiles(0.5, 0.95) for each in (grouped, together)])
    return TopicNumbers(
        count=count,
        unreadable=_with_all(unreadable),
        **_sums(group, values, count),
        median=median,
        p95=p95,
        edges=edges,
        whole=whole,
        histogram=_with_all(histogram.reshape(topics, bins)),
    )


def _with_all(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts by topic, and as one topic more of all."""
    return np.concatenate([counts, counts.sum(axis=0, keepdims=True)])


def _sums(group: NDArray[np.intp], values: Numbers, count: NDArray[np.int64]) -> dict[str, Numbers]:
    """The sum and the mean of each group of `count` values, the last of which are all."""
    sums = np.bincount(group, weights=values, minlength=len(count) - 1)
    sums = np.append(sums, sums.sum())
    mean = sums / np.maximum(count, 1)
    if not np.isfinite(sums).all():
        # Each value is divided before it is added: the mean is finite where the sum is not.
        parts = np.bincount(group, weights=values / count[group], minlength=len(count) - 1)
        mean = np.append(parts, (values / count[-1]).sum())
    return {"sum": np.where(count, sums, np.nan), "mean": np.where(count, mean, np.nan)}


def _are_whole(values: Numbers) -> bool:
    """Whether there are values, all of them whole and so small that each has a neighbour."""
    small = len(values) > 0 and float(np.abs(values).max()) < _MOST_WHOLE
    return small and bool((values == np.floor(values)).all())


def _edges(values: Numbers, bins: int, whole: bool) -> Numbers:
    """At most so many bins of one width for the middle 98 % of the values; the first and the last
    hold the rest.

    A few values far off would leave all others in one bin.
    """
    if not len(values):
        return np.linspace(0.0, 1.0, bins + 1)
    least, most = float(values.min()), float(values.max())
    low, high = np.quantile(values, [0.01, 0.99], method="nearest").tolist()
    if whole:
        # Few whole numbers, such as a rating or how often something was tried, get a bin each.
        high = max(high, min(low + bins - 1, most))
        low = min(low, max(high - bins + 1, least))
        width = ceil((high - low + 1) / bins)
        edges: Numbers = low + width * np.arange(ceil((high - low + 1) / width) + 1.0)
    else:
        edges = 2 * np.linspace(low / 2, high / 2, bins + 1)
    edges[0], edges[-1] = least, most
    return edges
