"""Where usage is heading, as numbers and as the usage page says it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organization
from billing import refusals, selectors, services
from billing.chart import Point, used_by_day
from billing.projection import pace, project

NOW = datetime(2026, 4, 13, 12, tzinfo=UTC)
ENDS = datetime(2026, 5, 3, tzinfo=UTC)
BEGAN = datetime(2026, 4, 3, 15, tzinfo=UTC)


def said(organization: Organization, now: datetime = NOW) -> str:
    """The text of the usage page's content, in single spaces."""
    report = selectors.usage(organization, now)
    context = {"report": report, "organization": organization, "busiest": report.days[0]}
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    html = render_to_string(
        "billing/usage.html", {**context, "points": used_by_day(report)}, request
    )
    return " ".join(html.replace("<strong>", "").replace("</strong>", "").split())


def use(organization: Organization, a_day: int, now: datetime = NOW) -> None:
    """The same number of events on each day since the period began, and half of it today."""
    days = (now.date() - BEGAN.date()).days
    by_day = {now.date() - timedelta(days=n): a_day for n in range(1, days + 1)}
    services.record_accepted(organization.pk, {**by_day, now.date(): a_day // 2})


def test_a_pace_is_drawn_out() -> None:
    future = project(500, 10, NOW, NOW + timedelta(days=10), 1000)
    assert (future.events, future.limit_at) == (600, None)


def test_it_says_when_the_limit_is_reached() -> None:
    future = project(500, 10, NOW, NOW + timedelta(days=10), 550)
    assert future.limit_at == NOW + timedelta(days=5)


@pytest.mark.parametrize(
    ("whole_days", "a_day"),
    [
        ([], None),
        ([100, 100], None),
        ([100, 100, 100], 100),
        ([0, 0, 0], 0),
        ([200_000, 90, 110], 100),  # a first import
        ([90, 200_000, 100, 110], 100),
        ([9_000, 9_000, 70, 70, 70, 70, 70, 70, 140], 70),  # of the last week alone
    ],
)
def test_the_pace_is_that_of_usual_days(whole_days: list[int], a_day: float | None) -> None:
    assert pace(whole_days) == a_day


@given(
    st.integers(0, 10**9),
    st.floats(0, 10**6),
    st.integers(0, 60 * 86400),
    st.integers(1, 10**9),
)
def test_a_projection_never_falls_below_what_was_used_nor_before_now(
    used: int, a_day: float, seconds: int, limit: int
) -> None:
    ends = NOW + timedelta(seconds=seconds)
    future = project(used, a_day, NOW, ends, limit)
    assert future.events >= used
    if future.limit_at:
        assert NOW <= future.limit_at <= ends + timedelta(seconds=1)
        assert used < limit


def test_nobody_is_told_where_a_first_import_leads(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=NOW - timedelta(hours=1))
    services.record_accepted(organization.pk, {NOW.date(): 100_000})
    assert "At this pace" not in said(organization)
    assert "expected at this pace" not in said(organization)
    for days in (1, 2, 3):
        day = NOW + timedelta(days=days)
        assert "At this pace" not in said(organization, day)
        services.record_accepted(organization.pk, {day.date(): 2_000})
    assert "At this pace: about 130,000 of 250,000" in said(organization, NOW + timedelta(days=4))


def test_a_new_period_goes_on_at_the_pace_of_the_one_before(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN - timedelta(days=20))
    lately = [BEGAN.date() + timedelta(days=n) for n in range(-7, 12)]
    services.record_accepted(organization.pk, dict.fromkeys(lately, 10_000))
    first = BEGAN.replace(day=14)
    assert selectors.usage(organization, first).period.first == first.date()
    assert "At this pace: about 300,000 of 1,000,000" in said(organization, first)


def test_the_page_says_where_usage_will_be(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN)
    use(organization, 27_333)
    html = said(organization)
    assert "At this pace: about 820,000 of 1,000,000 by 3 May 2026" in html
    assert "Expected, about" in html


def test_the_page_says_when_the_limit_is_reached(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN)
    use(organization, 55_000)
    html = said(organization)
    assert "events are used up on 21 Apr 2026, before the period ends on 3 May 2026" in html


def test_a_trial_is_projected_to_its_end(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=BEGAN)
    use(organization, 1000)
    assert "about 15,000 of 250,000 by 17 Apr 2026" in said(organization)


def test_without_a_limit_there_is_a_projection_of_events(organization: Organization) -> None:
    services.subscribe(organization, "unlimited", started_at=BEGAN)
    use(organization, 1000)
    assert "At this pace: about 30,000 by 3 May 2026" in said(organization)


@pytest.mark.parametrize("used", [0, 1_000_000])
def test_nothing_used_and_all_used_have_no_future(organization: Organization, used: int) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN)
    services.record_accepted(organization.pk, {NOW.date(): used})
    assert "At this pace" not in said(organization)


def test_the_page_says_how_many_were_refused_and_when(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN)
    first, last = NOW.date() - timedelta(days=5), NOW.date() - timedelta(days=2)
    refusals.add({(organization.pk, first): 1_200, (organization.pk, last): 34})
    services.record_refused()
    html = said(organization)
    assert '<span class="stat-value">1,234</span>' in html
    assert "on 2 days, last on 11 Apr 2026" in html
    day = html.split('<time datetime="2026-04-08">')[1].split("</tr>")[0]
    assert 'data-value="1200">1,200</td>' in day


def test_refusals_of_a_long_trial_are_all_counted(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=NOW - timedelta(days=90))
    for days in (80, 1):
        refusals.add({(organization.pk, NOW.date() - timedelta(days=days)): 5})
    services.record_refused()
    report = selectors.usage(organization, NOW)
    assert (report.refused, len(report.refused_days)) == (10, 1)


def test_usage_adds_up_to_now_and_goes_on_at_its_pace(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN)
    use(organization, 1000)
    report = selectors.usage(organization, NOW)
    points = used_by_day(report)
    today = NOW.date()
    assert points[0] == Point(BEGAN.date(), 1000, None)
    assert points[10] == Point(today, report.used, report.used) == Point(today, 10_500, 10_500)
    assert [point.used for point in points[11:]] == [None] * 19
    assert points[11] == Point(today + timedelta(days=1), None, 12_000)  # a day and a half on
    assert points[-1] == Point(ENDS.date() - timedelta(days=1), None, 30_000)
    assert report.projection
    assert report.projection.events == 30_000


def test_a_trial_that_ends_at_noon_is_expected_until_then(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=BEGAN)
    use(organization, 1000)
    last = used_by_day(selectors.usage(organization, NOW))[-1]
    assert last == Point(date(2026, 4, 17), None, 15_000)


def test_days_that_are_not_shown_are_in_the_total(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=NOW - timedelta(days=90))
    services.record_accepted(organization.pk, {NOW.date() - timedelta(days=80): 7, NOW.date(): 2})
    points = used_by_day(selectors.usage(organization, NOW))
    assert (len(points), points[0].used, points[-1]) == (62, 7, Point(NOW.date(), 9, None))
