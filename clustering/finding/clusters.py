"""The one entrance: from unit vectors to clusters, whatever their number."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clustering.centroids import (
    Labels,
    Vectors,
    cluster_sums,
    members_of,
    similarity_to_fellows,
    unit_centroids,
    unit_rows,
)
from clustering.finding.anchoring import anchored, numbered
from clustering.finding.dividing import divided
from clustering.finding.forces import laid_out
from clustering.finding.linkage import linkage_tree
from clustering.finding.neighbours import Places, cells_around, nearest_neighbours
from clustering.finding.order import fingerprints, weighted_sample
from clustering.finding.refining import refined, without_outliers
from clustering.finding.scale import best_cut
from clustering.finding.smoothing import (
    main_directions,
    neighbour_graph,
    principal_components,
    smoothed,
)
from clustering.finding.threads import blas_on_one_thread
from clustering.texts.assignment import assign, thresholds

FEWEST = 4  # texts below which there is no density to speak of
FEW = 60  # texts up to which HDBSCAN works best on the vectors themselves
SAMPLE_LIMIT = 100_000  # texts above which a sample is clustered and the rest assigned
NEIGHBOURS = 10
STRONGLY = 5  # rounds of smoothing that open gaps between subjects, for HDBSCAN
LIGHTLY = 2  # rounds that draw a subject together and leave its borders, for k-means
LAID_OUT_FROM = 4_000  # texts; with fewer, a subject may have no ten others to be joined to
DIMENSIONS, LAYOUT_DIMENSIONS = 12, 4
MIN_SAMPLES = 2
ROUNDS_BEFORE, ROUNDS_AFTER = 3, 2  # of k-means, until clusters are divided and since
DIRECTIONS = 128  # a third of the time of 384, and clusters no worse
COHERENT = 0.3  # mean similarity of a cluster's texts to the centroid of their fellows, at least
ONE_SUBJECT = 0.7  # mean similarity to a common centroid that makes texts one subject


Parameters = dict[str, float | int | str]
Found = tuple[Labels, str, Parameters]


@dataclass(frozen=True)
class Clusters:
    """k clusters of n texts, before any outlier is given a topic."""

    labels: Labels
    """(n,) cluster of each text, 0 to k-1, largest first; -1 is HDBSCAN's noise."""
    centroids: Vectors
    """(k, d) unit rows: the mean direction of each cluster's members."""
    method: str
    parameters: Parameters
    """What to keep with the run so that it can be explained and repeated."""


