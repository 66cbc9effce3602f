"""The pure parts of a map: the sample, the layout, the grid and the colours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.centroids import unit_rows
from clustering.mapping.colours import COLOURS, colours
from clustering.mapping.grid import SIDE, on_grid
from clustering.mapping.layout import MANY, lay_out
from clustering.mapping.sample import OF_EACH_TOPIC, sample

Vectors = NDArray[np.float32]


def subjects(count: int, size: int, seed: int = 0) -> Vectors:
    """`size` unit vectors around each of `count` directions, subject by subject."""
    random = np.random.default_rng(seed)
    centres = unit_rows(random.normal(size=(count, 32)).astype(np.float32))
    noise = random.normal(scale=0.1, size=(count * size, 32)).astype(np.float32)
    return unit_rows(np.repeat(centres, size, axis=0) + noise)


def drawn(vectors: Vectors, previous: Vectors | None = None) -> Vectors:
    nowhere = np.full((len(vectors), 2), np.nan, np.float32)
    return lay_out(vectors, nowhere if previous is None else previous, lambda share: None)


def extent(positions: Vectors) -> float:
    return float(np.ptp(positions, axis=0).max())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 9, 40])
def test_any_number_of_texts_can_be_drawn(count: int) -> None:
    positions = drawn(subjects(1, count))
    assert positions.shape == (count, 2)
    assert np.isfinite(positions).all()


def test_texts_that_say_the_very_same_can_be_drawn() -> None:
    assert np.isfinite(drawn(np.repeat(subjects(1, 1), 50, axis=0))).all()


@pytest.mark.parametrize("size", [20, MANY // 8])
def test_texts_of_one_subject_lie_together(size: int) -> None:
    """With repulsion summed up over a tree, and interpolated."""
    positions = drawn(subjects(8, size)).reshape(8, size, 2)
    centres = positions.mean(axis=1)
    within = np.linalg.norm(positions - centres[:, None], axis=2).mean()
    apart = np.linalg.norm(centres[:, None] - centres, axis=2)[~np.eye(8, dtype=bool)].min()
    assert apart > 2 * within


def test_the_same_texts_make_the_same_map() -> None:
    vectors = subjects(4, 30)
    assert np.array_equal(drawn(vectors), drawn(vectors))


def test_a_map_stays_put_when_a_tenth_more_texts_come() -> None:
    vectors = subjects(10, 44)
    old = np.arange(len(vectors)) % 11 > 0
    before = drawn(vectors[old])
    previous = np.full((len(vectors), 2), np.nan, np.float32)
    previous[old] = before
    after = drawn(vectors, previous)
    moved = np.linalg.norm(after[old] - before, axis=1)
    assert np.median(moved) < 0.03 * extent(before)
    new = after[~old].reshape(10, 4, 2)
    fellows = after[old].reshape(10, 40, 2).mean(axis=1)
    assert np.median(np.linalg.norm(new - fellows[:, None], axis=2)) < 0.1 * extent(after)


def test_a_subject_of_which_no_text_was_there_finds_its_own_place() -> None:
    vectors = subjects(5, 40)
    previous = np.full((len(vectors), 2), np.nan, np.float32)
    previous[:160] = drawn(vectors[:160])
    after = drawn(vectors, previous).reshape(5, 40, 2)
    assert np.isfinite(after).all()
    spread = np.linalg.norm(after[4] - after[4].mean(axis=0), axis=1).mean()
    others = np.linalg.norm(after[:4].mean(axis=1) - after[4].mean(axis=0), axis=1)
    assert spread < others.min()


def test_progress_ends_at_all_and_never_falls() -> None:
    told: list[float] = []
    lay_out(subjects(2, 20), np.full((40, 2), np.nan, np.float32), told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_sample_holds_every_topic() -> None:
    topic_ids = np.concatenate([np.zeros(5_000), np.repeat(np.arange(1, 51), 3)]).astype(np.int64)
    ids = np.arange(1, len(topic_ids) + 1)
    places = sample(ids, topic_ids, 1_000)
    assert len(places) == 1_000
    assert np.array_equal(places, np.unique(places))
    assert np.count_nonzero(topic_ids[places]) == 150
    assert len(sample(ids, topic_ids, 10_000)) == len(ids)


def test_topics_too_many_to_be_held_leave_room_for_the_others() -> None:
    topic_ids = np.arange(5_000, dtype=np.int64) // 2
    assert len(sample(np.arange(5_000), topic_ids, 100)) == 100


def test_a_sample_hardly_changes_when_texts_come() -> None:
    ids = np.arange(1, 10_001)
    topic_ids = ids % 7
    before = set(sample(ids[:9_000], topic_ids[:9_000], 2_000).tolist())
    after = set(sample(ids, topic_ids, 2_000).tolist())
    assert len(before & after) > 1_700
    assert OF_EACH_TOPIC < 2_000 / 7


def test_a_grid_keeps_the_proportions() -> None:
    places = on_grid(np.array([[-2, 0], [2, 0], [0, 1]], dtype=np.float32))
    assert places[:, 0].tolist() == [0, SIDE, round(SIDE / 2)]
    assert places[2, 1] - places[0, 1] == pytest.approx(SIDE / 4, abs=1)
    assert on_grid(np.empty((0, 2), np.float32)).shape == (0, 2)
    assert on_grid(np.ones((1, 2), np.float32)).tolist() == [[SIDE // 2 + 1] * 2]


def test_the_largest_groups_have_colours_of_their_own_and_keep_them() -> None:
    given = colours([3, 11, 4, 5, 6, 7, 8, 9, 100, 101])
    assert sorted(list(given.values())[:COLOURS]) == list(range(1, COLOURS + 1))
    assert given[100] == given[101] == 0
    assert colours([11, 4, 3])[4] == colours([4, 3, 11])[4]
    assert colours([]) == {}
