"""The k nearest neighbours of every vector by cosine similarity, on plain matrix products.

The directions in which the vectors differ most say which are likely near, and the vectors
themselves which of these are nearest. Up to ``CANDIDATES`` vectors each is compared with every
other. Above it, vectors are sorted into cells and each cell is compared with the cells around it,
so that time grows little faster than n at a small price in recall.
"""

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import cluster_sums, unit_rows
from clustering.finding.threads import blas_on_one_thread, in_parts, slices

CANDIDATES = 16_000  # vectors that a cell is compared with, at least
DIRECTIONS = 160
SPARE = 32  # likely neighbours beyond k
DIRECTIONS_SAMPLE = 4_000  # vectors that the directions are learned from
CELL_SIZE = 120  # vectors in a cell, about
CELL_SAMPLE = 20  # vectors per cell that the cells are learned from
CELL_ROUNDS = 4
ROWS_AT_ONCE = 256
RANKED_AT_ONCE = 32  # 32 x 32 vectors stay in the CPU's cache
GROUP = 16  # products of which the largest says whether to look at the others

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]
Neighbours = tuple[Places, NDArray[np.float32]]


@blas_on_one_thread
def nearest_neighbours(vectors: Vectors, k: int) -> Neighbours:
    """Indices and similarities, both (n, k), nearest first; a vector is not its own neighbour.

    ``vectors`` is (n, d) with unit rows and n > k.
    """
    outlines = _outlines(vectors)
    members, around = _cells(outlines)
    indices = np.empty((len(vectors), k), np.int64)
    similarities = np.empty((len(vectors), k), np.float32)

    def compare(part: tuple[int, slice]) -> None:
        cell, rows = part
        candidates = np.concatenate([members[other] for other in around[cell]])
        near, queries = outlines[candidates], members[cell][rows]
        products = np.ascontiguousarray((near @ near[rows].T).T)
        own = np.arange(len(queries))
        products[own, rows.start + own] = -np.inf
        # In order of place, so that of equals the first ones are the nearest.
        likely = np.sort(candidates[_largest(products, k + SPARE)], axis=1)
        for few in slices(len(queries), RANKED_AT_ONCE):
            found, similar = _ranked(vectors, queries[few], likely[few])
            indices[queries[few]] = found[:, :k]
            similarities[queries[few]] = similar[:, :k]

    blocks = (slices(len(cell), ROWS_AT_ONCE) for cell in members)
    in_parts(compare, [(cell, rows) for cell, each in enumerate(blocks) for rows in each])
    return indices, similarities


def _outlines(vectors: Vectors) -> Vectors:
    """(n, ``DIRECTIONS``) that tell products of rows well enough to see which may be largest."""
    if vectors.shape[1] <= DIRECTIONS:
        return vectors
    sample = vectors[:: -(-len(vectors) // DIRECTIONS_SAMPLE)]
    directions = np.linalg.eigh(sample.T @ sample)[1][:, -DIRECTIONS:]
    outlines = in_parts(lambda rows: vectors[rows] @ directions, slices(len(vectors), ROWS_AT_ONCE))
    return np.concatenate(outlines)


def _largest(products: Vectors, count: int) -> Places:
    """(n, count) columns of the largest numbers of each row, faster than by argpartition alone."""
    columns = products.shape[1]
    apart = columns // GROUP  # a group's members are this far apart
    if apart <= count:
        return _partitioned(products, min(count, columns))
    grouped = products[:, : apart * GROUP].reshape(len(products), GROUP, apart)
    first = _partitioned(grouped.max(axis=1), count)
    places = (first[:, :, None] + np.arange(0, apart * GROUP, apart)).reshape(len(products), -1)
    rest = np.arange(apart * GROUP, columns)
    places = np.hstack([places, np.broadcast_to(rest, (len(products), len(rest)))])
    largest = _partitioned(np.take_along_axis(products, places, 1), count)
    return np.take_along_axis(places, largest, 1)


def _partitioned(numbers: Vectors, count: int) -> Places:
    return np.argpartition(numbers, -count, axis=1)[:, -count:]


def _ranked(vectors: Vectors, places: Places, likely: Places) -> Neighbours:
    """The (n, m) ``likely`` neighbours of the (n,) ``places``, the nearest first, itself last."""
    similar = (vectors[likely] @ vectors[places][:, :, None])[:, :, 0]
    similar[likely == places[:, None]] = -2.0
    order = np.argsort(-similar, axis=1, kind="stable")
    return np.take_along_axis(likely, order, 1), np.take_along_axis(similar, order, 1)


def _cells(points: Vectors) -> tuple[list[Places], list[Places]]:
    """The members of each cell, and the cells that it is compared with, itself first."""
    if len(points) <= CANDIDATES:
        return [np.arange(len(points))], [np.zeros(1, np.int64)]
    centres = _cell_centres(points)
    home = _home(points, centres)
    filled, sizes = np.unique(home, return_counts=True)
    members = np.split(np.argsort(home, kind="stable"), sizes.cumsum()[:-1])
    closeness = centres[filled] @ centres[filled].T
    np.fill_diagonal(closeness, np.inf)
    nearest = np.argsort(-closeness, axis=1, kind="stable")
    reached = (sizes[nearest].cumsum(axis=1) < CANDIDATES).sum(axis=1) + 1
    return members, [row[:count] for row, count in zip(nearest, reached, strict=True)]


def _cell_centres(points: Vectors) -> Vectors:
    """One unit vector for about ``CELL_SIZE`` points, by spherical k-means over a sample."""
    cells = max(len(points) // CELL_SIZE, 1)
    order = np.random.default_rng(0).permutation(len(points))
    sample = points[order[: cells * CELL_SAMPLE]]
    centres = unit_rows(sample[:cells])
    for _ in range(CELL_ROUNDS):
        home = _home(sample, centres)
        filled = np.bincount(home) > 0
        centres = unit_rows(cluster_sums(sample, home)[filled])
    return centres


def _home(points: Vectors, centres: Vectors) -> NDArray[np.int32]:
    """(n,) the nearest centre of each."""

    def nearest(rows: slice) -> Places:
        places: Places = (points[rows] @ centres.T).argmax(axis=1)
        return places

    return np.concatenate(in_parts(nearest, slices(len(points), ROWS_AT_ONCE))).astype(np.int32)
