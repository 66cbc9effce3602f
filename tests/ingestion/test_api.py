"""Reading: who may, how fast, and what is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import services
from accounts.models import ApiKey, KeyScope, Organization, Project, User
from accounts.services import NewTenant
from billing import read_limit
from billing.models import Usage
from billing.redis_client import redis
from billing.selectors import terms_of
from billing.services import subscribe
from ingestion.models import SavedSegment
from ingestion.segments import Segment
from ingestion.segments_saved import save
from tests.ingestion.conftest import Send

Read = Callable[..., Any]


@pytest.fixture
def saved(project: Project, owner: User) -> list[SavedSegment]:
    return [
        save(project, f"Segment {n}", Segment.parse(f"where.platform=p{n}"), owner)
        for n in range(5)
    ]


def error(answer: Any, status: int, code: str, field: str | None = None) -> str:
    body = answer.json()
    assert answer.status_code == status
    assert (body["success"], body["code"], body["field"]) == (False, code, field)
    return str(body["error"])


def test_a_key_that_reads_reads_its_project(read: Read, saved: list[SavedSegment]) -> None:
    answer = read("segments")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["next_cursor"] is None
    first = answer.json()["data"][0]
    assert first.pop("created_at").endswith("+00:00")
    assert first == {
        "id": saved[0].pk,
        "name": "Segment 0",
        "query": "where.platform=p0",
        "words": "platform is p0",
    }


def test_it_may_come_as_a_bearer_token(client: Client, reading_key: str) -> None:
    headers = {"Authorization": f"Bearer {reading_key}"}
    assert client.get("/api/v1/segments", headers=headers).status_code == 200


def test_a_key_that_sends_reads_nothing(read: Read, key: str) -> None:
    told = error(read("segments", api_key=key), 403, "WRONG_SCOPE")
    assert told.startswith("This API key sends events and reads nothing.")


@pytest.mark.parametrize("path", ["/track", "/track/", "/track/batch", "/track?dry_run=1"])
def test_a_key_that_reads_sends_nothing(
    send: Send, reading_key: str, project: Project, path: str
) -> None:
    told = error(send(api_key=reading_key, path=path), 403, "WRONG_SCOPE")
    assert told.startswith("This API key reads results and sends no events.")
    assert not project.events.filter(project=project).exists()


@pytest.mark.parametrize("sent", [None, "x", "tur_live_" + "0" * 49])
def test_without_a_live_key_nothing_is_read(read: Read, sent: str | None) -> None:
    answer = read("segments", api_key=sent)
    error(answer, 401, "INVALID_API_KEY")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_from_the_next_request_on(read: Read, project: Project) -> None:
    assert read("segments").status_code == 200
    services.revoke_key(ApiKey.objects.get(project=project, scope=KeyScope.READ))
    assert "revoked" in error(read("segments"), 401, "INVALID_API_KEY")


def test_a_session_of_a_person_is_no_key(owner: User, signed_in: Callable[[User], Client]) -> None:
    error(signed_in(owner).get("/api/v1/segments"), 401, "INVALID_API_KEY")


def test_the_use_of_a_key_is_noted(read: Read, project: Project) -> None:
    read("segments")
    key = ApiKey.objects.get(project=project, scope=KeyScope.READ)
    assert key.last_used_at is not None


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_is_only_read(client: Client, reading_key: str, method: str) -> None:
    answer = getattr(client, method)("/api/v1/segments", headers={"X-API-Key": reading_key})
    error(answer, 405, "INVALID_REQUEST")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_head_has_the_headers_alone(client: Client, reading_key: str) -> None:
    answer = client.head("/api/v1/segments", headers={"X-API-Key": reading_key})
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["", "nothing", "topics/", "topics/x", "topics/-1", "usage/1"])
def test_another_path_is_told_in_json(read: Read, path: str) -> None:
    error(read(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "1.5", "²", "1" * 30, "1_0"])
def test_a_limit_that_cannot_be_is_refused(read: Read, limit: str) -> None:
    assert "1 to 200" in error(read("segments", limit=limit), 400, "INVALID_REQUEST", "limit")


@pytest.mark.parametrize("name", ["page", "days", "where.platform", "Limit", "limit[]", "\0"])
def test_an_unknown_parameter_is_refused(read: Read, name: str) -> None:
    answer = read("segments", **{name: "1"})
    assert "cursor, limit" in error(answer, 400, "INVALID_REQUEST", name)


def test_more_parameters_than_are_read_are_refused(client: Client, reading_key: str) -> None:
    query = "&".join(f"where.a={n}" for n in range(1_001))
    answer = client.get(f"/api/v1/segments?{query}", headers={"X-API-Key": reading_key})
    error(answer, 400, "INVALID_REQUEST")


def test_a_parameter_comes_once(read: Read) -> None:
    error(read("segments", limit=["1", "2"]), 400, "INVALID_REQUEST", "limit")


def test_pages_follow_each_other(read: Read, saved: list[SavedSegment]) -> None:
    seen = []
    cursor: dict[str, str] = {}
    while True:
        page = read("segments", limit=2, **cursor).json()
        seen.append([each["id"] for each in page["data"]])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [[each.pk for each in saved[at : at + 2]] for at in (0, 2, 4)]


def test_what_comes_and_goes_moves_no_row(
    read: Read, saved: list[SavedSegment], project: Project, owner: User
) -> None:
    page = read("segments", limit=2).json()
    SavedSegment.objects.filter(project=project, pk=saved[0].pk).delete()
    new = save(project, "A new one", Segment.parse("event=a"), owner)
    rest = read("segments", cursor=page["next_cursor"]).json()["data"]
    assert [each["id"] for each in rest] == [*(each.pk for each in saved[2:]), new.pk]


def forged(*key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "日本", "====", forged(), forged("a", 1), forged("a"), forged({"a": 1}),
     forged([[1]]), base64.urlsafe_b64encode(b"[" * 5_000).decode(),
     base64.urlsafe_b64encode(b"5").decode()],
)  # fmt: skip
def test_a_cursor_that_was_not_given_is_refused(read: Read, cursor: str) -> None:
    error(read("segments", cursor=cursor), 400, "INVALID_REQUEST", "cursor")


@pytest.mark.parametrize("place", [[], ["a"], [None], [10**400], [float("nan")], [float("inf")]])
def test_a_cursor_with_another_place_is_refused(
    read: Read, saved: list[SavedSegment], place: list[Any]
) -> None:
    given = read("segments", limit=2).json()["next_cursor"]
    digest = json.loads(base64.urlsafe_b64decode(given))[0]
    error(read("segments", cursor=forged(digest, *place)), 400, "INVALID_REQUEST", "cursor")


def test_a_cursor_is_of_one_list_and_one_project(
    read: Read, saved: list[SavedSegment], other_tenant: NewTenant
) -> None:
    cursor = read("segments", limit=2).json()["next_cursor"]
    assert "belongs to" in error(read("runs", cursor=cursor), 400, "INVALID_REQUEST", "cursor")
    other = services.create_key(other_tenant.project, "theirs", scope=KeyScope.READ).secret
    error(read("segments", cursor=cursor, api_key=other), 400, "INVALID_REQUEST", "cursor")


def test_a_page_costs_the_same_queries_however_many_rows(
    read: Read, saved: list[SavedSegment], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    read("segments")
    with django_assert_num_queries(3):  # the key, the project, the segments
        read("segments")


class TestRate:
    @pytest.fixture(autouse=True)
    def _three_at_once(self, settings: Settings, organization: Organization) -> None:
        settings.BURST_LIMITS = {"pro": 30}
        subscribe(organization, "pro")

    def test_too_many_are_refused_and_told_when_to_come_back(self, read: Read) -> None:
        answers = [read("segments") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"burst";q=3;w=10'
        body = answers[-1].json()
        assert (body["code"], body["reason"]) == ("RATE_LIMIT_EXCEEDED", "burst")
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 4

    def test_a_refused_one_costs_nothing(
        self, tenant: NewTenant, organization: Organization
    ) -> None:
        terms, pk = terms_of(organization), tenant.key.api_key.pk
        waits = [read_limit.seconds_to_wait(terms, pk) for _ in range(9)]
        assert waits[:3] == [0, 0, 0]
        assert set(waits[3:]) <= {3, 4}

    def test_a_clock_that_was_set_back_refuses_nobody_for_long(self, read: Read) -> None:
        read("segments")
        (bucket,) = redis().keys("turret:reads:*")
        redis().set(bucket, timezone.now().timestamp() + 3_600)
        assert [read("segments").status_code for _ in range(4)] == [200, 200, 200, 429]

    def test_reading_takes_nothing_from_sending(self, read: Read, send: Send) -> None:
        for _ in range(5):
            read("segments")
        assert send().status_code == 200
        assert send().headers["X-RateLimit-Remaining"] == "999998"


def test_where_nothing_limits_sending_nothing_limits_reading(
    read: Read, organization: Organization
) -> None:
    subscribe(organization, "unlimited")
    assert "RateLimit-Policy" not in read("segments").headers


def test_usage_is_that_of_the_page(
    read: Read, organization: Organization, owner: User, signed_in: Callable[[User], Client]
) -> None:
    subscribe(organization, "pro", event_limit=10)
    report = signed_in(owner).get(f"/o/{organization.slug}/usage/").context["report"]
    Usage.objects.create(organization=organization, day=report.days[-1].day, accepted=8, refused=3)
    told = read("usage").json()
    assert (told["plan"], told["limit"], told["used"], told["remaining"]) == ("pro", 10, 8, 2)
    assert told["refused"] == sum(day["refused"] for day in told["days"]) == 3
    assert told["first"] == report.period.first.isoformat()
    assert not told["is_refusing"]
