"""Whether a topic grows: counts that chance explains say nothing."""

from __future__ import annotations

from math import comb

import pytest

from clustering.reports.movement import Movement, movement, probability


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (0, 0, Movement.NONE),
        (1, 0, Movement.NONE),
        (7, 0, Movement.NONE),
        (8, 0, Movement.NEW),
        (0, 8, Movement.SHRINKING),
        (2, 1, Movement.NONE),
        (30, 15, Movement.NONE),
        (40, 15, Movement.GROWING),
        (15, 40, Movement.SHRINKING),
        (100, 100, Movement.NONE),
        (11_000, 10_000, Movement.NONE),  # no chance, but a tenth
        (13_000, 10_000, Movement.GROWING),
    ],
)
def test_what_is_said_of_two_counts(now: int, before: int, said: Movement) -> None:
    assert movement(now, before) == said


@pytest.mark.parametrize("now", range(0, 140, 7))
def test_the_probability_is_that_of_the_binomial_distribution(now: int) -> None:
    total = 140
    tail = sum(comb(total, count) for count in range(min(now, total - now) + 1))
    assert probability(now, total - now) == pytest.approx(min(1, 2 * tail / 2**total), abs=0.003)


def test_it_does_not_matter_which_way_round() -> None:
    assert all(probability(a, b) == probability(b, a) for a in range(60) for b in range(60))


def test_it_falls_from_the_exact_sum_to_the_normal_curve_without_a_step() -> None:
    assert probability(65, 35) == pytest.approx(probability(66, 35), rel=0.4)
