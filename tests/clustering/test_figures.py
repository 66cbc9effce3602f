"""What numbers come to, against naively found values."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.reports.figures import numbers_by_topic

ODD = (math.nan, math.inf, -math.inf, 0.0)


@given(st.lists(st.tuples(st.integers(-1, 3), st.floats(-1e9, 1e9) | st.sampled_from(ODD))))
def test_numbers_equal_those_of_each_topic_alone_and_of_all(rows: list[tuple[int, float]]) -> None:
    topic = np.array([code for code, _ in rows], dtype=np.int64)
    found = numbers_by_topic(topic, np.array([value for _, value in rows], dtype=np.float64), 3)
    for code, wanted in enumerate([{0}, {1}, {2}, {0, 1, 2}]):
        own = [value for other, value in rows if other in wanted and not math.isnan(value)]
        values = [value for value in own if math.isfinite(value)]
        assert (found.count[code], found.unreadable[code]) == (
            len(values),
            len(own) - len(values),
        )
        assert found.histogram[code].sum() == len(values)
        told = [found.sum[code], found.mean[code], found.median[code], found.p95[code]]
        if values:
            expected = [sum(values), np.mean(values), np.median(values), np.quantile(values, 0.95)]
            assert told == pytest.approx(expected, rel=1e-9, abs=1e-3)
        else:
            assert all(np.isnan(told))


def test_a_few_numbers_far_off_leave_the_others_apart() -> None:
    values = np.append(np.arange(1000.0), 1e12)
    found = numbers_by_topic(np.zeros(1001, dtype=np.int64), values, 1)
    assert found.histogram.max() < 100
    assert (found.edges[0], found.edges[-1]) == (0.0, 1e12)
    assert (np.diff(found.edges) > 0).all()


def test_the_largest_floats_have_a_mean_and_a_median() -> None:
    largest = np.finfo(np.float64).max
    values = np.array([largest, largest, -largest, -largest, largest, largest])
    found = numbers_by_topic(np.zeros(6, dtype=np.int64), values, 1)
    assert (found.median[0], found.p95[0]) == (largest, largest)
    assert found.mean[0] == pytest.approx(largest / 3)
    assert found.histogram[0].sum() == 6


def test_a_histogram_counts_from_one_edge_to_below_the_next() -> None:
    values = np.array([1.0, 1.5, 2.25, 4.75, 5.0])
    found = numbers_by_topic(np.zeros(5, dtype=np.int64), values, 1, bins=4)
    assert found.edges.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert found.histogram.tolist() == [[2, 1, 0, 2]] * 2


@pytest.mark.parametrize(
    ("values", "edges", "histogram"),
    [
        ([1, 2, 2, 5], [1, 2, 3, 4, 5, 5], [1, 2, 0, 0, 1]),
        ([0] * 500 + [1, 1, 3], [0, 1, 2, 3, 3], [500, 2, 0, 1]),
        ([7, 7], [7, 7], [2]),
        ([-2, 0], [-2, -1, 0, 0], [1, 0, 1]),
        (range(40), [*range(0, 40, 2), 39], [2] * 20),
    ],
)
def test_whole_numbers_are_not_cut_apart(
    values: list[int], edges: list[int], histogram: list[int]
) -> None:
    topic = np.zeros(len(values), dtype=np.int64)
    found = numbers_by_topic(topic, np.array(values, dtype=np.float64), 1)
    assert found.edges.tolist() == edges
    assert found.histogram.tolist() == [histogram] * 2


@given(
    st.lists(st.integers(-(2**60), 2**60) | st.integers(-9, 9), min_size=1),
    st.integers(2, 30),
)
def test_every_number_is_in_a_bin(numbers: list[int], bins: int) -> None:
    values = np.array(numbers, dtype=np.float64)
    found = numbers_by_topic(np.zeros(len(values), dtype=np.int64), values, 1, bins)
    histogram, edges = found.histogram[0].tolist(), found.edges.tolist()
    assert len(histogram) == len(edges) - 1 <= bins
    assert edges == sorted(edges)
    for place, (low, high) in enumerate(pairwise(edges)):
        is_last = place == len(histogram) - 1
        inside = (values >= low) & ((values <= high) if is_last else (values < high))
        assert histogram[place] == inside.sum()
