"""Vectors smoothed along their neighbour graph and projected to a few dimensions.

Density in 384 dimensions says little: HDBSCAN calls half of real texts noise there. Replacing
each vector again and again by the weighted mean of its neighbours (diffusion on the graph)
draws a subject together while gaps between subjects stay; then a handful of principal
components hold what HDBSCAN needs, or what a layout starts from. Every step is deterministic.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clustering.finding.threads import in_parts, slices

BANDWIDTH_ROUNDS = 20
ROWS_AT_ONCE = 1_024


def neighbour_graph(
    indices: NDArray[np.int64], similarities: NDArray[np.float32]
) -> sparse.csr_array:
    """Symmetric (n, n) weights in [0, 1] from the (n, k) neighbours of each text.

    Weights are UMAP's fuzzy membership (McInnes, Healy and Melville 2018, section 3.1): 1 to
    the nearest neighbour, decaying so fast that a text's weights sum to log2(k), whatever the
    density around it. The two directions are joined by their mean, not by UMAP's probabilistic or,
    as that lets a text near to everything count in full wherever it is taken for a neighbour.
    """
    n, k = indices.shape
    beyond_nearest = similarities[:, :1] - similarities
    low, high = np.full((n, 1), 1e-4, np.float32), np.full((n, 1), 2.0, np.float32)
    for _ in range(BANDWIDTH_ROUNDS):
        middle = (low + high) / 2
        too_wide = np.exp(-beyond_nearest / middle).sum(axis=1, keepdims=True) > np.log2(k)
        low, high = np.where(too_wide, low, middle), np.where(too_wide, middle, high)
    weights = np.exp(-beyond_nearest / low).astype(np.float32)
    starts = np.arange(0, n * k + 1, k)
    directed = sparse.csr_array((weights.ravel(), indices.ravel(), starts), shape=(n, n))
    back = directed.T.tocsr()
    return sparse.csr_array((directed + back) * np.float32(0.5))  # a quotient would be float64


def smoothed(
    vectors: NDArray[np.float32], graph: sparse.csr_array, rounds: int
) -> NDArray[np.float32]:
    """Each row replaced ``rounds`` times by the weighted mean of itself and its neighbours."""
    share: NDArray[np.float32] = (1.0 / (1.0 + graph.sum(axis=1))).astype(np.float32)[:, None]
    blocks = [(rows, graph[rows]) for rows in slices(len(vectors), ROWS_AT_ONCE)]

    def around(block: tuple[slice, sparse.csr_array]) -> None:
        rows, weights = block
        means[rows] = weights @ vectors
        means[rows] += vectors[rows]
        means[rows] *= share[rows]

    for _ in range(rounds):
        means = np.empty_like(vectors)
        in_parts(around, blocks)
        vectors = means
    return vectors


def principal_components(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """The (n, ``dimensions``) coordinates of largest variance, unscaled."""
    return main_directions(vectors - vectors.mean(axis=0), dimensions)


def main_directions(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """(n, ``dimensions``) that keep the products of rows as well as so few numbers can."""
    _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    points: NDArray[np.float32] = vectors @ directions[:, ::-1][:, :dimensions].astype(np.float32)
    return points
