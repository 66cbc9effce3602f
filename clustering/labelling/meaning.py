"""What words mean in a dimension, learnt from the vectors of the texts that hold them.

A text's vector is taken for the sum of its words' vectors over the root of their number, and ridge
regression finds these. So a phrase has a vector without the embedding model, and one that knows
what the dimension's users mean by its words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import unit_rows

if TYPE_CHECKING:
    from scipy import sparse

RIDGE = 0.2
"""What keeps a word that few texts hold from explaining all that is left of them."""
STEPS = 8
"""Of conjugate gradients."""
_TINY = 1e-12

Bag = Collection[str]
"""The distinct words of a text or phrase, folded."""


class Meanings:
    """Vectors of the words of n texts, from (n, d) vectors of these texts."""

    def __init__(self, bags: Sequence[Bag], vectors: NDArray[np.float32]) -> None:
        words = sorted({word for bag in bags for word in bag})
        self._row_of = {word: row for row, word in enumerate(words)}
        self._vectors = _ridge(self._holding(bags), vectors)

    def of(self, phrases: Sequence[Bag]) -> NDArray[np.float32]:
        """(m, d) vectors of phrases, of length 1; 0 for one that holds no known word."""
        return unit_rows(self._holding(phrases) @ self._vectors)

    def _holding(self, bags: Sequence[Bag]) -> sparse.csr_array:
        """(n, words) one over the root of a bag's size for each word that it holds."""
        from scipy import sparse  # only for who names; web processes start without it

        known = [sorted(self._row_of[word] for word in bag if word in self._row_of) for bag in bags]
        sizes = np.array([len(rows) for rows in known], np.int64)
        rows = np.fromiter(chain.from_iterable(known), np.int32)
        shares = (1 / np.sqrt(np.repeat(sizes, sizes))).astype(np.float32)
        ends = np.concatenate([[0], np.cumsum(sizes)])
        return sparse.csr_array((shares, rows, ends), shape=(len(bags), len(self._row_of)))


def _ridge(holding: sparse.csr_array, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Solve (XᵀX + ridge) W = Xᵀ vectors for W by conjugate gradients, with X's diagonal before."""
    scale = 1 / (RIDGE + holding.power(2).sum(axis=0)[:, None])
    left: NDArray[np.float32] = holding.T @ vectors
    found = np.zeros_like(left)
    step = scale * left
    length = (left * step).sum(axis=0)
    for _ in range(STEPS):
        moved = holding.T @ (holding @ step) + RIDGE * step
        share = length / np.maximum((step * moved).sum(axis=0), _TINY)
        found += share * step
        left = left - share * moved
        scaled = scale * left
        before, length = length, (left * scaled).sum(axis=0)
        step = scaled + length / np.maximum(before, _TINY) * step
    return found
