"""`POST /track` over HTTP: what it answers, and what is stored when it does."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Project
from accounts.services import NewTenant
from billing.quota import reserve
from ingestion import services
from ingestion.credentials import find_credential
from ingestion.limits import MAX_BODY, MAX_DEPTH
from ingestion.models import Event, PendingEvent
from ingestion.payload import parse_event
from ingestion.track import TrackView
from tests.ingestion.conftest import EVENT, Send

NOWHERE = "redis://127.0.0.1:1/0"


def stored(project: Project) -> list[Event]:
    return list(Event.objects.filter(project=project).order_by("id"))


def assert_refused(answer: Any, status: int, code: str, field: str | None = None) -> Any:
    """Check a refusal's form; return its body."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) - {"reason"} == {"success", "error", "code", "field"}
    assert (body["success"], body["code"], body["field"]) == (False, code, field)
    assert body["error"]
    return body


@pytest.mark.parametrize("path", ["/track", "/track/"])
def test_an_event_is_stored_and_waits(send: Send, project: Project, path: str) -> None:
    body = {
        "name": "user_prompt",
        "session_id": "conv_abc123",
        "user_id": 456,
        "metadata": {"prompt": "How do I reset my password?", "platform": "ios"},
        "timestamp": "2026-01-31T12:00:00Z",
    }
    answer = send(body, path=path)
    assert answer.status_code == 200
    assert answer.json() == {"user_id": 456, "session_id": "conv_abc123"}
    [event] = stored(project)
    assert (event.name, event.session_id, event.user_id) == ("user_prompt", "conv_abc123", "456")
    assert event.metadata == body["metadata"]
    assert event.timestamp.isoformat() == "2026-01-31T12:00:00+00:00"
    [pending] = PendingEvent.objects.filter(project=project)
    assert (pending.event_id, pending.received_at) == (event.pk, event.received_at)


def test_ids_are_made_and_can_be_sent_again(send: Send, project: Project) -> None:
    first = send().json()
    assert set(first) == {"user_id", "session_id"}
    assert all(uuid.UUID(made) for made in first.values())
    assert send({**EVENT, **first}).json() == first
    assert len({event.session_id for event in stored(project)}) == 1


def test_nulls_and_unknown_keys_do_no_harm(send: Send) -> None:
    assert send({**EVENT, "session_id": None, "user_id": "", "x": [{}]}).status_code == 200


def test_text_arrives_whatever_its_script(send: Send, project: Project) -> None:
    text = 'Ünïcödé 日本語 😀 "quotes" \\ \' {,} NULL'
    send({"name": text, "session_id": text, "metadata": {text: [text, {"a": text}]}})
    [event] = stored(project)
    assert (event.name, event.session_id) == (text, text)
    assert event.metadata == {text: [text, {"a": text}]}


def test_what_postgresql_cannot_store_is_replaced(send: Send, project: Project) -> None:
    raw = rb'{"name": "n\u0000", "session_id": "\ud800", "metadata": {"a\u0000": "\udfff!"}}'
    answer = send(raw)
    assert answer.json()["session_id"] == "�"
    [event] = stored(project)
    assert (event.name, event.session_id, event.metadata) == ("n�", "�", {"a�": "�!"})


def test_large_but_allowed_events_are_stored(send: Send, project: Project) -> None:
    deep: Any = "bottom"
    for _ in range(MAX_DEPTH - 1):
        deep = {"d": deep}
    metadata = {f"key {n}": n for n in range(10_000)} | {"deep": deep, "big": 10**1_000}
    assert send({"name": "n", "metadata": metadata}).status_code == 200
    assert stored(project)[0].metadata == metadata


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"metadata": {}}, "MISSING_REQUIRED_FIELD", "name"),
        ({"name": "n", "metadata": 3}, "INVALID_REQUEST", "metadata"),
        ({**EVENT, "session_id": 1.5}, "INVALID_REQUEST", "session_id"),
        ({**EVENT, "timestamp": "soon"}, "INVALID_REQUEST", "timestamp"),
        ({"name": "n", "metadata": {"t": "x" * 100_001}}, "TEXT_TOO_LONG", "metadata.t"),
        ([EVENT], "INVALID_REQUEST", None),
        (b"", "INVALID_REQUEST", None),
        (b"not json", "INVALID_REQUEST", None),
        (b"\xff\xfe", "INVALID_REQUEST", None),
        (b'{"name": "n", "metadata": {"a": NaN}}', "INVALID_REQUEST", None),
        (b"[" * 100_000, "INVALID_REQUEST", None),
    ],
)
def test_a_bad_request_says_what_is_wrong_and_costs_nothing(
    send: Send, project: Project, body: Any, code: str, field: str | None
) -> None:
    before = int(send({})["X-RateLimit-Remaining"])
    assert_refused(send(body), 400, code, field)
    assert stored(project) == []
    assert int(send({})["X-RateLimit-Remaining"]) == before


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)
def test_another_content_type_is_refused(send: Send, content_type: str) -> None:
    assert_refused(send(content_type=content_type), 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", "APPLICATION/JSON", "application/ld+json"]
)
def test_any_json_in_utf8_is_taken(send: Send, content_type: str) -> None:
    assert send(content_type=content_type).status_code == 200


def test_a_compressed_body_is_refused(send: Send) -> None:
    answer = send(headers={"Content-Encoding": "gzip"})
    assert_refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_that_is_too_large_is_refused_unread(send: Send) -> None:
    assert_refused(send(b" " * (MAX_BODY + 1)), 413, "PAYLOAD_TOO_LARGE")
    assert send(json.dumps(EVENT).encode().ljust(MAX_BODY)).status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("path", ["/track", "/track/"])
