"""Give texts their nearest topic if they are near enough, else leave them outliers.

How near is enough is a project's choice among the levels of `accounts.models.Coverage`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors, members_of

MEMBER_QUANTILE = 0.05
THRESHOLD_FLOOR = 0.35
LEFT_OUT = (0.5, 0.2, 0.03)
"""Share of its members, the outermost, that a topic gives up: purest, purer and balanced."""
LOWERED = (0.05, 0.15)
"""How far below the balanced limit a text may be: broader and broadest."""
BROAD_FLOOR = 0.3
ROUNDING = 1e-5
"""By less than this, a product may differ between the routines that compute it."""
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


def limits_of(vectors: Vectors, labels: Labels, centroids: Vectors) -> NDArray[np.float32]:
    """(k, 5) similarity to its centroid from which a topic claims a text, the purest level first.

    No level is stricter than the one before. The purest keeps at least half of the members, and
    a topic of up to 33 keeps all of them at the balanced one. Without members: the floors.
    """
    limits = np.full((len(centroids), len(LEFT_OUT)), THRESHOLD_FLOOR, np.float32)
    for members, topic in members_of(labels):
        similar = vectors[members] @ centroids[topic]
        found = np.quantile(similar, LEFT_OUT, method="lower") - ROUNDING
        limits[topic] = np.maximum(found, min(THRESHOLD_FLOOR, found[0]))
    balanced = limits[:, -1:]
    broad = np.maximum(balanced - np.array(LOWERED, np.float32), BROAD_FLOOR)
    return np.hstack([limits, np.minimum(broad, balanced)]).astype(np.float32)


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


def settle(
    vectors: Vectors,
    labels: Labels,
    centroids: Vectors,
    limits: NDArray[np.float32],
) -> Assignments:
    """Compare members with their own cluster, and the rest with the nearest one.

    For a member, `nearest` is its own cluster, even where the centroid of another is nearer
    (clusters need not be round); its margin is negative then. Near enough must be either.
    """
    answer = assign(vectors, centroids, limits)
    members = np.flatnonzero(labels >= 0)
    strays = members[labels[members] != answer.nearest[members]]
    own = np.einsum("ij,ij->i", vectors[strays], centroids[labels[strays]])
    put(answer, strays, labels[strays], own)
    answer.assigned[strays] = own >= limits[labels[strays]]
    return answer


def put(
    members: Assignments, rows: NDArray[np.int64], clusters: Labels, similarity: NDArray[np.float32]
) -> None:
    """Make the texts at `rows` (m,) members of these clusters (m,), whatever is nearest.

    `similarity` (m,) is that to the centroid of the cluster. The margin is negative where another
    one is nearer.
    """
    other = rows[clusters != members.nearest[rows]]
    own = similarity[clusters != members.nearest[rows]]
    members.margin[other] = own - members.similarity[other]
    members.similarity[other] = own
    members.nearest[rows] = clusters
    members.assigned[rows] = True


def between(
    limits: NDArray[np.float32], members: Assignments
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) each: the limits of its topic that a text's similarity is not below, and is below.

    Any other similarity from the one up to the other has the text in its topic, or out of it,
    at the same levels.
    """
    n, levels = len(members.nearest), limits.shape[1]
    bounds = np.full((n, levels + 2), np.inf)
    bounds[:, -1] = -np.inf
    if len(limits):
        bounds[:, 1:-1] = limits[members.nearest]
    first = (bounds[:, 1:-1] > members.similarity[:, None]).sum(axis=1)
    rows = np.arange(n)
    return bounds[rows, first + 1], bounds[rows, first]
