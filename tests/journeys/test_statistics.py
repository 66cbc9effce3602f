"""Intervals and lift against published and hand-computed values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.statistics import MINIMUM_SUPPORT, Share, lift, wilson_interval


@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998), table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_intervals_are_those_published(
    count: int, base: int, low: float, high: float
) -> None:
    assert wilson_interval(count, base) == pytest.approx((low, high), abs=5e-5)


def test_anything_is_possible_of_an_empty_base() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert Share(0, 0).rate == 0.0


@given(st.integers(1, 10**9).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))))
def test_an_interval_holds_its_share(share: tuple[int, int]) -> None:
    low, high = wilson_interval(*share)
    assert 0.0 <= low <= share[0] / share[1] <= high <= 1.0


def test_lift_is_a_ratio_of_rates_or_undefined() -> None:
    assert lift(30, 100, 0.1) == pytest.approx(3.0)
    assert lift(0, 100, 0.1) == 0.0
    assert lift(0, 0, 0.1) is None
    assert lift(5, 100, 0.0) is None
    assert lift(5, 100, float("nan")) is None


def test_fewer_sessions_than_the_support_are_too_small_to_read() -> None:
    assert Share(MINIMUM_SUPPORT - 1, 1000).is_small
    assert not Share(MINIMUM_SUPPORT, 1000).is_small
