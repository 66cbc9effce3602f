"""Coordinates of charts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clustering.charts import (
    BIN_HEIGHT,
    BIN_WIDTH,
    HEIGHT,
    SPARK_HEIGHT,
    WIDTH,
    bar_chart,
    histogram,
    spark_points,
)

DAYS = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=place) for place in range(4)]


def points(values: list[int]) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in spark_points(values).split()]  # type: ignore[misc]


def test_a_sparkline_spans_its_box() -> None:
    line = points([0, 5, 10])
    assert [x for x, _ in line] == [0, 48, 96]
    assert [y for _, y in line] == [SPARK_HEIGHT - 1, SPARK_HEIGHT / 2, 1]


def test_a_sparkline_of_nothing_is_flat() -> None:
    assert {y for _, y in points([0, 0, 0])} == {SPARK_HEIGHT - 1}
    assert spark_points([]) == ""
    assert len(points([7])) == 1


def test_bars_stand_on_the_baseline_and_the_largest_fills_the_height() -> None:
    chart = bar_chart(DAYS, [0, 5, 10, 1])
    assert all(bar.y + bar.height == HEIGHT for bar in chart.bars)
    assert chart.bars[2].height == HEIGHT
    assert chart.peak.day == DAYS[2]
    assert chart.bars[-1].x + chart.bars[-1].width < WIDTH


def test_bars_of_nothing_have_no_height() -> None:
    assert {bar.height for bar in bar_chart(DAYS, [0] * 4).bars} == {0}


def test_the_series_of_a_histogram_are_comparable_whatever_their_sizes() -> None:
    chart = histogram([0, 1, 2, 3], [[1, 2, 1], [100, 200, 100]])
    assert [each.low for each in chart.bins] == [0, 1, 2]
    for each in chart.bins:
        few, many = each.columns
        assert few.height == many.height
        assert few.x < many.x < many.x + many.width < BIN_WIDTH
    assert chart.bins[1].columns[0].height == BIN_HEIGHT
    assert chart.bins[1].columns[0].share == 0.5


def test_a_bin_without_a_width_is_drawn_where_something_is_in_it() -> None:
    chart = histogram([1, 5, 5, 5], [[2, 0, 3]])
    assert [(each.low, each.high) for each in chart.bins] == [(1, 5), (5, 5)]
    assert histogram([5, 5], [[0]]).bins == []
