"""Coordinates of charts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clustering.charts import HEIGHT, SPARK_HEIGHT, WIDTH, bar_chart, spark_points

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
