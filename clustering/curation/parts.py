"""Cut one topic into parts: k-means on directions, for web processes too (numpy alone).

Spherical k-means (Dhillon and Modha 2001) with k-means++ seeds (Arthur and Vassilvitskii 2007).
How many parts are sensible is the number with the best simplified silhouette (Vendramin, Campello
and Hruschka 2010), which compares each text with the nearest two centroids.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors, unit_rows

FEWEST_PARTS, MOST_PARTS = 2, 5
SAMPLE = 2_000
"""Texts that the parts are found from, at even steps; the rest goes where it is nearest."""
STARTS, ROUNDS = 2, 20

Weights = NDArray[np.float32]


@dataclass(frozen=True)
class Parts:
    """One way to cut n texts."""

    labels: Labels
    """(n,) the part of each text, the largest part first."""
    centroids: Vectors
    """(k, d), of length 1."""
    silhouette: float
    """From -1 to 1: how much nearer texts are to their own part than to the next."""


def ways_to_cut(vectors: Vectors, occurrences: NDArray[np.int64]) -> dict[int, Parts]:
    """Each way to cut (n, d) unit vectors, by the number of its parts; none if all are alike.

    A text that was sent more often weighs more, by the logarithm. The same texts are always cut
    the same way.
    """
    sample = np.unique(np.linspace(0, len(vectors) - 1, min(SAMPLE, len(vectors))).astype(int))
    weights = (1 + np.log(np.maximum(occurrences, 1))).astype(np.float32)
    ways: dict[int, Parts] = {}
    for size in range(FEWEST_PARTS, min(MOST_PARTS, len(vectors)) + 1):
        centroids = _best_start(vectors[sample], weights[sample], size)
        parts = _parts(vectors, weights, centroids)
        if len(parts.centroids) >= FEWEST_PARTS:
            ways[len(parts.centroids)] = parts
    return ways


def nearest_part(vectors: Vectors, centroids: Vectors) -> Labels:
    """(n,) the part that each text belongs to."""
    labels: Labels = (vectors @ centroids.T).argmax(axis=1).astype(np.int32)
    return labels


def sensible(ways: dict[int, Parts]) -> int:
    """The number of parts that stand apart best."""
    return max(ways, key=lambda size: (round(ways[size].silhouette, 4), -size))


def _best_start(vectors: Vectors, weights: Weights, size: int) -> Vectors:
    found = [_k_means(vectors, weights, size, seed) for seed in range(STARTS)]
    return max(found, key=lambda pair: pair[0])[1]


def _k_means(vectors: Vectors, weights: Weights, size: int, seed: int) -> tuple[float, Vectors]:
    """The weighted mean similarity of texts to their centroid, and the (≤ size, d) centroids."""
    centroids = _seeds(vectors, weights, size, np.random.default_rng(seed))
    nearest = np.full(len(vectors), -1)
    for _ in range(ROUNDS):
        similar = vectors @ centroids.T
        labels = similar.argmax(axis=1)
        if (labels == nearest).all():
            break
        nearest = labels
        centroids = _means(vectors, weights, labels, len(centroids))
    return float(np.average((vectors @ centroids.T).max(axis=1), weights=weights)), centroids


def _seeds(vectors: Vectors, weights: Weights, size: int, random: np.random.Generator) -> Vectors:
    """Texts drawn one by one, likelier the farther they are from those drawn before."""
    chosen = [int(np.argmax(weights))]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < size:
        distance = np.maximum(1 - nearest, 0) * weights
        distance[distance < 1e-5] = 0
        if not distance.any():
            break
        chosen.append(int(random.choice(len(vectors), p=distance / distance.sum())))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return vectors[chosen]


def _means(vectors: Vectors, weights: Weights, labels: NDArray[np.int64], size: int) -> Vectors:
    """(≤ size, d) unit means of the parts that have a text."""
    shares = np.zeros((size, len(vectors)), np.float32)
    shares[labels, np.arange(len(vectors))] = weights
    return unit_rows(shares[shares.any(axis=1)] @ vectors)


def _parts(vectors: Vectors, weights: Weights, centroids: Vectors) -> Parts:
    similar = vectors @ centroids.T
    nearest = similar.argmax(axis=1)
    sizes = np.bincount(nearest, minlength=len(centroids))
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    numbers = np.empty(len(centroids), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    return Parts(numbers[nearest], centroids[order], _silhouette(similar[:, order], weights))


def _silhouette(similar: NDArray[np.float32], weights: Weights) -> float:
    """Of (n, k) similarities to the centroids."""
    if similar.shape[1] < 2:
        return -1.0
    next_one, own = np.sort(1 - similar, axis=1)[:, 1::-1].T
    return float(np.average((next_one - own) / np.maximum(next_one, 1e-6), weights=weights))
