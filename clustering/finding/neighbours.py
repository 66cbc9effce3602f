"""The k nearest neighbours of every vector by cosine similarity, on plain matrix products.

Exact up to ``EXACT_LIMIT`` vectors. Above it, vectors are sorted into about √n cells and each
cell is compared with the cells around it, so that time grows about as n^1.5 at a small price
in recall.

Where the CPU multiplies 8-bit numbers in hardware, they say which vectors are likely near, and
the vectors themselves which of these are nearest.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

EXACT_LIMIT = 40_000
CANDIDATES = 8_000  # vectors that a cell is compared with, at least
SPARE = 6  # likely neighbours beyond k; 5 missed none, as 8 bits are wrong by about 0.001
ROWS_AT_ONCE = 1_024  # 1,024 x 40,000 products of 4 bytes take 160 MB
GROUP = 16  # products of which the largest says whether to look at the others
RANKED_AT_ONCE = 64  # 64 x 17 vectors stay in the CPU's cache
CELL_SAMPLE = 40  # vectors per cell that the cells are learned from
CELL_ROUNDS = 4

Places = NDArray[np.int64]
Neighbours = tuple[Places, NDArray[np.float32]]


def nearest_neighbours(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Indices and similarities, both (n, k), nearest first; a vector is not its own neighbour.

    ``vectors`` is (n, d) with unit rows and n > k.
    """
    rows = torch.from_numpy(vectors)
    codes, everyone = _codes(rows), torch.arange(len(rows))
    indices = np.empty((len(rows), k), np.int64)
    similarities = np.empty((len(rows), k), np.float32)
    comparisons = [(everyone, everyone)] if len(rows) <= EXACT_LIMIT else _cells(rows)
    for queries, candidates in comparisons:
        for places, likely in _likely(codes, queries, candidates, k + 1 + SPARE):
            found, similar = _ranked(vectors, places, likely)
            indices[places], similarities[places] = found[:, :k], similar[:, :k]
    return indices, similarities


def _codes(rows: torch.Tensor) -> torch.Tensor:
    """The rows in 8 bits if that is faster, else as they are."""
    able = torch.cpu.get_capabilities()
    if not (able.get("avx512_vnni") or able.get("avx_vnni")):
        return rows
    return (rows * (127 / rows.abs().max())).round().to(torch.int8)


def _likely(
    codes: torch.Tensor, queries: torch.Tensor, candidates: torch.Tensor, count: int
) -> Iterator[tuple[Places, Places]]:
    """The queries, some at a time, and the ``count`` candidates with the nearest codes to each."""
    eight_bits = codes.dtype == torch.int8
    multiply, kind = (torch._int_mm, torch.int32) if eight_bits else (torch.mm, codes.dtype)
    near, count = codes[candidates].T, min(count, len(candidates))
    # Fresh memory for each product would take as long as the product.
    space = torch.empty(min(len(queries), ROWS_AT_ONCE), len(candidates), dtype=kind)
    for block in queries.split(ROWS_AT_ONCE):
        products = multiply(codes[block], near, out=space[: len(block)])
        # In order of place, so that of equals the first ones are the nearest.
        found = candidates[_largest(products, count)].sort(dim=1).values
        for start in range(0, len(block), RANKED_AT_ONCE):
            part = slice(start, start + RANKED_AT_ONCE)
            yield block[part].numpy(), found[part].numpy()


def _largest(products: torch.Tensor, count: int) -> torch.Tensor:
    """(n, count) columns of the largest numbers of each row, in two thirds of the time of topk."""
    columns = products.shape[1]
    apart = columns // GROUP  # a group's members are this far apart
    if apart <= count:
        return torch.topk(products, count, dim=1, sorted=False).indices
    grouped = products[:, : apart * GROUP].unflatten(1, (GROUP, apart))
    first = torch.topk(grouped.amax(dim=1), count, dim=1, sorted=False).indices
    places = (first[:, :, None] + torch.arange(0, apart * GROUP, apart)).flatten(1)
    rest = torch.arange(apart * GROUP, columns).expand(len(products), -1)
    places = torch.cat([places, rest], dim=1)
    largest = torch.topk(products.gather(1, places), count, dim=1, sorted=False).indices
    return places.gather(1, largest)


def _ranked(vectors: NDArray[np.float32], places: Places, likely: Places) -> Neighbours:
    """The (n, m) ``likely`` neighbours of the (n,) ``places``, the nearest first, itself last."""
    similar = (vectors[likely] @ vectors[places][:, :, None])[:, :, 0]
    similar[likely == places[:, None]] = -2.0
    order = np.argsort(-similar, axis=1, kind="stable")
    return np.take_along_axis(likely, order, 1), np.take_along_axis(similar, order, 1)


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
    return torch.cat([(block @ centres.T).argmax(1) for block in rows.split(ROWS_AT_ONCE)])
