"""Mean directions of groups of unit vectors."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 8_192

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]


def cluster_sums(vectors: Vectors, labels: Labels) -> Vectors:
    """(k, d) sums of the rows labelled 0..k-1; -1 counts nowhere, an unused label sums to 0."""
    order = np.argsort(labels, kind="stable")
    ends = np.bincount(labels + 1, minlength=1).cumsum()
    sums = np.empty((len(ends) - 1, vectors.shape[1]), np.float32)
    for label, (start, end) in enumerate(pairwise(ends.tolist())):
        vectors[order[start:end]].sum(axis=0, out=sums[label])
    return sums


def unit_centroids(vectors: Vectors, labels: Labels) -> Vectors:
    """(k, d) mean directions of the rows labelled 0..k-1, each of length 1 (0 if unused)."""
    return unit_rows(cluster_sums(vectors, labels))


def unit_rows(rows: Vectors) -> Vectors:
    """The rows at length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Vectors = rows / np.maximum(lengths, 1e-12)
    return units


def members_of(labels: Labels) -> list[tuple[NDArray[np.int64], int]]:
    """For each label from 0 up that occurs: the places of its members, ascending, and itself."""
    order = np.argsort(labels, kind="stable")
    order = order[np.searchsorted(labels[order], 0) :]
    present, starts = np.unique(labels[order], return_index=True)
    return (
        list(zip(np.split(order, starts[1:]), present.tolist(), strict=True)) if len(order) else []
    )


def similarity_to_fellows(vectors: Vectors, labels: Labels, sums: Vectors) -> NDArray[np.float32]:
    """(n,) cosine of each row to the centroid of its cluster's *other* members.

    ``sums`` are the ``cluster_sums``. A row without fellows, or labelled -1, gets 0.
    """
    similar = np.zeros(len(vectors), np.float32)
    members = np.flatnonzero(labels >= 0)
    for start in range(0, len(members), ROWS_AT_ONCE):
        block = members[start : start + ROWS_AT_ONCE]
        fellows = sums[labels[block]] - vectors[block]
        lengths = np.linalg.norm(fellows, axis=1)
        dots = np.einsum("ij,ij->i", fellows, vectors[block])
        # Below 1e-3 only rounding is left of the subtraction.
        similar[block] = np.where(lengths > 1e-3, dots / np.maximum(lengths, 1e-3), 0)
    return similar
