"""Assignment: nearest topic, its own threshold, and the margin to the runner-up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from accounts.models import Coverage
from clustering.centroids import cluster_sums, similarity_to_fellows, unit_centroids
from clustering.texts.assignment import (
    ROWS_AT_ONCE,
    THRESHOLD_FLOOR,
    assign,
    between,
    limits_of,
    settle,
    thresholds,
)


def unit(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    vectors = np.array(rows, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def spread(angle: float, degrees: list[float]) -> NDArray[np.float32]:
    """Plane vectors around a direction, in degrees."""
    turned = np.radians([angle + each for each in degrees])
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def test_a_text_goes_to_the_nearest_topic_with_its_similarity_and_margin() -> None:
    found = assign(unit((1, 0.1)), unit((1, 0), (0, 1)), np.array([0.5, 0.5], np.float32))
    assert found.nearest.tolist() == [0]
    assert found.similarity[0] == pytest.approx(1 / np.hypot(1, 0.1), abs=1e-6)
    assert found.margin[0] == pytest.approx(0.9 / np.hypot(1, 0.1), abs=1e-6)
    assert found.assigned.tolist() == [True]


def test_a_text_below_its_nearest_topics_threshold_is_an_outlier_with_a_nearest_topic() -> None:
    found = assign(unit((1, 1)), unit((1, 0), (0, 0.9)), np.array([0.8, 0.1], np.float32))
    assert found.nearest.tolist() == [0]
    assert found.assigned.tolist() == [False]


def test_without_topics_every_text_is_an_outlier() -> None:
    found = assign(unit((1, 0), (0, 1)), np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    assert found.nearest.tolist() == [-1, -1]
    assert not found.assigned.any()
    assert not found.similarity.any()


def test_the_margin_to_a_runner_up_that_does_not_exist_is_the_similarity() -> None:
    found = assign(unit((1, 1)), unit((1, 0)), np.array([0.5], np.float32))
    assert found.margin[0] == pytest.approx(found.similarity[0])


def test_no_texts() -> None:
    found = assign(np.zeros((0, 2), np.float32), unit((1, 0)), np.array([0.5], np.float32))
    assert len(found.nearest) == len(found.assigned) == 0


def test_a_tight_topic_is_stricter_than_a_loose_one() -> None:
    tight, loose = spread(0, [-5, -2, 0, 2, 5]), spread(120, [-40, -20, 0, 20, 40])
    vectors = np.concatenate([tight, loose])
    labels = np.repeat([0, 1], 5).astype(np.int32)
    limits = thresholds(vectors, labels, unit_centroids(vectors, labels))
    assert limits[0] > 0.99
    assert 0.7 < limits[1] < 0.85


def test_a_threshold_admits_nearly_all_members_and_never_falls_below_the_floor() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(1000, 16)).astype(np.float32) + np.float32(0.3)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.zeros(1000, np.int32)
    centroids = unit_centroids(vectors, labels)
    quantile = np.quantile(vectors @ centroids[0], 0.05)
    assert thresholds(vectors, labels, centroids)[0] == pytest.approx(
        max(quantile, THRESHOLD_FLOOR), abs=1e-6
    )
    opposite = np.concatenate([vectors, -vectors])
    both = np.zeros(2000, np.int32)
    assert thresholds(opposite, both, centroids)[0] == np.float32(THRESHOLD_FLOOR)


def test_a_topic_without_members_keeps_the_floor() -> None:
    limits = thresholds(unit((1, 0)), np.array([-1], np.int32), unit((1, 0), (0, 1)))
    assert limits == pytest.approx([THRESHOLD_FLOOR, THRESHOLD_FLOOR])


def test_blocks_do_not_show() -> None:
    random = np.random.default_rng(2)
    vectors = unit(*random.normal(size=(2 * ROWS_AT_ONCE + 7, 8)))
    centroids = unit(*random.normal(size=(5, 8)))
    limits = np.full(5, 0.3, np.float32)
    found = assign(vectors, centroids, limits)
    similar = vectors @ centroids.T
    assert (found.nearest == similar.argmax(axis=1)).all()
    assert np.allclose(found.similarity, similar.max(axis=1), atol=1e-6)
    ordered = np.sort(similar, axis=1)
    assert np.allclose(found.margin, ordered[:, -1] - ordered[:, -2], atol=1e-6)


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=40), st.integers(0, 1000))
def test_centroids_are_the_directions_of_member_sums(labels: list[int], seed: int) -> None:
    of = np.array(labels, np.int32)
    vectors = unit(*np.random.default_rng(seed).normal(size=(len(of), 6)))
    centroids = unit_centroids(vectors, of)
    assert centroids.shape == (max(of.max() + 1, 0), 6)
    for label in range(len(centroids)):
        total = vectors[of == label].sum(axis=0)
        length = max(float(np.linalg.norm(total)), 1e-12)
        assert np.allclose(centroids[label], total / length, atol=1e-5)


def test_similarity_to_fellows_leaves_the_text_itself_out() -> None:
    vectors = unit((1, 0), (0, 1), (1, 1), (0, 1), (1, 0))
    labels = np.array([0, 0, 0, 1, -1], np.int32)
    similar = similarity_to_fellows(vectors, labels, cluster_sums(vectors, labels))
    fellows = vectors[1] + vectors[2]
    assert similar[0] == pytest.approx(fellows[0] / np.linalg.norm(fellows), abs=1e-6)
    assert similar[3:].tolist() == [0, 0]


def around_a_direction(count: int, seed: int = 3) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return unit(*random.normal(size=(count, 16)) + 1.5)


def shares_claimed(vectors: NDArray[np.float32]) -> list[float]:
    """The part of a cluster that it claims at each level."""
    labels = np.zeros(len(vectors), np.int32)
    centroids = unit_centroids(vectors, labels)
    limits = limits_of(vectors, labels, centroids)
    return [float(settle(vectors, labels, centroids, each).assigned.mean()) for each in limits.T]


def test_there_is_a_limit_for_each_level() -> None:
    limits = limits_of(unit((1, 0)), np.zeros(1, np.int32), unit((1, 0), (0, 1)))
    assert limits.shape == (2, len(Coverage))
    assert limits[1] == pytest.approx([0.35, 0.35, 0.35, 0.3, 0.3])


def test_each_level_claims_more_than_the_purer_one() -> None:
    purest, purer, balanced, broader, broadest = shares_claimed(around_a_direction(1000))
    assert purest == pytest.approx(0.5, abs=0.01)
    assert purer == pytest.approx(0.8, abs=0.01)
    assert balanced == pytest.approx(0.97, abs=0.01)
    assert balanced < broader <= broadest


@given(st.integers(1, 33))
def test_a_small_cluster_keeps_its_members_unless_it_is_to_be_purer(count: int) -> None:
    purest, _, *rest = shares_claimed(around_a_direction(count, seed=count))
    assert purest >= 0.5
    assert rest == [1.0, 1.0, 1.0]


def test_a_member_that_is_too_far_out_is_an_outlier_of_its_own_cluster() -> None:
    vectors = np.concatenate([spread(0, [-10, 0, 10, 50]), spread(90, [-5, 0, 5])])
    labels = np.repeat([0, 1], [4, 3]).astype(np.int32)
    centroids = unit(*[tuple(spread(angle, [0])[0]) for angle in (0, 90)])
    found = settle(vectors, labels, centroids, np.array([0.9, 0.9], np.float32))
    assert found.assigned.tolist() == [True, True, True, False, True, True, True]
    assert found.nearest.tolist() == labels.tolist()
    assert found.margin[3] < 0


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20), st.floats(-1, 1, width=32))
def test_what_lies_between_the_same_limits_is_claimed_at_the_same_levels(
    similarities: list[float], other: float
) -> None:
    limits = np.array([[0.9, 0.7, 0.5, 0.45, 0.35]], np.float32)
    found = assign(unit(*[(1, 0)] * len(similarities)), unit((1, 0)), limits[:, 2])
    found.similarity[:] = similarities
    for similarity, above, below in zip(similarities, *between(limits, found), strict=True):
        assert above <= similarity < below
        same = (limits <= similarity) == (limits <= other)
        assert same.all() == (above <= other < below)
