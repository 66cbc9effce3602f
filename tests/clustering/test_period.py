"""Periods, and the stretch before them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from clustering.reports.period import period

NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_week_has_seven_days_of_which_the_last_is_today() -> None:
    week = period("7", NOW, LONG_AGO)
    assert week.bars == 7
    assert week.days_of_bars()[0] == date(2026, 3, 4)
    assert week.days_of_bars()[-1] == date(2026, 3, 10)
    assert week.unit == "per day"


def test_the_stretch_before_is_as_long_as_what_has_passed() -> None:
    week = period("7", NOW, LONG_AGO)
    assert week.compare_start is not None
    assert week.compare_end - week.compare_start == week.end - week.start
    assert week.compare_end <= week.start


def test_nothing_is_compared_with_a_time_without_data() -> None:
    assert period("7", NOW, NOW - timedelta(days=10)).compare_start is None
    assert period("7", NOW, None).compare_start is None
    assert period("7", NOW, NOW - timedelta(days=14)).compare_start is not None


def test_the_longest_period_is_named_that_has_a_time_before_it() -> None:
    for days, comparable in ((0, ""), (12, ""), (13, "7"), (58, "7"), (59, "30"), (200, "90")):
        assert period("all", NOW, NOW - timedelta(days=days, hours=16)).comparable == comparable
    assert period("90", NOW, None).comparable == ""


def test_all_time_has_at_most_sixty_bars() -> None:
    for days in (0, 1, 59, 60, 61, 1_000, 5_000):
        everything = period("all", NOW, NOW - timedelta(days=days))
        assert everything.bars <= 60
        assert everything.start <= NOW - timedelta(days=days)
        assert everything.start + everything.bars * everything.bar > NOW
    assert period("all", NOW, NOW - timedelta(days=1_000)).unit == "per 17 days"


def test_an_unknown_code_is_the_default() -> None:
    assert period("fortnight", NOW, None).code == "30"


def test_data_from_the_future_begin_now() -> None:
    assert period("all", NOW, NOW + timedelta(minutes=50)).bars == 1
