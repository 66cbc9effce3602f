"""What an organization used, by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, Project
from accounts.services import NewTenant
from billing import refusals, selectors, services
from billing.models import Subscription, Usage
from ingestion.services import claim
from tests.billing.conftest import NOW, Accept

TODAY = NOW.date()


@pytest.fixture
def pro(organization: Organization) -> Subscription:
    return services.subscribe(organization, "pro", started_at=NOW - timedelta(days=40))


def test_without_a_subscription_the_default_plan_holds_from_the_first_day(
    organization: Organization,
) -> None:
    terms = selectors.terms_of(organization)
    assert (terms.plan.code, terms.started_at) == ("trial", organization.created_at)


def test_a_subscription_says_plan_start_and_limit(organization: Organization) -> None:
    services.subscribe(organization, "enterprise", event_limit=7, started_at=NOW)
    terms = selectors.terms_of(organization)
    assert (terms.plan.code, terms.limit, terms.started_at) == ("enterprise", 7, NOW)


def test_a_new_plan_replaces_the_old_one(organization: Organization) -> None:
    services.subscribe(organization, "enterprise", event_limit=7, started_at=NOW)
    services.subscribe(organization, "pro")
    assert selectors.terms_of(organization).limit == 1_000_000


def test_accepted_events_are_added_up(organization: Organization) -> None:
    services.record_accepted(organization.pk, {TODAY: 3})
    services.record_accepted(organization.pk, {TODAY: 4, TODAY - timedelta(days=1): 1})
    days = Usage.objects.filter(organization=organization).order_by("day")
    assert list(days.values_list("accepted", flat=True)) == [1, 7]


@pytest.mark.usefixtures("pro")
def test_recorded_and_waiting_events_make_the_truth(
    organization: Organization, project: Project, accept: Accept
) -> None:
    accept(5)
    accept(2, NOW - timedelta(days=1))
    assert claim(project, 3)
    report = selectors.usage(organization, NOW)
    assert report.used == 7
    assert {day.day: day.accepted for day in report.days if day.accepted} == {
        TODAY: 5,
        TODAY - timedelta(days=1): 2,
    }


@pytest.mark.usefixtures("pro")
def test_only_the_current_period_counts(organization: Organization, accept: Accept) -> None:
    accept(5, NOW - timedelta(days=20))
    services.record_accepted(organization.pk, {TODAY - timedelta(days=30): 100})
    accept(1)
    report = selectors.usage(organization, NOW)
    assert report.used == 1
    assert report.days[0].day == date(2026, 3, 3)
    assert report.days[-1].day == TODAY


@pytest.mark.usefixtures("pro", "accept")
def test_another_organization_counts_for_itself(
    organization: Organization, other_tenant: NewTenant, accept: Accept
) -> None:
    accept(5)
    services.record_accepted(organization.pk, {TODAY: 5})
    assert selectors.usage(other_tenant.organization, NOW).used == 0


def test_the_truth_is_one_statement(organization: Organization) -> None:
    with CaptureQueriesContext(connection) as queries:
        selectors.used(organization.pk, TODAY)
    assert len(queries) == 1


def test_refusals_show_before_and_after_they_are_recorded(organization: Organization) -> None:
    services.subscribe(organization, "pro", started_at=NOW - timedelta(days=5))
    refusals.add({(organization.pk, TODAY): 4})
    before = selectors.usage(organization, NOW).refused
    services.record_refused()
    refusals.add({(organization.pk, TODAY): 2})
    assert (before, selectors.usage(organization, NOW).refused) == (4, 6)
    services.record_refused()
    services.record_refused()
    assert Usage.objects.get(organization=organization, day=TODAY).refused == 6


def test_refusals_are_taken_back_after_they_were_recorded(organization: Organization) -> None:
    for counted in (4, -3, -3):
        refusals.add({(organization.pk, TODAY): counted})
        services.record_refused()
    assert Usage.objects.get(organization=organization, day=TODAY).refused == 0
    refusals.add({(organization.pk, TODAY - timedelta(days=1)): -1})
    services.record_refused()
    assert not refusals.waiting(organization.pk)


def test_refusals_that_cannot_be_recorded_are_kept(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals.add({(organization.pk, TODAY): 4})

    def down(self: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("django.db.transaction.Atomic.__enter__", down)
    with pytest.raises(OperationalError):
        services.record_refused()
    assert refusals.waiting(organization.pk) == {TODAY: 4}


@pytest.mark.parametrize(
    ("used", "percent", "remaining", "is_refusing"),
    [(0, 0, 200, False), (199, 99, 1, False), (200, 100, 0, True), (201, 100, 0, True)],
)
def test_the_share_says_100_only_when_the_limit_is_reached(
    organization: Organization, used: int, percent: int, remaining: int, is_refusing: bool
) -> None:
    services.subscribe(organization, "enterprise", event_limit=200, started_at=NOW)
    services.record_accepted(organization.pk, {TODAY: used})
    standing = selectors.standing(organization, NOW)
    assert (standing.percent, standing.remaining, standing.is_refusing) == (
        percent,
        remaining,
        is_refusing,
    )


def test_without_a_limit_nothing_is_refused(organization: Organization) -> None:
    services.subscribe(organization, "unlimited", started_at=NOW)
    standing = selectors.standing(organization, NOW)
    assert (standing.percent, standing.remaining, standing.is_refusing) == (None, None, False)


def test_a_plan_that_begins_in_the_future_has_used_nothing(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=NOW + timedelta(days=3))
    report = selectors.usage(organization, NOW)
    assert (report.used, [day.day for day in report.days]) == (0, [TODAY])


def test_a_long_trial_shows_its_last_days(organization: Organization) -> None:
    services.subscribe(organization, "trial", started_at=datetime(2025, 1, 1, tzinfo=UTC))
    report = selectors.usage(organization, NOW)
    assert (len(report.days), report.days[-1].day) == (selectors.SHOWN_DAYS, TODAY)
