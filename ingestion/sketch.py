"""How many distinct values a field has, in bounded space. Pure; no Django.

A sketch holds the `SIZE` smallest 64-bit hashes of the values seen. With fewer hashes it is
exact; with all of them, the largest tells how densely hashes lie (the estimator of Bar-Yossef
et al., "Counting Distinct Elements in a Data Stream", 2002, with the bias correction of Beyer et
al., 2007). Its standard error is about 1 / sqrt(SIZE - 2): 9 %. Two sketches merge by their union.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from heapq import nsmallest

SIZE = 128
_RANGE = 2**64


def add(sketch: Sequence[int], values: Iterable[str]) -> list[int]:
    """Return the sketch of what was seen so far and `values`, in ascending order."""
    hashes = {_hash(value) for value in values}
    return nsmallest(SIZE, hashes.union(sketch))


def estimate(sketch: Sequence[int]) -> int:
    """Return the number of distinct values; see `is_exact`."""
    if is_exact(sketch):
        return len(sketch)
    return round((SIZE - 1) * _RANGE / max(sketch[-1], 1))


def is_exact(sketch: Sequence[int]) -> bool:
    """Whether `estimate` is a count."""
    return len(sketch) < SIZE


def _hash(value: str) -> int:
    return int.from_bytes(blake2b(value.encode(), digest_size=8).digest())