@blas_on_one_thread
def find_clusters(
    vectors: Vectors,
    weights: NDArray[np.int64] | None = None,
    previous: NDArray[np.int64] | None = None,
) -> Clusters:
    """Cluster distinct texts by meaning; the same texts give the same clusters, in any order.

    ``vectors`` is (n, d) float32 with unit rows, n from 0 up. ``weights`` (n,) counts the
    occurrences of each text: above ``SAMPLE_LIMIT`` texts they steer which ones are sampled.
    ``previous`` (n,) holds the id of the topic that each text had after the last run, and -1
    for a text that is new since or was an outlier; without it, clusters are found from nothing.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    prints = fingerprints(vectors)
    order = np.argsort(prints, kind="stable")
    if len(vectors) > SAMPLE_LIMIT:
        counts = np.ones(len(vectors), np.int64) if weights is None else weights
        order = order[weighted_sample(prints[order], counts[order], SAMPLE_LIMIT)]
    around = cells_around(vectors[order])
    by_cell = np.argsort(around[:, 0], kind="stable")
    order, around = order[by_cell], around[by_cell]
    before = None if previous is None else numbered(previous[order])
    found = _find(vectors[order], around, before)
    if len(order) < len(vectors):
        return _with_the_rest(vectors, order, found)
    labels = np.empty_like(found.labels)
    labels[order] = found.labels
    return replace(found, labels=labels)


def _find(vectors: Vectors, around: Places, previous: Labels | None) -> Clusters:
    if len(vectors) <= FEW:
        labels, method, parameters = _few(vectors, previous)
    else:
        labels, method, parameters = _many(vectors, around, previous)
    if labels.max(initial=-1) < 0:
        labels = _one_subject(vectors)
    return _clusters(vectors, labels, method, parameters)


def _few(vectors: Vectors, previous: Labels | None) -> Found:
    """HDBSCAN on the vectors: any two texts that stand apart together are a cluster."""
    if len(vectors) < FEWEST:
        return np.full(len(vectors), -1, np.int32), "too few to compare", {}
    from hdbscan import HDBSCAN  # takes a second, and many texts need none of it

    points = anchored(vectors, previous).astype(np.float64)
    parameters: Parameters = {"min_cluster_size": 2, "min_samples": 1}
    labels = HDBSCAN(**parameters, algorithm="generic").fit_predict(points)
    return labels.astype(np.int32), "hdbscan", parameters


def _many(vectors: Vectors, around: Places, previous: Labels | None) -> Found:
    graph = neighbour_graph(*nearest_neighbours(vectors, NEIGHBOURS, around))
    lightly = main_directions(smoothed(vectors, graph, LIGHTLY), DIRECTIONS)
    strongly = smoothed(lightly, graph, STRONGLY - LIGHTLY)
    points = _positions(anchored(strongly, previous), graph, previous)
    tree = linkage_tree(points, MIN_SAMPLES)
    directions = unit_rows(anchored(lightly, previous))
    labels, size, merit = best_cut(tree, vectors, directions, graph, previous)
    if merit > 0:
        clusters = refined(directions, labels, ROUNDS_BEFORE)
        clusters = divided(clusters, vectors, directions, graph, previous, size)
        clusters = refined(directions, clusters, ROUNDS_AFTER)
        labels = without_outliers(vectors, clusters, noise=labels < 0)
    parameters: Parameters = {
        "neighbours": NEIGHBOURS,
        "dimensions": points.shape[1],
        "min_cluster_size": size,
        "min_samples": MIN_SAMPLES,
        "merit": round(merit, 4),
    }
    return labels, "neighbour graph, hdbscan, k-means", parameters


def _positions(strongly: Vectors, graph: sparse.csr_array, previous: Labels | None) -> Vectors:
    """Where HDBSCAN looks for density; of few texts, the graph says too little to lay it out."""
    if len(strongly) <= LAID_OUT_FROM:
        return principal_components(strongly, DIMENSIONS)
    points = principal_components(strongly, LAYOUT_DIMENSIONS)
    return anchored(laid_out(points, graph), previous)


def _with_the_rest(vectors: Vectors, chosen: NDArray[np.int64], found: Clusters) -> Clusters:
    """The clusters of the ``chosen`` texts; the others are given the nearest by ``assign``."""
    limits = thresholds(vectors[chosen], found.labels, found.centroids)
    given = assign(vectors, found.centroids, limits)
    labels = np.where(given.assigned, given.nearest, -1).astype(np.int32)
    labels[chosen] = found.labels
    return _clusters(vectors, labels, found.method, found.parameters | {"sampled": SAMPLE_LIMIT})


def _one_subject(vectors: Vectors) -> Labels:
    """HDBSCAN never answers "all one cluster"; this does, for texts that nearly all agree."""
    labels = np.zeros(len(vectors), np.int32)
    if len(vectors) < 2:
        return labels - 1
    similar = vectors @ unit_centroids(vectors, labels)[0]
    return labels if similar.mean() >= ONE_SUBJECT else labels - 1


def _clusters(vectors: Vectors, labels: Labels, method: str, parameters: Parameters) -> Clusters:
    """Drop clusters whose texts have little in common, and number the rest by size."""
    similar = similarity_to_fellows(vectors, labels, cluster_sums(vectors, labels))
    labels = labels.copy()
    for members, _ in members_of(labels):
        if similar[members].mean() < COHERENT:
            labels[members] = -1
    sizes = np.bincount(labels[labels >= 0])
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    renumbered = np.full(len(sizes) + 1, -1, np.int32)  # the last place is noise's
    renumbered[order] = np.arange(len(order), dtype=np.int32)
    labels = renumbered[labels]
    return Clusters(labels, unit_centroids(vectors, labels), method, parameters)
