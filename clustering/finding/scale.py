"""One HDBSCAN tree, cut at several granularities, and the criterion that picks one.

No fixed ``min_cluster_size`` suits both 20 subjects and 150. Building the tree is the costly
part and does not depend on it, so the tree is built once and read at a range of sizes.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clustering.centroids import Labels, cluster_sums
from clustering.finding.anchoring import agreement
from clustering.finding.cutting import cut
from clustering.finding.refining import refined
from clustering.finding.threads import in_parts

EXPECTED = 30.0  # the size expected beforehand is n^¾ over this
DOUBT = 1.5  # standard deviation of its natural logarithm
DOUBT_BEYOND = 3.0  # the same for larger sizes: any number of texts may be about few subjects
LEGIBLE = 200  # clusters up to which more of them are no burden
JUDGED = 4_000  # texts that a granularity is judged on; more do not change the choice


def candidate_sizes(n: int) -> list[int]:
    """From √n / 10, as more topics help nobody to read, to 2√n in steps of about 1.25."""
    sizes = [max(2, round(n**0.5 / 10))]
    while (following := max(sizes[-1] + 1, round(sizes[-1] * 1.25))) <= 2 * n**0.5:
        sizes.append(following)
    return sizes


def expectation(size: int, n: int) -> float:
    """Between 0 and 1: how much a ``min_cluster_size`` is trusted before looking at its cut.

    Log-normal around n^¾ / ``EXPECTED``, as texts grow in number faster than what they are about:
    half as large loses a tenth, a tenth two thirds; twice as large a fortieth, ten times a quarter.
    It keeps the choice from jumping between distant scales of nearly equal merit when a few texts
    are added.
    """
    apart = np.log(size * EXPECTED / n**0.75)
    return float(np.exp(-((apart / (DOUBT if apart < 0 else DOUBT_BEYOND)) ** 2) / 2))


def legibility(clusters: int) -> float:
    """Between 0 and 1: 1 up to ``LEGIBLE`` clusters, then falling with the same doubt.

    Texts from templates have two good scales, what is said and each way to word it. They tie, and
    only the first can be read.
    """
    return float(np.exp(-((np.log(max(clusters / LEGIBLE, 1)) / DOUBT) ** 2) / 2))


def best_cut(
    tree: NDArray[np.float64],
    vectors: NDArray[np.float32],
    points: NDArray[np.float32],
    graph: sparse.csr_array,
    previous: Labels | None,
) -> tuple[Labels, int, float]:
    """The labels, ``min_cluster_size`` and merit of the cut that describes the texts best.

    All noise, 0 and 0 if no cut has two clusters. A cut is judged by the clusters that it becomes
    when its noise is placed among the ``points``, (n, d) unit rows. With ``previous`` topics, it
    counts less the more texts it would move to another topic.
    """
    n = len(vectors)

    def judged(size: int) -> tuple[Labels, int, float]:
        labels = cut(tree, size)
        if labels.max(initial=-1) < 1:
            return labels, 0, 0.0
        clusters = refined(points, labels, rounds=1)
        merit = merit_of(clusters, vectors, graph) * expectation(size, n)
        merit *= legibility(int(clusters.max()) + 1)
        return labels, size, merit * agreement(clusters, previous)

    nothing = (np.full(n, -1, np.int32), 0, 0.0)
    return max([nothing, *in_parts(judged, candidate_sizes(n))], key=lambda cut: cut[2])


def merit_of(labels: Labels, vectors: NDArray[np.float32], graph: sparse.csr_array) -> float:
    """Silhouette x separation x modularity: each alone prefers too many or too few clusters.

    The silhouette (centroids, cosine, each text left out of its own centroid) rises as clusters
    get tighter, separation (similarity to the own centroid less that to the next) as they get
    farther apart, and modularity falls when one cluster swallows the rest or cuts through
    neighbours. Every text has a label.
    """
    return max(modularity(labels, graph), 0.0) * _cohesion_and_separation(labels, vectors)


def modularity(labels: Labels, graph: sparse.csr_array) -> float:
    """Newman's modularity of the neighbour graph."""
    inside = np.repeat(labels, np.diff(graph.indptr)) == labels[graph.indices]
    degrees = np.asarray(graph.sum(axis=1)).ravel()
    total = degrees.sum()
    volumes = np.bincount(labels, weights=degrees) / total
    return float(graph.data[inside].sum() / total - np.square(volumes).sum())


def _cohesion_and_separation(labels: Labels, vectors: NDArray[np.float32]) -> float:
    judged = np.linspace(0, len(vectors) - 1, min(len(vectors), JUDGED)).astype(np.int64)
    placed = how_well_placed(vectors[judged], labels[judged], cluster_sums(vectors, labels))
    silhouette, separation = (float(each.mean()) for each in placed)
    return max(silhouette, 0.0) * max(separation, 0.0)


def how_well_placed(
    vectors: NDArray[np.float32],
    labels: Labels,
    sums: NDArray[np.float32],
    beyond: NDArray[np.float32] | float = -1.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Silhouette and separation of each vector, both (n,), among the clusters with these sums.

    ``beyond`` is each vector's similarity to the nearest of the clusters that are not given.
    """
    rows, lengths = np.arange(len(vectors)), np.linalg.norm(sums, axis=1)
    similar = vectors @ (sums / lengths[:, None]).T
    to_own = similar[rows, labels]
    to_fellows = without_itself(to_own, lengths[labels])
    similar[rows, labels] = -1.0
    to_next = np.maximum(similar.max(axis=1), beyond)
    farthest = np.maximum(np.maximum(1 - to_fellows, 1 - to_next), 1e-6)
    return (to_fellows - to_next) / farthest, to_own - to_next


def without_itself(
    similar: NDArray[np.float32], length: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(n,) cosine of x to s - x from that to s and the ``length`` of s; 0 if s is x alone."""
    rest = np.square(length) - 2 * similar * length + 1
    # Below 1e-6 only rounding is left of the subtraction.
    alone = rest < 1e-6
    return np.where(alone, 0, (similar * length - 1) / np.sqrt(np.where(alone, 1, rest)))
