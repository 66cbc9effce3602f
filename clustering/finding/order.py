"""Texts by their vectors alone: an order and a sample that owe nothing to how they were given.

Ties, rounding and the cells of `neighbours` depend on who comes first. Sorted by fingerprint
before anything else is done, the same texts give the same topics. A sample by fingerprint
also stays nearly the same when texts are added, where one drawn anew would not.
"""

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 256  # 0.8 MB of 384 numbers: new memory costs more than the hashing

Prints = NDArray[np.uint64]


def fingerprints(vectors: NDArray[np.float32]) -> Prints:
    """(n,) hashes of the rows, evenly spread; equal rows have equal ones (multilinear hashing)."""
    bits = np.ascontiguousarray(vectors).view(np.uint32)
    factors = np.random.default_rng(0).integers(2**64, size=bits.shape[1], dtype=np.uint64) | 1
    prints = np.empty(len(bits), np.uint64)
    for start in range(0, len(bits), ROWS_AT_ONCE):
        block = bits[start : start + ROWS_AT_ONCE].astype(np.uint64)
        prints[start : start + ROWS_AT_ONCE] = block @ factors
    return prints ^ (prints >> np.uint64(32))


def weighted_sample(prints: Prints, weights: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """``size`` different places in ascending order, likelier the greater their weight, above 0.

    Efraimidis and Spirakis 2006: keep the places with the largest u^(1/w), u uniform. Here u is
    the fingerprint.
    """
    uniform = (prints.astype(np.float64) + 0.5) / 2.0**64
    keys = -np.log(uniform) / weights
    return np.sort(np.argpartition(keys, size)[:size])
