"""One organization's life with its quota, as `/track` tells it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Organization, Project
from accounts.services import create_key, create_project
from billing import selectors, services
from billing.redis_client import redis
from ingestion.models import Event
from ingestion.services import claim
from tests.ingestion.conftest import Send

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    def set_clock(now: datetime) -> None:
        monkeypatch.setattr("ingestion.endpoint.timezone.now", lambda: now)

    return set_clock


def remaining(answer: Any) -> int:
    assert answer.status_code == 200
    return int(answer["X-RateLimit-Remaining"])


def refused(answer: Any) -> tuple[str, str | None]:
    """The reason, and when to retry."""
    body = answer.json()
    assert answer.status_code == 429
    assert (body["success"], body["code"]) == (False, "RATE_LIMIT_EXCEEDED")
    assert answer["X-RateLimit-Remaining"] == "0"
    return body["reason"], answer.headers.get("Retry-After")


def test_from_trial_to_a_larger_plan(
    send: Send, organization: Organization, project: Project, set_clock: SetClock
) -> None:
    began = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)
    trial = services.subscribe(organization, "trial", event_limit=3, started_at=began)

    set_clock(began)
    first = send()
    assert (first["X-RateLimit-Limit"], remaining(first)) == ("3", 2)
    ends = began + timedelta(days=14)
    assert first["X-RateLimit-Reset"] == str(int(ends.timestamp()))
    assert remaining(send()) == 1

    # Bad requests cost nothing; the third good one is the last.
    assert [send({}).status_code, send(b"{").status_code] == [400, 400]
    assert remaining(send()) == 0
    assert refused(send()) == ("quota_exceeded", None)
    assert send({}).status_code == 400

    # Processing events, a lost Redis, and time within the trial change nothing.
    claim(project, 2)
    redis().flushdb()
    set_clock(ends - timedelta(seconds=1))
    assert refused(send()) == ("quota_exceeded", None)

    # Staff raise the limit: the next request obeys, and what was used stays used.
    trial.event_limit = 5
    trial.save()
    assert remaining(send()) == 1

    # The trial ends with an event left.
    set_clock(ends)
    assert refused(send()) == ("trial_expired", None)

    # Pro counts from its own day, months from there.
    pro = datetime(2026, 2, 20, 8, tzinfo=UTC)
    services.subscribe(organization, "pro", event_limit=2, started_at=pro)
    set_clock(pro)
    assert remaining(send()) == 1
    assert remaining(send()) == 0
    reason, retry_after = refused(send())
    assert reason == "quota_exceeded"
    anew = datetime(2026, 3, 20, tzinfo=UTC)
    assert retry_after == str(int((anew - pro).total_seconds()))

    # As long as it said, and not a second less.
    set_clock(anew - timedelta(seconds=1))
    assert refused(send()) == ("quota_exceeded", "1")
    set_clock(anew)
    assert remaining(send()) == 1

    services.record_refused()
    report = selectors.usage(organization, anew)
    assert (report.used, report.refused) == (1, 0)
    assert Event.objects.filter(project=project).count() == 7


def test_an_unlimited_plan_has_no_limit_to_tell(send: Send, organization: Organization) -> None:
    services.subscribe(organization, "unlimited")
    answer = send()
    assert answer.status_code == 200
    assert not [header for header in answer.headers if header.startswith("X-RateLimit")]


def test_projects_of_an_organization_share_its_quota(
    send: Send, organization: Organization
) -> None:
    services.subscribe(organization, "pro", event_limit=2)
    other = create_key(create_project(organization, "Other"), "key").secret
    assert remaining(send()) == 1
    assert remaining(send(api_key=other)) == 0
    assert refused(send())[0] == "quota_exceeded"


@pytest.mark.django_db(transaction=True)
def test_of_100_events_at_once_with_10_left_exactly_10_are_stored(
    send: Send, organization: Organization, project: Project
) -> None:
    services.subscribe(organization, "pro", event_limit=40)
    services.record_accepted(organization.pk, {timezone.now().date(): 30})

    def one(_: int) -> int:
        try:
            return int(send().status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(one, range(100)))
    assert (statuses.count(200), statuses.count(429)) == (10, 90)
    assert Event.objects.filter(project=project).count() == 10
    report = selectors.usage(organization)
    assert (report.used, report.refused) == (40, 90)
