"""Give texts their nearest topic if they are near enough, else leave them outliers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors, members_of

MEMBER_QUANTILE = 0.05
THRESHOLD_FLOOR = 0.35
ROWS_AT_ONCE = 8_192


@dataclass(frozen=True)
class Assignments:
    """What is known of each of n texts after comparing it with every topic's centroid."""

    nearest: Labels
    """(n,) row of the nearest centroid; -1 where there is no topic at all."""
    similarity: NDArray[np.float32]
    """(n,) cosine similarity to the nearest centroid; 0 without topics."""
    margin: NDArray[np.float32]
    """(n,) by how much it exceeds that to the runner-up; the similarity itself if it is alone."""
    assigned: NDArray[np.bool_]
    """(n,) whether the similarity reaches the nearest topic's threshold; else an outlier."""


def thresholds(vectors: Vectors, labels: Labels, centroids: Vectors) -> NDArray[np.float32]:
    """(k,) similarity to its centroid that a text needs to join each topic.

    A topic admits whoever is no farther out than all but its outermost twentieth of members
    (``MEMBER_QUANTILE``), so a tight topic is strict and a loose one generous; never below
    ``THRESHOLD_FLOOR``. A topic without members keeps the floor.
    """
    limits = np.full(len(centroids), THRESHOLD_FLOOR, np.float32)
    for members, topic in members_of(labels):
        quantile = np.quantile(vectors[members] @ centroids[topic], MEMBER_QUANTILE)
        limits[topic] = max(float(quantile), THRESHOLD_FLOOR)
    return limits


def assign(vectors: Vectors, centroids: Vectors, limits: NDArray[np.float32]) -> Assignments:
    """Compare (n, d) unit vectors with (k, d) centroids and the (k,) ``thresholds``.

    Works through blocks of rows, so memory beside the answer does not grow with n.
    """
    n = len(vectors)
    nearest = np.full(n, -1, np.int32)
    similarity, margin = np.zeros(n, np.float32), np.zeros(n, np.float32)
    if not len(centroids):
        return Assignments(nearest, similarity, margin, np.zeros(n, np.bool_))
    for start in range(0, n, ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        similar = vectors[block] @ centroids.T
        rows = np.arange(len(similar))
        nearest[block] = similar.argmax(axis=1)
        similarity[block] = similar[rows, nearest[block]]
        similar[rows, nearest[block]] = -1.0 if len(centroids) > 1 else 0.0
        margin[block] = similarity[block] - similar.max(axis=1)
    return Assignments(nearest, similarity, margin, similarity >= limits[nearest])
