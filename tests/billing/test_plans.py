"""Limits and periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.plans import PLANS, Period, Terms

DATES = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


def terms(plan: str, started_at: datetime, **more: object) -> Terms:
    return Terms(1, PLANS[plan], started_at, **more)  # type: ignore[arg-type]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "events"),
    [("trial", 250_000), ("pro", 1_000_000), ("business", 10_000_000), ("unlimited", None)],
)
def test_a_plan_sets_the_limit(plan: str, events: int | None) -> None:
    assert terms(plan, at(date(2026, 1, 1))).limit == events


def test_staff_may_set_another_limit() -> None:
    assert terms("enterprise", at(date(2026, 1, 1)), event_limit=50).limit == 50
    assert terms("pro", at(date(2026, 1, 1)), event_limit=0).limit == 0


@pytest.mark.parametrize(
    ("today", "first", "end"),
    [
        (date(2026, 1, 31), date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 2, 27), date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 31)),
        (date(2026, 3, 30), date(2026, 2, 28), date(2026, 3, 31)),
        (date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 31)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2028, 3, 31)),
    ],
)
def test_months_are_counted_from_the_day_the_plan_began(
    today: date, first: date, end: date
) -> None:
    assert terms("pro", at(date(2026, 1, 31))).period(at(today)) == Period(first, end)


@given(DATES, DATES)
def test_periods_of_a_plan_tile_the_calendar(started: date, today: date) -> None:
    agreed = terms("pro", at(started))
    period = agreed.period(at(today))
    assert period.end is not None
    assert period.first <= today < period.end
    assert agreed.period(at(period.end)).first == period.end
    assert agreed.period(at(period.end - timedelta(days=1))) == period


def test_days_are_those_of_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    period = terms("pro", datetime(2026, 5, 2, 3, tzinfo=tokyo)).period(at(date(2026, 5, 10)))
    assert period.first == date(2026, 5, 1)


def test_a_trial_counts_in_total_and_ends_after_14_days() -> None:
    began = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)
    trial = terms("trial", began)
    assert trial.period(began + timedelta(days=400)) == Period(date(2026, 1, 1), None)
    assert not trial.has_expired(began + timedelta(days=14, seconds=-1))
    assert trial.has_expired(began + timedelta(days=14))


def test_staff_may_move_the_end_of_a_trial() -> None:
    began = at(date(2026, 1, 1))
    later = began + timedelta(days=60)
    trial = terms("trial", began, trial_ends_at=later)
    assert not trial.has_expired(began + timedelta(days=59))
    assert trial.has_expired(later)


def test_no_other_plan_expires() -> None:
    began = at(date(2026, 1, 1))
    agreed = terms("pro", began, trial_ends_at=began + timedelta(days=14))
    assert not agreed.has_expired(began + timedelta(days=5_000))
