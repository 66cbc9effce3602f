"""The k nearest neighbours of every vector by cosine similarity, by faiss.

Few vectors are each compared with every other. Many are sorted into cells (an inverted file:
Sivic and Zisserman 2003), and each is compared with the members of the cells around it, so that
time grows about as n√n at a small price in recall. They are asked for cell by cell: what one is
compared with, the next one finds in the processor's cache.
"""

import faiss
import numpy as np
from numpy.typing import NDArray

from clustering.finding import threads

FEW = 4_000  # vectors up to which every one is compared with all
CELLS_AROUND = 12
CROWD = 8  # compared are at most so many times the average; a cell of copies may hold nearly all
CELL_ROUNDS = 2  # of the k-means that the cells are learned by
CELL_SAMPLE = 40  # vectors per cell that they are learned from

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]
Neighbours = tuple[Vectors, Places]  # similarities and indices, as faiss has them


def nearest_neighbours(vectors: Vectors, k: int) -> tuple[Places, Vectors]:
    """Indices and similarities, both (n, k), nearest first; a vector is not its own neighbour.

    ``vectors`` is (n, d) with unit rows and n > k.
    """
    faiss.omp_set_num_threads(threads.THREADS)
    similarities, indices = (_among_all if len(vectors) <= FEW else _in_cells)(vectors, k + 1)
    itself = indices == np.arange(len(vectors))[:, None]
    itself[~itself.any(axis=1), -1] = True  # pushed out by copies of it
    return indices[~itself].reshape(-1, k), similarities[~itself].reshape(-1, k)


def _in_cells(vectors: Vectors, count: int) -> Neighbours:
    n, d = vectors.shape
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(d), d, int(2 * n**0.5), faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = CELL_ROUNDS, CELL_SAMPLE
    index.cp.spherical, index.cp.min_points_per_centroid = True, 1
    index.nprobe, index.max_codes = CELLS_AROUND, CROWD * CELLS_AROUND * n // index.nlist
    index.train(vectors)
    index.add(vectors)
    order = np.argsort(index.quantizer.search(vectors, 1)[1][:, 0], kind="stable")
    similarities, indices = np.empty((n, count), np.float32), np.empty((n, count), np.int64)
    similarities[order], indices[order] = index.search(vectors[order], count)
    missing = (indices < 0).any(axis=1)  # too few in the cells around
    if missing.any():
        similarities[missing], indices[missing] = _among_all(vectors, count, vectors[missing])
    return similarities, indices


def _among_all(vectors: Vectors, count: int, queries: Vectors | None = None) -> Neighbours:
    queries = vectors if queries is None else queries
    found: Neighbours = faiss.knn(queries, vectors, count, metric=faiss.METRIC_INNER_PRODUCT)
    return found
