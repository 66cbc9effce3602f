"""Cutting a topic into parts, without a database."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.curation.parts import MOST_PARTS, sensible, ways_to_cut


def around(centres: int, each: int, spread: float = 0.2, size: int = 32) -> NDArray[np.float32]:
    """Unit vectors around `centres` directions, `each` of them at each."""
    random = np.random.default_rng(centres)
    points = np.repeat(np.eye(centres, size), each, axis=0)
    points += spread * random.normal(size=points.shape) / np.sqrt(size)
    unit: NDArray[np.float32] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit.astype(np.float32)


def once(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.ones(len(vectors), np.int64)


@pytest.mark.parametrize("centres", [2, 3, 4, 5])
def test_parts_that_stand_apart_are_found(centres: int) -> None:
    vectors = around(centres, 40)
    ways = ways_to_cut(vectors, once(vectors))
    assert sensible(ways) == centres
    assert sorted(np.bincount(ways[centres].labels)) == [40] * centres
    for part in range(centres):
        assert len({place // 40 for place in np.flatnonzero(ways[centres].labels == part)}) == 1


def test_the_largest_part_comes_first() -> None:
    vectors = np.concatenate([around(1, 5), around(2, 60)[60:]])
    assert ways_to_cut(vectors, once(vectors))[2].labels.tolist() == [1] * 5 + [0] * 60


def test_what_is_all_alike_or_alone_has_no_parts() -> None:
    same = np.repeat(around(1, 1), 50, axis=0)
    for vectors in (same, same[:1], same[:0]):
        assert ways_to_cut(vectors, once(vectors)) == {}


def test_two_texts_are_two_parts() -> None:
    vectors = around(2, 1)
    assert list(ways_to_cut(vectors, once(vectors))) == [2]


def test_the_same_texts_are_cut_the_same_way() -> None:
    vectors = around(3, 3_000, spread=2.0)
    first, second = (ways_to_cut(vectors, once(vectors)) for _ in range(2))
    assert first.keys() == second.keys() <= set(range(2, MOST_PARTS + 1))
    assert all((first[size].labels == second[size].labels).all() for size in first)
