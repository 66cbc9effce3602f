"""Differences of shares against published values and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from journeys.differences import (
    difference_interval,
    false_discovery_rates,
    fisher_p_values,
    ratio_interval,
)
from journeys.statistics import Share

shares = st.integers(1, 300).flatmap(
    lambda base: st.builds(Share, st.integers(0, base), st.just(base))
)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17:873 (1998), table II, method 10
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
        (Share(0, 10), Share(0, 20), -0.1611, 0.2775),
        (Share(10, 10), Share(0, 10), 0.6075, 1.0000),
    ],
)
def test_intervals_of_a_difference_are_those_published(
    first: Share, second: Share, low: float, high: float
) -> None:
    assert difference_interval(first, second) == pytest.approx((low, high), abs=5e-5)


@given(shares, shares)
def test_an_interval_holds_its_difference_and_turns_with_its_sides(
    first: Share, second: Share
) -> None:
    low, high = difference_interval(first, second)
    assert -1 <= low <= first.rate - second.rate <= high <= 1
    assert difference_interval(second, first) == pytest.approx((-high, -low))


@given(shares, shares)
def test_the_interval_of_a_ratio_is_katz_s(first: Share, second: Share) -> None:
    low, high = ratio_interval(first, second)
    assert 0 <= low <= high
    if first.count and second.count:
        told = stats.contingency.relative_risk(
            first.count, first.base, second.count, second.base
        ).confidence_interval(0.95)
        assert (low, high) == pytest.approx((told.low, told.high), rel=1e-5)
    else:
        assert (low == 0) == (first.count == 0)
        assert (high == np.inf) == (second.count == 0)


def fisher_p_value(first: Share, second: Share) -> float:
    counts, bases = (
        np.array([[first.count], [second.count]]),
        np.array([[first.base], [second.base]]),
    )
    (found,) = fisher_p_values(counts, bases).tolist()
    return float(found)


@given(shares, shares)
def test_p_values_are_those_of_fisher_s_test(first: Share, second: Share) -> None:
    table = [[share.count, share.base - share.count] for share in (first, second)]
    expected = stats.fisher_exact(table).pvalue
    assert fisher_p_value(first, second) == pytest.approx(expected, rel=1e-5, abs=1e-300)


def test_p_values_of_many_sessions_are_exact_too() -> None:
    first, second = Share(50_900, 100_000), Share(500_000, 1_000_000)
    table = [[share.count, share.base - share.count] for share in (first, second)]
    expected = stats.fisher_exact(table).pvalue
    assert fisher_p_value(first, second) == pytest.approx(expected, rel=1e-4)
    assert fisher_p_value(Share(900_000, 10**6), Share(100_000, 10**6)) == 0.0


def test_many_tests_at_once_are_those_one_by_one() -> None:
    random = np.random.default_rng(3)
    bases = random.integers(0, 50_000, (2, 400))
    counts = random.integers(0, bases + 1) // random.integers(1, 1_000, 400)
    effects = random.choice([1.0, 1.5, 7.0], 400)
    found = fisher_p_values(counts, bases, effects).tolist()
    for place, p_value in enumerate(found):
        alone = [np.rint(each[:, place] / effects[place]) for each in (counts, bases)]
        shares = (Share(int(count), int(base)) for count, base in zip(*alone, strict=True))
        assert p_value == pytest.approx(fisher_p_value(*shares), rel=1e-9)


def test_nothing_can_be_told_from_an_empty_side() -> None:
    assert fisher_p_value(Share(0, 0), Share(5, 10)) == 1.0
    assert fisher_p_value(Share(0, 5), Share(0, 10)) == 1.0


@given(st.lists(st.floats(0, 1), max_size=30))
def test_false_discovery_rates_are_those_of_benjamini_and_hochberg(p_values: list[float]) -> None:
    found = false_discovery_rates(np.array(p_values, dtype=np.float64))
    expected = stats.false_discovery_control(p_values, method="bh") if p_values else []
    assert found.tolist() == pytest.approx(list(expected))
