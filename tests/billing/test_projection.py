"""Where usage is heading, as numbers and as the usage page says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organization
from billing import chart, refusals, selectors, services
from billing.projection import project

NOW = datetime(2026, 4, 13, 12, tzinfo=UTC)
ENDS = datetime(2026, 5, 3, tzinfo=UTC)
BEGAN = datetime(2026, 4, 3, 15, tzinfo=UTC)


def said(organization: Organization, now: datetime = NOW) -> str:
    """The text of the usage page's content, in single spaces."""
    report = selectors.usage(organization, now)
    bars = chart.bars([(day.day, day.accepted, day.refused) for day in report.days])
    context = {"report": report, "organization": organization, "bars": bars}
    html = render_to_string("billing/usage.html", {**context, "busiest": report.days[0]})
    return " ".join(html.replace("<strong>", "").replace("</strong>", "").split())


def use(organization: Organization, a_day: int, now: datetime = NOW) -> None:
    """The same number of events on each day since the period began, and half of it today."""
    days = (now.date() - BEGAN.date()).days
    by_day = {now.date() - timedelta(days=n): a_day for n in range(1, days + 1)}
    services.record_accepted(organization.pk, {**by_day, now.date(): a_day // 2})


def test_the_pace_of_the_last_days_is_drawn_out() -> None:
    future = project(500, 70, NOW - timedelta(days=7), NOW, NOW + timedelta(days=10), 1000)
    assert (future.events, future.limit_at) == (600, None)


def test_it_says_when_the_limit_is_reached() -> None:
    future = project(500, 70, NOW - timedelta(days=7), NOW, NOW + timedelta(days=10), 550)
    assert future.limit_at == NOW + timedelta(days=5)


def test_a_first_hour_counts_as_a_day() -> None:
    future = project(10, 10, NOW - timedelta(hours=1), NOW, NOW + timedelta(days=2), None)
    assert future.events == 30


@given(
    st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 60 * 86400), st.integers(1, 10**9)
)
def test_a_projection_never_falls_below_what_was_used_nor_before_now(
    before: int, recent: int, seconds: int, limit: int
) -> None:
    used = before + recent
    ends = NOW + timedelta(seconds=seconds)
    future = project(used, recent, NOW - timedelta(days=7), NOW, ends, limit)
    assert future.events >= used
    if future.limit_at:
        assert NOW <= future.limit_at <= ends + timedelta(seconds=1)
        assert used < limit


def test_the_page_says_where_usage_will_be(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=BEGAN)
    use(organization, 27_333)
    assert "At this pace: about 820,000 of 1,000,000 by 3 May 2026" in said(organization)


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
    table = html.split("Refused events</caption>")[1].split("</table>")[0]
    assert table.index("11 Apr 2026") < table.index("8 Apr 2026")
    assert '<td class="num">1,200</td>' in table


def test_refusals_of_a_long_trial_are_all_counted(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=NOW - timedelta(days=90))
    for days in (80, 1):
        refusals.add({(organization.pk, NOW.date() - timedelta(days=days)): 5})
    services.record_refused()
    report = selectors.usage(organization, NOW)
    assert (report.refused, len(report.refused_days)) == (10, 1)
