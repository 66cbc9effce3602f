"""Themes: topics grouped by meaning, so that a hundred of them can be read.

Ward's method over the topics' centroids. How many themes there are is the tree's own answer, the
silhouette, with a mild expectation of √k for k topics: by itself the silhouette prefers pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors
from clustering.finding.anchoring import anchored

FEWEST = 6
"""Topics below which a list of them needs no themes."""

DOUBT = 1.0
"""Standard deviation of the natural logarithm of the number of themes around √k."""


def group_topics(centroids: Vectors, previous: Labels | None = None) -> Labels:
    """Return (k,) the theme of each topic, 0..m-1 in order of its first topic; -1 for one alone.

    `centroids` (k, d) have length 1. `previous` (k,) are the themes of before, -1 for a topic
    that had none: topics are drawn towards it, so that themes last as topics do.
    """
    k = len(centroids)
    alone = np.full(k, -1, np.int32)
    if k < FEWEST:
        return alone
    from scipy.cluster.hierarchy import fcluster, linkage

    points = anchored(np.asarray(centroids, np.float32), previous)
    tree = linkage(points.astype(np.float64), "ward")
    lengths = (points**2).sum(axis=1)
    apart = np.sqrt(np.maximum(lengths[:, None] + lengths - 2 * points @ points.T, 0))
    best, labels = 0.0, alone
    for count in range(2, min(k // 2, round(4 * k**0.5)) + 1):
        found = fcluster(tree, count, "maxclust") - 1
        merit = silhouette(apart, found) * expectation(count, k)
        if merit > best:
            best, labels = merit, found.astype(np.int32)
    return _numbered(labels)


def expectation(count: int, topics: int) -> float:
    """Between 0 and 1: how much a number of themes is trusted before looking at them."""
    return float(np.exp(-((np.log(count / topics**0.5) / DOUBT) ** 2) / 2))


def silhouette(apart: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Mean silhouette (Rousseeuw 1987) of k points with (k, k) distances; 0 for one alone."""
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return 0.0
    sums = np.stack([apart[:, labels == each].sum(axis=1) for each in range(len(sizes))], axis=1)
    rows = np.arange(len(labels))
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    scores = np.where(
        sizes[labels] > 1, (other - own) / np.maximum(np.maximum(own, other), 1e-9), 0
    )
    return float(scores.mean())


def _numbered(labels: Labels) -> Labels:
    """Themes of two topics and more by their first topic; the others are none."""
    numbers: dict[int, int] = {}
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    for label in labels.tolist():
        if label >= 0 and sizes[label] > 1:
            numbers.setdefault(label, len(numbers))
    return np.array([numbers.get(label, -1) for label in labels.tolist()], np.int32)
