"""The quota's decision: exact under concurrency, rebuilt when forgotten, alive without Redis."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Organization, Project
from billing import quota, refusals, selectors, services
from billing.plans import PLANS, Terms
from billing.quota import Reason, Reservation
from billing.redis_client import redis
from ingestion.services import claim
from tests.billing.conftest import NOW, Accept

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def terms(organization: Organization) -> Terms:
    """Pro, with a limit of 100 events a month."""
    return Terms(organization.pk, PLANS["pro"], NOW - timedelta(days=40), event_limit=100)


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = NOWHERE
    yield
    quota._counted_here.clear()


def reserve(terms: Terms, events: int, now: datetime = NOW) -> Reservation:
    return quota.reserve(terms, events, now)


def forget() -> None:
    redis().flushdb()


def test_grants_up_to_the_limit_and_no_further(terms: Terms) -> None:
    assert reserve(terms, 98).granted == 98
    last = reserve(terms, 5)
    assert (last.granted, last.reason, last.remaining) == (2, Reason.QUOTA_EXCEEDED, 0)
    assert reserve(terms, 1).granted == 0


def test_says_what_remains_and_when_it_is_counted_anew(terms: Terms) -> None:
    reservation = reserve(terms, 30)
    assert (reservation.used, reservation.remaining, reservation.reason) == (30, 70, None)
    assert reservation.resets_at == datetime(2026, 4, 3, tzinfo=UTC)
    assert reservation.retry_after is None


def test_a_refusal_says_when_to_come_back(terms: Terms) -> None:
    refused = reserve(terms, 101)
    assert refused.resets_at is not None
    assert refused.retry_after == (refused.resets_at - NOW).total_seconds()


def test_room_given_back_can_be_taken_again(terms: Terms) -> None:
    reservation = reserve(terms, 100)
    quota.release(reservation)
    assert reserve(terms, 100).granted == 100


def test_giving_back_after_the_counter_vanished_makes_no_room(terms: Terms) -> None:
    reservation = reserve(terms, 10)
    forget()
    quota.release(reservation)
    assert reserve(terms, 101).granted == 100


def test_counts_from_postgresql_when_redis_forgot(terms: Terms, accept: Accept) -> None:
    accept(40, terms=terms)
    services.record_accepted(terms.organization_id, {NOW.date(): 30})
    forget()
    assert reserve(terms, 100).granted == 30


def test_what_is_processed_stays_counted(terms: Terms, accept: Accept, project: Project) -> None:
    accept(60, terms=terms)
    claim(project, 25)
    forget()
    assert selectors.used(terms.organization_id, terms.period(NOW).first) == 60
    assert reserve(terms, 100).granted == 40


def test_asks_postgresql_only_when_redis_does_not_know(terms: Terms) -> None:
    with CaptureQueriesContext(
        connection,
    ) as first:
        reserve(terms, 1)
    with CaptureQueriesContext(connection) as second:
        reserve(terms, 1)
        reserve(terms, 1_000)
    assert (len(first), len(second)) == (1, 0)


def test_a_full_quota_is_not_counted_again_for_each_refusal(terms: Terms) -> None:
    services.record_accepted(terms.organization_id, {NOW.date(): 100})
    reserve(terms, 1)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            assert reserve(terms, 1).granted == 0
    assert len(queries) == 0


def test_the_counter_ends_a_minute_after_the_last_event_that_passed(terms: Terms) -> None:
    reserve(terms, 1)
    key = quota._key(terms.organization_id, terms.period(NOW).first)
    assert 0 < redis().ttl(key) <= quota.COUNTER_LIFETIME
    redis().expire(key, 5)
    reserve(terms, 1_000)
    assert redis().ttl(key) > 5
    redis().expire(key, 5)
    reserve(terms, 1)
    assert redis().ttl(key) <= 5


def test_a_new_period_counts_from_nothing(terms: Terms, accept: Accept) -> None:
    assert accept(100, terms=terms) == 100
    assert reserve(terms, 1).granted == 0
    assert reserve(terms, 1, datetime(2026, 4, 2, 23, 59, 59, tzinfo=UTC)).granted == 0
    assert reserve(terms, 100, datetime(2026, 4, 3, tzinfo=UTC)).granted == 100


def test_a_larger_plan_counts_what_was_used(terms: Terms, accept: Accept) -> None:
    accept(100, terms=terms)
    larger = Terms(terms.organization_id, terms.plan, terms.started_at, event_limit=150)
    assert reserve(larger, 100).granted == 50


def test_a_smaller_limit_than_was_used_refuses(terms: Terms, accept: Accept) -> None:
    accept(50, terms=terms)
    smaller = Terms(terms.organization_id, terms.plan, terms.started_at, event_limit=10)
    refused = reserve(smaller, 1)
    assert (refused.granted, refused.remaining) == (0, 0)


def test_without_a_limit_neither_store_is_asked(organization: Organization) -> None:
    unlimited = Terms(organization.pk, PLANS["unlimited"], NOW)
    with CaptureQueriesContext(connection) as queries:
        reservation = reserve(unlimited, 10**9)
    assert (reservation.granted, reservation.remaining, len(queries)) == (10**9, None, 0)
    assert redis().keys("turret:quota:*") == []


def test_an_expired_trial_refuses_without_promise(organization: Organization) -> None:
    trial = Terms(organization.pk, PLANS["trial"], NOW - timedelta(days=14))
    refused = reserve(trial, 1)
    assert (refused.granted, refused.reason) == (0, Reason.TRIAL_EXPIRED)
    assert (refused.retry_after, refused.remaining) == (None, 0)


def test_a_full_trial_refuses_without_promise(organization: Organization) -> None:
    trial = Terms(organization.pk, PLANS["trial"], NOW, event_limit=1)
    refused = reserve(trial, 2)
    assert (refused.granted, refused.reason, refused.retry_after) == (
        1,
        Reason.QUOTA_EXCEEDED,
        None,
    )


def test_a_limit_of_nothing_refuses_without_promise(organization: Organization) -> None:
    stopped = Terms(organization.pk, PLANS["pro"], NOW, event_limit=0)
    refused = reserve(stopped, 1)
    assert (refused.reason, refused.retry_after) == (Reason.QUOTA_EXCEEDED, None)


def test_refusals_are_counted_by_day(terms: Terms, organization: Organization) -> None:
    trial = Terms(organization.pk, PLANS["trial"], NOW - timedelta(days=30))
    reserve(terms, 104)
    reserve(terms, 2)
    reserve(trial, 3, NOW + timedelta(days=1))
    assert refusals.waiting(organization.pk) == {date(2026, 3, 15): 6, date(2026, 3, 16): 3}


@pytest.mark.usefixtures("no_redis")
class TestWithoutRedis:
    """PostgreSQL decides."""

    def test_grants_what_remains(self, terms: Terms) -> None:
        services.record_accepted(terms.organization_id, {NOW.date(): 90})
        assert reserve(terms, 4).granted == 4
        assert reserve(terms, 9).granted == 6
        assert reserve(terms, 1).granted == 0

    def test_counts_once_in_a_while(self, terms: Terms) -> None:
        with CaptureQueriesContext(connection) as queries:
            for _ in range(5):
                reserve(terms, 1)
        assert len(queries) == 1

    def test_gives_back_and_refuses_without_failing(self, organization: Organization) -> None:
        trial = Terms(organization.pk, PLANS["trial"], NOW - timedelta(days=14))
        full = Terms(organization.pk, PLANS["pro"], NOW, event_limit=5)
        quota.release(reserve(full, 1))
        assert reserve(full, 6).reason is Reason.QUOTA_EXCEEDED
        assert reserve(trial, 1).reason is Reason.TRIAL_EXPIRED
        assert refusals.waiting(organization.pk) == {}


def test_what_passed_without_redis_is_counted_when_it_is_back(
    terms: Terms, accept: Accept, settings: Settings
) -> None:
    here = settings.REDIS_URL
    accept(10, terms=terms)
    settings.REDIS_URL = NOWHERE
    accept(20, terms=terms)
    settings.REDIS_URL = here
    assert reserve(terms, 100).granted == 70


def granted_at_once(terms: Terms, requests: int) -> int:
    """Reserve one event in each of many threads, all at the same time."""

    def one(_: int) -> int:
        try:
            return reserve(terms, 1).granted
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=25) as pool:
        return sum(pool.map(one, range(requests)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [True, False], ids=["counter known", "counter forgotten"])
def test_of_100_at_once_with_10_left_exactly_10_pass(terms: Terms, is_known: bool) -> None:
    services.record_accepted(terms.organization_id, {NOW.date(): 90})
    if is_known:
        quota.release(reserve(terms, 1))
    assert granted_at_once(terms, 100) == 10
    assert refusals.waiting(terms.organization_id)[NOW.date()] == 90
