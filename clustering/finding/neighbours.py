"""The k nearest neighbours of every vector by cosine similarity, on plain matrix products.

Exact up to ``EXACT_LIMIT`` vectors. Above it, vectors are sorted into about √n cells and each
cell is compared with the cells around it, so that time grows about as n^1.5 at a small price
in recall.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

EXACT_LIMIT = 25_000
CANDIDATES = 4_000  # vectors that a cell is compared with, at least
ROWS_AT_ONCE = 2_048  # 2,048 x 25,000 float32 similarities take 200 MB
CELL_SAMPLE = 40  # vectors per cell that the cells are learned from
CELL_ROUNDS = 4

Neighbours = tuple[NDArray[np.int64], NDArray[np.float32]]


def nearest_neighbours(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Indices and similarities, both (n, k), nearest first; a vector is not its own neighbour.

    ``vectors`` is (n, d) with unit rows and n > k.
    """
    rows = torch.from_numpy(np.ascontiguousarray(vectors))
    everyone = torch.arange(len(rows))
    indices = torch.empty(len(rows), k, dtype=torch.int64)
    similarities = torch.empty(len(rows), k)
    comparisons = [(everyone, everyone)] if len(rows) <= EXACT_LIMIT else _cells(rows)
    for queries, candidates in comparisons:
        near = rows[candidates]
        for block in _blocks(queries):
            top = torch.topk(rows[block] @ near.T, k + 1, dim=1)
            found = candidates[top.indices]
            # Itself comes first unless others say the very same; either way it must go.
            top.values[found == block[:, None]] = -2.0
            ordered = top.values.sort(dim=1, descending=True, stable=True)
            similarities[block] = ordered.values[:, :k]
            indices[block] = found.gather(1, ordered.indices[:, :k])
    return indices.numpy(), similarities.numpy()


def _cells(rows: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The members of each cell, and those of it and the nearest cells around it."""
    centres = _cell_centres(rows)
    home = _home(rows, centres)
    sizes = torch.bincount(home, minlength=len(centres))
    members = torch.tensor_split(home.argsort(stable=True), sizes.cumsum(0)[:-1])
    around = (centres @ centres.T).argsort(dim=1, descending=True, stable=True)
    for cell, nearby in enumerate(around):
        if len(members[cell]):
            reached = int(torch.searchsorted(sizes[nearby].cumsum(0), CANDIDATES)) + 1
            yield members[cell], torch.cat([members[other] for other in nearby[:reached].tolist()])


def _cell_centres(rows: torch.Tensor) -> torch.Tensor:
    """About √n unit vectors: a few rounds of spherical k-means over a sample."""
    cells = int(len(rows) ** 0.5)
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(rows)))
    sample = rows[order[: cells * CELL_SAMPLE]]
    centres = sample[:cells].clone()
    for _ in range(CELL_ROUNDS):
        home = _home(sample, centres)
        sums = torch.zeros_like(centres).index_add_(0, home, sample)
        filled = torch.bincount(home, minlength=cells) > 0
        centres[filled] = torch.nn.functional.normalize(sums[filled], dim=1)
    return centres


def _home(rows: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    return torch.cat([(block @ centres.T).argmax(1) for block in _blocks(rows)])


def _blocks(rows: torch.Tensor) -> Iterator[torch.Tensor]:
    return (rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE))
