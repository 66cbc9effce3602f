"""Clusters made rounder: each text goes to the nearest mean, as k-means would have it.

Where HDBSCAN cuts is a matter of single texts between two dense regions, and a fifth of real
texts are its noise. What it knows is where the regions are and how many. From there, a few
rounds of spherical k-means over lightly smoothed vectors draw better borders, and place the
noise by what a text's neighbours say as well as by itself.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors, unit_centroids
from clustering.finding.threads import in_parts, slices
from clustering.texts.assignment import thresholds

ROWS_AT_ONCE = 1_024


def refined(points: Vectors, labels: Labels, rounds: int) -> Labels:
    """(n,) labels without noise; ``points`` is (n, d) with unit rows, some of them labelled."""
    for _ in range(rounds):
        before, means = labels, unit_centroids(points, labels).T
        nearest = in_parts(partial(_nearest, points, means), slices(len(points), ROWS_AT_ONCE))
        labels = np.unique(np.concatenate(nearest), return_inverse=True)[1].astype(np.int32)
        if np.array_equal(labels, before):
            break
    return labels


def _nearest(points: Vectors, means: Vectors, rows: slice) -> NDArray[np.int64]:
    nearest: NDArray[np.int64] = (points[rows] @ means).argmax(axis=1)
    return nearest


def without_outliers(vectors: Vectors, clusters: Labels, noise: NDArray[np.bool_]) -> Labels:
    """``clusters``, but -1 for ``noise`` that is farther out than a cluster's other members."""
    centroids = unit_centroids(vectors, clusters)
    limits = thresholds(vectors, np.where(noise, -1, clusters).astype(np.int32), centroids)
    similar = np.einsum("ij,ij->i", vectors, centroids[clusters])
    labels: Labels = np.where(noise & (similar < limits[clusters]), -1, clusters).astype(np.int32)
    return labels
