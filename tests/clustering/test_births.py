"""Which groups of outliers deserve a topic, and how those outlast a full run."""

from __future__ import annotations

import numpy as np
import pytest

from clustering.centroids import Vectors, unit_rows
from clustering.runs.births import APART, deserving, only, silhouette, with_small


def group(axis: int, size: int, spread: float) -> Vectors:
    """Unit vectors around an axis, each pulled its own way."""
    rows = np.zeros((size, 64), np.float32)
    rows[:, axis] = 1
    rows[np.arange(size), 32 + np.arange(size)] = spread
    return unit_rows(rows)


def chosen(vectors: Vectors, to_topics: float) -> list[int]:
    labels = np.zeros(len(vectors), np.int32)
    return deserving(vectors, labels, np.full(len(vectors), to_topics, np.float32))


@pytest.mark.parametrize(
    ("size", "spread", "to_topics", "deserves"),
    [
        (5, 0.5, 0.3, True),
        (4, 0.5, 0.3, False),
        (20, 0.5, 0.3, True),
        (20, 2.0, 0.0, False),
        (20, 0.5, 0.88, False),
    ],
)
def test_a_topic_takes_texts_that_are_many_alike_and_apart(
    size: int, spread: float, to_topics: float, deserves: bool
) -> None:
    assert bool(chosen(group(0, size, spread), to_topics)) is deserves


def test_without_topics_density_decides() -> None:
    assert chosen(group(0, 8, 0.5), 0.0) == [0]
    assert chosen(np.zeros((0, 64), np.float32), 0.0) == []


def test_each_group_is_judged_for_itself() -> None:
    vectors = np.concatenate([group(0, 6, 0.4), group(1, 3, 0.4), group(2, 7, 0.4)])
    labels = np.repeat([2, 0, 1], [6, 3, 7]).astype(np.int32)
    assert deserving(vectors, labels, np.zeros(len(vectors), np.float32)) == [1, 2]


def test_the_silhouette_is_the_share_of_the_way_that_is_left() -> None:
    assert silhouette(0.6, 0.6) == 0
    assert silhouette(1.0, 0.3) == pytest.approx(1.0)
    assert silhouette(0.5, 0.6) < 0 < silhouette(0.9, 0.85) < silhouette(0.9, 0.8)
    assert silhouette(1.0, 1.0) < APART


def test_only_the_chosen_groups_are_numbered_anew() -> None:
    labels = np.array([-1, 0, 1, 2, 2], np.int32)
    assert only(labels, [2, 0]).tolist() == [-1, 1, -1, 0, 0]
    assert only(labels, []).tolist() == [-1] * 5
    assert only(np.full(3, -1, np.int32), []).tolist() == [-1] * 3
    assert only(np.zeros(0, np.int32), []).tolist() == []


def test_a_small_topic_goes_on_where_its_texts_are_noise() -> None:
    topic_ids = np.array([7, 7, 7, 8, 8, 8, 0, 5])
    labels = np.array([-1, -1, 0, 0, 0, -1, -1, -1], np.int32)
    assert with_small(labels, topic_ids, [7, 8]).tolist() == [1, 1, 0, 0, 0, -1, -1, -1]
    assert with_small(labels, topic_ids, [9]) is labels
    assert with_small(labels, topic_ids, []) is labels
    noise = np.full(8, -1, np.int32)
    assert with_small(noise, topic_ids, [7, 8]).tolist() == [0, 0, 0, 1, 1, 1, -1, -1]