def test_another_method_is_told_so(method: str, path: str) -> None:
    answer = getattr(Client(), method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    if method != "head":
        assert_refused(answer, 405, "INVALID_REQUEST")


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_nothing_else_below_track(method: str) -> None:
    assert_refused(getattr(Client(), method)("/track/batch/x"), 404, "INVALID_REQUEST")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_answers_are_json_whatever_the_client_accepts(send: Send, accept: str) -> None:
    answer = send(headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert_refused(send({}, headers={"Accept": accept}), 400, "MISSING_REQUIRED_FIELD", "name")


def raw(key: str, stream: BytesIO, **environ: Any) -> Any:
    """The answer to a body as a WSGI server passes it on."""
    environ |= {"wsgi.input": stream, "CONTENT_TYPE": "application/json", "HTTP_X_API_KEY": key}
    answer: Any = TrackView.as_view()(RequestFactory().generic("POST", "/track", **environ))
    return answer


def chunked(key: str, body: bytes, *, ends: bool = True) -> Any:
    """The answer to a body of unknown length, from a server that ends its stream or does not."""
    environ = {"wsgi.input_terminated": ends, "HTTP_TRANSFER_ENCODING": "chunked"}
    return raw(key, BytesIO(body), **environ)


def test_a_chunked_body_is_read_to_its_end(key: str) -> None:
    assert chunked(key, json.dumps(EVENT).encode()).status_code == 200
    assert chunked(key, b" " * (MAX_BODY + 1)).status_code == 413
    assert chunked(key, b"{").status_code == 400


def test_a_server_that_cannot_end_a_chunked_body_asks_for_its_length(key: str) -> None:
    answer = chunked(key, json.dumps(EVENT).encode(), ends=False)
    assert json.loads(answer.content)["error"] == "Send the header Content-Length."
    assert answer.status_code == 411


@pytest.mark.parametrize("length", ["nonsense", "-5"])
def test_a_nonsensical_length_is_refused(send: Send, length: str) -> None:
    assert_refused(send(CONTENT_LENGTH=length), 400, "INVALID_REQUEST")


def test_a_body_cut_short_is_refused(key: str) -> None:
    body = json.dumps(EVENT).encode()
    assert raw(key, BytesIO(body), CONTENT_LENGTH=str(len(body))).status_code == 200
    assert raw(key, BytesIO(body), CONTENT_LENGTH=str(len(body) + 10)).status_code == 400


class HangsUp(BytesIO):
    """A client that is gone when its body is read."""

    def read(self, *args: Any) -> bytes:
        raise ConnectionResetError


def test_a_client_that_hangs_up_is_no_failure_of_ours(key: str) -> None:
    assert raw(key, HangsUp(), CONTENT_LENGTH="10").status_code == 400


class TestQueries:
    """The insert alone once the key is known; more only once in a while."""

    def test_of_a_usual_event(self, send: Send, statements: list[str]) -> None:
        send()
        statements.clear()
        send()
        assert len(statements) == 1
        assert "INSERT INTO ingestion_event" in statements[0]
        assert "INSERT INTO ingestion_pendingevent" in statements[0]

    def test_of_the_first_event(self, send: Send, statements: list[str]) -> None:
        send()  # besides, the key, the quota's count and the key's last use
        assert len(statements) == 4

    def test_of_a_bad_event(self, send: Send, statements: list[str]) -> None:
        send({})  # the key, and the quota's count for the headers
        assert len(statements) == 2
        statements.clear()
        send({})
        assert statements == []


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_is_committed(send: Send, project: Project) -> None:
    assert send().status_code == 200

    def seen_by_another_connection() -> int:
        try:
            return Event.objects.filter(project=project).count()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(seen_by_another_connection).result() == 1


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed"), TypeError()])
def test_a_store_that_is_down_is_told_and_the_quota_gets_its_room_back(
    send: Send, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    before = send().headers["X-RateLimit-Remaining"]

    def down(*args: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(services, "_insert", down)
        answer = send()
    assert_refused(answer, 503, "UNAVAILABLE")
    assert int(answer["Retry-After"]) > 0
    assert int(send().headers["X-RateLimit-Remaining"]) == int(before) - 1


def test_a_sender_whose_quota_cannot_be_counted_takes_no_room_from_another(
    tenant: NewTenant, other_tenant: NewTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = (find_credential(each.key.secret) for each in (tenant, other_tenant))
    now = timezone.now()
    before = reserve(known.terms, 0, now).remaining

    def down(*args: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("billing.selectors.used", down)
    event = parse_event(EVENT, now)
    with pytest.raises(OperationalError):
        services._store([services.Submission(each, [event], now) for each in (known, unknown)])
    assert reserve(known.terms, 0, now).remaining == before


def test_a_store_that_is_down_is_told_from_the_first_query_on(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", down)
        answer = send()
    assert_refused(answer, 503, "UNAVAILABLE")


def test_an_event_whose_key_cannot_be_touched_is_accepted(
    send: Send, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("accounts.tenancy.TenantQuerySet.update", down)
    assert send().status_code == 200
    assert len(stored(project)) == 1


@pytest.mark.django_db(transaction=True)
def test_without_redis_events_are_accepted(
    send: Send, project: Project, settings: Settings
) -> None:
    settings.REDIS_URL = NOWHERE
    assert [send().status_code for _ in range(3)] == [200, 200, 200]
    assert len(stored(project)) == 3
