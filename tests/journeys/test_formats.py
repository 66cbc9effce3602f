"""Numbers as people read them."""

from datetime import timedelta

import pytest

from journeys.statistics import Share
from journeys.templatetags.journeys import (
    base,
    interval,
    points,
    points_between,
    rate,
    span,
    steps,
    times,
)


@pytest.mark.parametrize(
    ("count", "of", "shown"),
    [
        (0, 10, "0 %"),
        (1, 5000, "< 0.1 %"),
        (1, 30, "3.3 %"),
        (1, 10, "10 %"),
        (994, 10000, "9.9 %"),
        (996, 10000, "10 %"),
        (412, 2098, "20 %"),
        (999, 1000, "> 99 %"),
        (10, 10, "100 %"),
        (0, 0, "–"),
    ],
)
def test_a_rate_is_never_rounded_to_nothing_or_everything(count: int, of: int, shown: str) -> None:
    assert rate(Share(count, of)) == shown


def test_a_base_is_told_in_full() -> None:
    assert base(Share(412, 2098)) == "412 of 2,098"


def test_an_interval_has_the_digits_of_its_ends() -> None:
    assert interval(Share(412, 2098)) == "18–21 %"
    assert interval(Share(1, 29)) == "0.6–17 %"
    assert interval(Share(0, 0)) == "–"


@pytest.mark.parametrize(
    ("lift", "shown"),
    [(None, "–"), (0.0, "× 0"), (0.04, "< × 0.1"), (0.5, "× 0.5"), (1.84, "× 1.8"), (12.3, "× 12")],
)
def test_a_lift_is_a_factor(lift: float | None, shown: str) -> None:
    assert times(lift) == shown


@pytest.mark.parametrize(
    ("difference", "shown"),
    [(0.042, "+4.2"), (-0.2, "−20.0"), (0.0, "0.0"), (0.0004, "0.0"), (-0.0004, "0.0")],
)
def test_what_is_rounded_to_nothing_has_no_sign(difference: float, shown: str) -> None:
    assert points(difference) == shown
    assert points_between((difference, 0.063)) == f"{shown} to +6.3"


def test_a_median_of_whole_numbers_has_at_most_a_half() -> None:
    assert (steps(3.0), steps(3.5)) == ("3", "3.5")


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=12, seconds=20), "12 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_a_span_has_one_unit(duration: timedelta, shown: str) -> None:
    assert span(duration) == shown
