"""Themes: topics grouped by meaning, so that a hundred of them can be read.

Average linkage of the topics' centroids, less what all have in common and each drawn towards the
few that are most like it. How many themes there are is the tree's own answer, the silhouette, with
a mild expectation of √k for k topics: by itself the silhouette prefers pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors, unit_rows
from clustering.finding.anchoring import anchored

FEWEST = 6
"""Topics below which a list of them needs no themes."""

NEIGHBOURS = 3
"""Topics that each is drawn towards, the most similar."""

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
    from scipy.spatial.distance import pdist, squareform

    points = anchored(_beside_neighbours(np.asarray(centroids, np.float32)), previous)
    distances = pdist(points).round(6)  # of 32-bit numbers: beyond that all is rounding
    tree, apart = linkage(distances, "average"), squareform(distances)
    best, labels = 0.0, alone
    for count in range(2, min(k // 2, round(4 * k**0.5)) + 1):
        found = fcluster(tree, count, "maxclust") - 1
        merit = silhouette(apart, found) * expectation(count, k)
        if merit > best:
            best, labels = merit, found.astype(np.int32)
    return _numbered(labels)


def _beside_neighbours(centroids: Vectors) -> Vectors:
    """(k, d) unit rows from the mean of all: each topic and, as far as like it, its neighbours.

    Without the mean, a topic near to that of all is not everybody's neighbour (Suzuki et al. 2013).
    """
    points = unit_rows(centroids - centroids.mean(axis=0))
    similar = points @ points.T
    np.fill_diagonal(similar, -1)
    nearest = np.argsort(-similar, axis=1, kind="stable")[:, :NEIGHBOURS]
    weights = np.zeros_like(similar)
    np.put_along_axis(weights, nearest, np.take_along_axis(similar, nearest, axis=1), axis=1)
    weights = np.maximum(weights + weights.T, 0) / 2
    return unit_rows(points + weights @ points)


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
