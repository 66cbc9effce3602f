"""Bursts, and what the headers of an answer say of limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Organization
from accounts.services import NewTenant, create_key
from billing import quota
from billing.redis_client import redis
from billing.services import subscribe
from tests.ingestion.conftest import EVENT, Send


@pytest.fixture
def ten_a_second(settings: Settings, organization: Organization) -> None:
    settings.BURST_LIMITS = {"pro": 10}
    subscribe(organization, "pro", event_limit=1_000)


def batch_of(send: Send, count: int, **extra: Any) -> Any:
    return send([EVENT] * count, path="/track/batch", **extra)


@pytest.mark.usefixtures("ten_a_second")
class TestBurst:
    def test_ten_seconds_worth_passes_and_more_is_refused(self, send: Send) -> None:
        room = 10 * quota.BURST_SECONDS
        answer = batch_of(send, room + 50)
        refused = [each for each in answer.json()["events"] if "error" in each]
        assert len(refused) == 50
        assert {each["reason"] for each in refused} == {"burst"}

    def test_a_refusal_says_when_to_come_back(self, send: Send, settings: Settings) -> None:
        settings.BURST_LIMITS = {"pro": 1}
        batch_of(send, 50)
        answers = (send() for _ in range(30))
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["reason"] == "burst"
        assert 1 <= int(refused["Retry-After"]) <= 2
        assert int(refused["X-RateLimit-Remaining"]) > 0

    def test_it_costs_no_quota(self, send: Send) -> None:
        batch_of(send, 150)
        answer = batch_of(send, 50)
        stored = answer.json()["accepted"]
        assert int(answer["X-RateLimit-Remaining"]) <= 1_000 - 100 - stored
        assert int(answer["X-RateLimit-Remaining"]) >= 1_000 - 110 - stored

    def test_each_key_has_its_own(self, send: Send, tenant: NewTenant) -> None:
        batch_of(send, 150)
        other = create_key(tenant.project, "another", tenant.user)
        assert batch_of(send, 50, api_key=other.secret).json()["refused"] == 0

    def test_a_batch_larger_than_the_burst_makes_progress(self, send: Send) -> None:
        assert batch_of(send, 2_000).json()["accepted"] >= 100

    def test_a_clock_that_was_set_back_refuses_nobody_for_long(self, send: Send) -> None:
        send()
        (bucket,) = redis().keys("turret:burst:*")
        redis().set(bucket, timezone.now().timestamp() + 3_600)
        assert send().status_code == 200
        assert batch_of(send, 200).json()["accepted"] < 100

    def test_without_redis_bursts_pass(self, send: Send, settings: Settings) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert batch_of(send, 150).json()["refused"] == 0
        quota._counted_here.clear()

    def test_the_bucket_is_forgotten_when_it_is_full_again(self, send: Send) -> None:
        send()
        (bucket,) = redis().keys("turret:burst:*")
        assert 0 < redis().ttl(bucket) <= 2 * quota.BURST_SECONDS


class TestHeaders:
    @pytest.mark.usefixtures("ten_a_second")
    def test_of_a_monthly_plan(self, send: Send) -> None:
        answer = send()
        policy, burst = answer["RateLimit-Policy"].split(", ")
        name, limit, window = policy.split(";")
        assert (name, limit) == ('"quota"', "q=1000")
        assert 28 * 86_400 <= int(window.removeprefix("w=")) <= 31 * 86_400
        assert burst == '"burst";q=100;w=10'
        name, remaining, seconds = answer["RateLimit"].split(";")
        assert (name, remaining) == ('"quota"', "r=999")
        resets_at = timezone.now().timestamp() + int(seconds.removeprefix("t="))
        assert abs(resets_at - int(answer["X-RateLimit-Reset"])) < 5

    def test_of_a_trial(self, send: Send, organization: Organization) -> None:
        subscribe(organization, "trial", started_at=timezone.now() - timedelta(days=1))
        answer = send()
        assert answer["RateLimit-Policy"].startswith('"quota";q=250000, "burst";q=')
        assert answer["RateLimit"].startswith('"quota";r=249999;t=')

    @pytest.mark.usefixtures("ten_a_second")
    @pytest.mark.parametrize("path", ["/track", "/track/batch", "/track?dry_run=1"])
    def test_of_an_answer_that_cost_nothing(self, send: Send, path: str) -> None:
        send()
        bodies: list[Any] = [{}, [], [{}], EVENT if "dry" in path else b"{"]
        for body in bodies:
            answer = send(body, path=path)
            assert answer["X-RateLimit-Remaining"] == "999"
            assert answer["RateLimit"].startswith('"quota";r=999;t=')
            assert "Retry-After" not in answer.headers
        assert "RateLimit" not in send(api_key=None).headers

    def test_of_an_expired_trial(self, send: Send, organization: Organization) -> None:
        subscribe(organization, "trial", started_at=timezone.now() - timedelta(days=15))
        assert send({})["X-RateLimit-Remaining"] == "0"

    def test_of_a_plan_without_limits(self, send: Send, organization: Organization) -> None:
        subscribe(organization, "unlimited")
        assert not [name for name in send().headers if "ratelimit" in name.lower()]
