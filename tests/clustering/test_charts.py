"""What charts show."""

from __future__ import annotations

from datetime import date, timedelta

from clustering.reports.charts import SPARK_HEIGHT, Bar, bar_chart, histogram, spark_points

DAYS = [date(2026, 3, 1) + timedelta(days=place) for place in range(4)]


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


def test_a_bar_stands_beside_as_long_before() -> None:
    chart = bar_chart(DAYS, [0, 5, 10, 1], [1, 2, 3, 40])
    assert chart.bars[1] == Bar(DAYS[1], 5, 2)
    assert chart.peak == Bar(DAYS[2], 10, 3)


def test_the_series_of_a_histogram_are_comparable_whatever_their_sizes() -> None:
    bins = histogram([0, 1, 2, 3], [[1, 2, 1], [100, 200, 100]])
    assert [(each.low, each.high) for each in bins] == [(0, 1), (1, 2), (2, 3)]
    assert [[column.share for column in each.columns] for each in bins] == [
        [0.25, 0.25],
        [0.5, 0.5],
        [0.25, 0.25],
    ]
    assert [column.count for column in bins[1].columns] == [2, 200]


def test_a_bin_of_whole_numbers_ends_at_the_last_of_them() -> None:
    ratings = histogram([1, 2, 3, 3], [[5, 2, 4]], whole=True)
    assert [(each.low, each.high) for each in ratings] == [(1, 1), (2, 2), (3, 3)]
    milliseconds = histogram([0, 250, 500, 900], [[1, 2, 1]], whole=True)
    assert [(each.low, each.high) for each in milliseconds] == [(0, 249), (250, 499), (500, 900)]
    assert all(each.is_closed for each in milliseconds)


def test_a_bin_without_a_width_is_drawn_where_something_is_in_it() -> None:
    bins = histogram([1, 5, 5, 5], [[2, 0, 3]])
    assert [(each.low, each.high) for each in bins] == [(1, 5), (5, 5)]
    assert histogram([5, 5], [[0]]) == []
