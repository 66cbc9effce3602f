"""The k nearest neighbours of every vector by cosine similarity, by faiss.

Few vectors are each compared with every other. Many are sorted into cells (an inverted file:
Sivic and Zisserman 2003), and each is compared with the members of the cells around it, so that
time grows about as n√n at a small price in recall. What is compared there is rounded to eight
bits a number; the likeliest few are compared again as they are.
"""

from functools import partial
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from clustering.finding import threads
from clustering.finding.threads import in_parts, slices

FEW = 4_000  # vectors up to which every one is compared with all
CELLS_AROUND = 12
CROWD = 8  # compared are at most so many times the average; a cell of copies may hold nearly all
CELL_ROUNDS = 2  # of the k-means that the cells are learned by
CELL_SAMPLE = 40  # vectors per cell that they are learned from
SPARE = 5  # compared again besides those asked for, as rounding may have put them a place too low
EACH_QUERY = 3  # faiss: threads share the queries; by default only its own search() does that
ROWS_AT_ONCE = 64  # whose neighbours' vectors fit into the processor's cache

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]
Neighbours = tuple[Vectors, Places]  # similarities and indices, as faiss has them


def cells_around(vectors: Vectors) -> Places:
    """The cells nearest to each of the (n, d) vectors, nearest first; of few, one cell for all.

    Vectors sorted by the first lie beside their neighbours, and whatever follows the neighbour
    graph finds them in the processor's cache.
    """
    n, d = vectors.shape
    if n <= FEW:
        return np.zeros((n, 1), np.int64)
    faiss.omp_set_num_threads(threads.THREADS)
    cells = faiss.Kmeans(
        d,
        _number_of_cells(n),
        niter=CELL_ROUNDS,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=CELL_SAMPLE,
    )
    cells.train(vectors)
    around: Places = cells.index.search(vectors, CELLS_AROUND)[1]
    return around


def nearest_neighbours(
    vectors: Vectors, k: int, around: Places | None = None
) -> tuple[Places, Vectors]:
    """Indices and similarities, both (n, k), nearest first; a vector is not its own neighbour.

    ``vectors`` is (n, d) with unit rows and n > k; ``around`` are its ``cells_around``, if known.
    """
    faiss.omp_set_num_threads(threads.THREADS)
    if len(vectors) <= FEW:
        similarities, indices = _among_all(vectors, k + 1)
    else:
        around = cells_around(vectors) if around is None else around
        similarities, indices = _in_cells(vectors, k + 1, around)
    itself = indices == np.arange(len(vectors))[:, None]
    itself[~itself.any(axis=1), -1] = True  # pushed out by copies of it
    return indices[~itself].reshape(-1, k), similarities[~itself].reshape(-1, k)


def _in_cells(vectors: Vectors, count: int, around: Places) -> Neighbours:
    likely = _likely(_rounded(vectors), count + SPARE, around)
    compared = in_parts(partial(_compared, vectors, likely), slices(len(vectors), ROWS_AT_ONCE))
    similarities = np.concatenate(compared)
    nearest = np.argsort(-similarities, axis=1, kind="stable")[:, :count]
    indices = np.take_along_axis(likely, nearest, axis=1)
    similarities = np.take_along_axis(similarities, nearest, axis=1)
    missing = (indices < 0).any(axis=1)  # too few in the cells around
    if missing.any():
        similarities[missing], indices[missing] = _among_all(vectors, count, vectors[missing])
    return similarities, indices


def _rounded(vectors: Vectors) -> Vectors:
    """Whole numbers from 0 to 255 in proportion to the vectors, whose mean is moved to 128."""
    rounded: Vectors = vectors - vectors.mean(axis=0)
    rounded *= 127 / max(float(np.abs(rounded).max()), 1e-12)
    rounded += 128
    np.rint(rounded, out=rounded)
    return rounded


def _likely(rounded: Vectors, count: int, around: Places) -> Places:
    """(n, count) nearest of the ``rounded`` in the cells around each; -1 where there are fewer."""
    n, d = rounded.shape
    cells = _number_of_cells(n)
    index: Any = faiss.IndexIVFScalarQuantizer(  # whose methods take arrays, unlike their types
        faiss.IndexFlatL2(d),
        d,
        cells,
        faiss.ScalarQuantizer.QT_8bit_direct,
        faiss.METRIC_L2,
        False,
    )
    index.is_trained = True  # these codes need no training, and the cells are known
    index.parallel_mode = EACH_QUERY
    index.nprobe, index.max_codes = CELLS_AROUND, CROWD * CELLS_AROUND * n // cells
    cell = np.ascontiguousarray(around[:, 0])
    index.add_core(n, faiss.swig_ptr(rounded), None, faiss.swig_ptr(cell))
    likely: Places = index.search_preassigned(
        rounded, count, around, np.zeros(around.shape, np.float32)
    )[1]
    return likely


def _compared(vectors: Vectors, places: Places, rows: slice) -> Vectors:
    """The similarities of these rows to those at their ``places``; -2 where the place is -1."""
    similarities = np.matmul(vectors[places[rows]], vectors[rows, :, None])[..., 0]
    return np.where(places[rows] < 0, np.float32(-2), similarities)


def _among_all(vectors: Vectors, count: int, queries: Vectors | None = None) -> Neighbours:
    queries = vectors if queries is None else queries
    found: Neighbours = faiss.knn(queries, vectors, count, metric=faiss.METRIC_INNER_PRODUCT)
    return found


def _number_of_cells(n: int) -> int:
    return int(2 * n**0.5)
