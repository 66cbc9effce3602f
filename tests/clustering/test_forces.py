"""The layout of a neighbour graph: what is joined lies near, whatever the words."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from clustering.finding.forces import laid_out
from clustering.finding.neighbours import nearest_neighbours
from clustering.finding.smoothing import neighbour_graph, principal_components
from tests.clustering.test_finding import Vectors, blobs


def graph_of(vectors: Vectors) -> sparse.csr_array:
    return neighbour_graph(*nearest_neighbours(vectors, 10))


def width(points: NDArray[np.float32]) -> float:
    """Mean distance from the middle."""
    return float(np.linalg.norm(points - points.mean(axis=0), axis=1).mean())


def test_neighbours_end_nearer_than_strangers_wherever_they_began() -> None:
    graph = graph_of(blobs(6, 50))
    random = np.random.default_rng(0)
    began = random.normal(size=(300, 4)).astype(np.float32)
    positions = laid_out(began, graph)
    assert positions.dtype == np.float32
    one, other = graph.nonzero()
    strangers = random.permutation(300)
    joined = np.linalg.norm(positions[one] - positions[other], axis=1).mean()
    apart = np.linalg.norm(positions - positions[strangers], axis=1).mean()
    assert joined < apart / 3


def test_a_subject_told_in_many_ways_is_no_wider_than_one_told_in_few() -> None:
    vectors = np.concatenate([blobs(1, 200, spread=0.02), blobs(2, 200, spread=0.12)[200:]])
    points = principal_components(vectors, 4)
    positions = laid_out(points, graph_of(vectors))
    before, after = (width(each[200:]) / width(each[:200]) for each in (points, positions))
    assert before > 4
    assert after < 1.5


def test_a_graph_is_laid_out_the_same_again() -> None:
    vectors = blobs(5, 40)
    points, graph = principal_components(vectors, 4), graph_of(vectors)
    assert (laid_out(points, graph) == laid_out(points.copy(), graph.copy())).all()


@pytest.mark.parametrize("n", [11, 100, 5_000])
def test_texts_in_one_place_stay_there(n: int) -> None:
    vectors = np.repeat(blobs(1, 1), n, axis=0)
    positions = laid_out(np.zeros((n, 4), np.float32), graph_of(vectors))
    assert (positions == 0).all()


def test_texts_that_no_edge_joins_are_laid_out_too() -> None:
    points = np.arange(8, dtype=np.float32).reshape(4, 2)
    positions = laid_out(points, sparse.csr_array((4, 4), dtype=np.float32))
    assert np.isfinite(positions).all()
