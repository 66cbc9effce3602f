"""The short way to the ingestion endpoints answers as their views do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from io import BytesIO
from time import monotonic
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test import Client
from psycopg_pool import PoolTimeout

from accounts.models import Organization, Project
from billing import circuit_breaker
from billing.circuit_breaker import CircuitBreaker
from billing.services import subscribe
from config.wsgi import application
from ingestion import endpoint, wsgi
from ingestion.limits import MAX_BODY
from ingestion.models import Event
from ingestion.wsgi import ingest_first
from tests.ingestion.conftest import EVENT

ONCE = EVENT | {"event_id": "evt_1", "session_id": "s", "user_id": 1}
Post = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def post(key: str) -> Post:
    """Post by the short way; return status, headers and body."""

    def send(body: Any = ONCE, path: str = "/track", **environ: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"HTTP_X_API_KEY": key, "CONTENT_TYPE": "application/json", **environ}
        sent |= {"PATH_INFO": path, "REQUEST_METHOD": "POST"}
        sent.setdefault("CONTENT_LENGTH", str(len(content)))
        told: list[Any] = []

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            told.extend([int(status.split()[0]), dict(headers)])

        [answer] = ingest_first(Mock(side_effect=AssertionError("Django was asked")))(
            {**sent, "wsgi.input": BytesIO(content)}, start
        )
        return *told, answer

    return send


@pytest.mark.parametrize(
    ("body", "environ"),
    [
        (ONCE, {}),
        (ONCE, {"PATH_INFO": "/track/"}),
        (ONCE, {"QUERY_STRING": "dry_run=1"}),
        (ONCE, {"QUERY_STRING": "dry_run=maybe"}),
        (ONCE, {"HTTP_X_API_KEY": "nonsense"}),
        (ONCE, {"HTTP_X_API_KEY": ""}),
        (ONCE, {"CONTENT_TYPE": "text/plain"}),
        (ONCE, {"CONTENT_TYPE": "application/json; charset=utf-8"}),
        (ONCE, {"CONTENT_TYPE": "application/json; charset=latin1"}),
        (ONCE, {"CONTENT_LENGTH": "nonsense"}),
        (ONCE, {"CONTENT_LENGTH": ""}),
        (ONCE, {"HTTP_CONTENT_ENCODING": "gzip"}),
        ({}, {}),
        (b"", {}),
        (b"\xff", {}),
        (b"[1", {}),
        (b" " * (MAX_BODY + 1), {}),
        ([ONCE, {}], {"PATH_INFO": "/track/batch"}),
        ([{}], {"PATH_INFO": "/track/batch/"}),
        (
            gzip.compress(json.dumps([ONCE]).encode(), mtime=0),
            {"PATH_INFO": "/track/batch", "HTTP_CONTENT_ENCODING": "gzip"},
        ),
    ],
)
def test_it_answers_as_the_views_do(
    post: Post, key: str, organization: Organization, body: Any, environ: dict[str, str]
) -> None:
    subscribe(organization, "pro")
    path = environ.pop("PATH_INFO", "/track")
    status, headers, content = post(body, path, **environ)
    extra = {"HTTP_X_API_KEY": key, **environ}
    kind = extra.pop("CONTENT_TYPE", "application/json")
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Client().generic("POST", path, sent, kind, **extra)  # type: ignore[arg-type]
    assert (status, json.loads(content)) == (answer.status_code, answer.json())
    changing = {"RateLimit", "X-RateLimit-Remaining"}
    assert {n: v for n, v in headers.items() if n not in changing}.items() <= answer.headers.items()
    assert headers["Content-Length"] == str(len(content))


def test_what_it_accepts_is_stored(post: Post, project: Project) -> None:
    status, headers, content = post(EVENT | {"user_id": 7, "session_id": "s"})
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(content) == {"user_id": 7, "session_id": "s"}
    assert Event.objects.get(project=project).metadata == EVENT["metadata"]


def test_an_unreadable_content_type_is_refused(post: Post) -> None:
    status, _, content = post(CONTENT_TYPE="application/json; charset*=nonsense''x")
    assert (status, json.loads(content)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("error", [OperationalError("gone"), TypeError("a bug")])
def test_a_failure_is_json_too(
    post: Post, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(endpoint, "accept_grouped", Mock(side_effect=error))
    status, headers, content = post()
    assert (status, json.loads(content)["code"]) == (503, "UNAVAILABLE")
    assert headers["Retry-After"] == "5"


def test_of_many_requests_one_waits_for_a_database_that_gives_no_connection(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wsgi, "_database", CircuitBreaker())
    without = OperationalError("no connection")
    without.__cause__ = PoolTimeout()
    accept = Mock(side_effect=without)
    with monkeypatch.context() as patch:
        patch.setattr(endpoint, "accept_grouped", accept)
        assert {post()[0] for _ in range(5)} == {503}
        accept.assert_called_once()
    assert post()[0] == 503
    later = monotonic() + circuit_breaker.PAUSE
    monkeypatch.setattr(circuit_breaker, "monotonic", lambda: later)
    assert [post()[0] for _ in range(2)] == [200, 200]


@pytest.mark.django_db(transaction=True)
def test_it_keeps_no_connection(post: Post) -> None:
    assert post()[0] == 200
    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "path"), [("GET", "/track"), ("POST", "/track/x")])
def test_everything_else_is_djangos(method: str, path: str) -> None:
    told: list[str] = []

    def start(status: str, headers: Any, exc_info: Any = None) -> Any:
        told.append(status)

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO()}
    environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    assert b"".join(application(environ, start)).startswith(b'{"success":false')
    assert told[0].split()[0] in {"404", "405"}
