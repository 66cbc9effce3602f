"""What `/api/schema` says is what the API does: schemathesis tries to prove otherwise."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.transport import SerializationContext

from accounts.models import Organization, Project, User
from accounts.services import NewTenant
from billing import services
from clustering.models import ClusteringRun
from config.wsgi import application
from ingestion import body as body_limits
from ingestion import endpoint, limits, views
from ingestion.errors import STATUS
from ingestion.models import Event, Field
from ingestion.schema import READING
from ingestion.segments import Segment
from ingestion.segments_saved import save
from tests.ingestion.conftest import EVENT, Send
from tests.journeys.conftest import NOW, Speaker

EXAMPLES = 100
READ_EXAMPLES = 10
UNCOMPRESSED = {"Accept-Encoding": "identity"}
"""Schemathesis asks for gzip and does not unpack it."""
UNTOLD = {
    "timestamp is more than an hour ahead.",
    "timestamp is that of a program that set none. Leave it out, or send the time.",
}
"""Refusals that a schema cannot tell of: it knows no now, and no first day of a string."""


def sent(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The application, behind a client that compresses what it says is compressed."""
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.compress(environ["wsgi.input"].read())
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return application(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/api/schema", sent)
rejection = schema.config.checks.negative_data_rejection
rejection.expected_statuses = [*rejection.expected_statuses, "413"]


@schemathesis.serializer("application/x-ndjson")
def lines(ctx: SerializationContext, value: Any) -> bytes:
    """One event a line; what is no list is a line of its own."""
    items = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(item) for item in items).encode()


def test_the_schema_is_valid_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json")

    described = json.loads(capsys.readouterr().out)
    sending = {path for path in described["paths"] if not path.startswith(READING)}
    assert sending == {"/track", "/track/batch"}
    for path in sending:
        assert set(described["paths"][path]) == {"post"}
        answers = described["paths"][path]["post"]["responses"]
        assert set(answers) == {
            *("200", "400", "401", "403", "405", "411", "413", "415", "429", "503")
        }
        assert {str(status) for status in STATUS.values()} - set(answers) == {"404"}
        assert {header for answer in answers.values() for header in answer.get("headers", ())} == {
            "Allow",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "WWW-Authenticate",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
        }


def test_every_address_for_reading_is_described() -> None:
    described = views.openapi()["paths"]
    reading = {path.lstrip("/") for path in described if path.startswith(READING)}
    patterns = (
        each for app in get_resolver().url_patterns for each in getattr(app, "url_patterns", ())
    )
    there = {str(each.pattern) for each in patterns if str(each.pattern).startswith("api/v1/")}
    assert reading == {re.sub(r"<int:(\w+)>", r"{\1}", path) for path in there}
    for path in reading:
        operation = described[f"/{path}"]
        assert set(operation) == {"get"}
        answers = operation["get"]["responses"]
        assert set(answers) == {"200", "400", "401", "403", "404", "405", "429", "503"}
        assert operation["get"]["summary"]


def test_every_limit_is_told() -> None:
    told = json.dumps(views.openapi())
    for name, limit in vars(limits).items():
        if isinstance(limit, int):
            assert f"{limit:,}" in told, name
    assert "60 minutes ahead" in told


@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_everybody_may_read_it_and_nothing_else_is_told(
    client: Client, tenant: NewTenant, signed_in: Callable[[User], Client], path: str
) -> None:
    page = client.get(path)

    assert page.status_code == 200
    assert signed_in(tenant.user).get(path).content == page.content
    assert client.post(path).status_code == 405


def test_the_document_says_what_it_is(client: Client) -> None:
    answer = client.get("/api/schema?version=%0d%0aX:+y")

    assert answer["Content-Type"] == "application/vnd.oai.openapi+json"
    assert answer.json()["openapi"].startswith("3.1")


def test_the_page_needs_no_exception_from_the_security_policy(client: Client) -> None:
    page = client.get("/api/docs")

    assert "unsafe" not in page["Content-Security-Policy"]
    assert re.findall(r"<style|<script(?! src=\"/static/)|//[a-z]", page.content.decode()) == []


@pytest.mark.parametrize("said", ["", "yes", "2", "off"])
def test_an_unclear_dry_run_is_refused(send: Send, project: Project, said: str) -> None:
    answer = send(path=f"/track?dry_run={said}")

    assert (answer.status_code, answer.json()["field"]) == (400, "dry_run")
    assert not Event.objects.filter(project=project).exists()


@pytest.fixture
def speaker(project: Project) -> Speaker:
    return Speaker(project)


@pytest.fixture
def _in_transaction(db: None) -> Iterator[None]:
    """Requests in this process share the test's connection, so they must not close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_in_transaction")
@schema.exclude(path_regex="^/api/v1/").parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_the_api_is_as_described(case: Case[Any], key: str) -> None:
    headers = {"X-API-Key": key}
    response = case.call(headers=headers)
    excluded: list[CheckFunction] = []
    said = response.json() if response.content else {}
    refused = [event for event in said.get("events", []) if "error" in event] or [said]
    if all(event.get("error") in UNTOLD for event in refused):
        excluded += [positive_data_acceptance]
    if said.get("accepted") and said["refused"]:  # a batch is refused by the event
        excluded += [negative_data_rejection]
    case.validate_response(
        response,
        headers=headers,
        excluded_checks=excluded,
        transport_kwargs={"headers": headers},
    )


NOT_OF_THE_SCHEMA = {"cursor", "field", "topic", "theme", "against", "where"}
"""Parameters whose values a project has or has not; no schema can tell."""

VARIED = r"^/api/v1/(topics|topics/\{topic\}|texts/export|runs|usage|journeys/(follow-ups|starts))$"
"""One address of each kind; the others are made in the same way."""


@pytest.fixture
def conversations(speaker: Speaker, owner: User) -> Speaker:
    """Journeys that each report has something to say of."""
    services.subscribe(speaker.project.organization, "unlimited")
    Field.objects.create(project=speaker.project, key="platform", detected_type="enum")
    speaker.say("a", ["Pricing", "Features", "Pricing", "Pricing"], metadata={"platform": "ios"})
    speaker.say("b", ["Pricing", "?"], ended=NOW, metadata={"platform": "web"})
    ClusteringRun.objects.create(project=speaker.project, field=speaker.field)
    save(speaker.project, "iOS", Segment.parse("where.platform=ios"), owner)
    return speaker


@pytest.mark.usefixtures("_in_transaction", "conversations")
@schema.include(path_regex=VARIED).parametrize()
@settings(max_examples=READ_EXAMPLES, suppress_health_check=list(HealthCheck))
def test_reading_is_as_described(case: Case[Any], reading_key: str) -> None:
    headers = {"X-API-Key": reading_key, **UNCOMPRESSED}
    response = case.call(headers=headers)
    excluded: list[CheckFunction] = []
    said = response.json() if response.status_code == 400 else {}
    if str(said.get("field")).partition(".")[0] in NOT_OF_THE_SCHEMA:
        excluded += [positive_data_acceptance]
    case.validate_response(
        response,
        headers=headers,
        excluded_checks=excluded,
        transport_kwargs={"headers": headers},
    )


@pytest.mark.usefixtures("_in_transaction")
@pytest.mark.parametrize("path", [path for path in schema if path.startswith(READING)])
def test_what_is_read_has_the_shape_that_is_described(
    conversations: Speaker, reading_key: str, path: str
) -> None:
    pricing = conversations.topics["Pricing"].pk
    query: dict[str, Any] = {}
    if "follow-ups" in path:
        query = {"topic": pricing}
    if "comparison" in path:
        query = {"where.platform": "ios"}
    operation = schema[path]["GET"]
    case = operation.Case(path_parameters={"topic": pricing}, query=query)
    response = case.call(headers={"X-API-Key": reading_key, **UNCOMPRESSED})
    assert response.status_code == 200
    operation.validate_response(response)
    if path.rpartition("/")[2] not in ("export", "usage", "journeys", "{topic}", "comparison"):
        assert response.json()["data"]


def assert_described(path: str, body: Any, key: str, status: int) -> None:
    """Which answers come only now and then is not left to chance."""
    operation = schema[path]["POST"]
    headers = {"X-API-Key": key}
    response = operation.Case(body=body, media_type="application/json").call(headers=headers)
    assert response.status_code == status
    operation.validate_response(response)


@pytest.mark.usefixtures("_in_transaction")
@pytest.mark.parametrize(("path", "body"), [("/track", EVENT), ("/track/batch", [EVENT, EVENT])])
def test_rare_answers_are_as_described(
    organization: Organization, key: str, monkeypatch: pytest.MonkeyPatch, path: str, body: Any
) -> None:
    assert_described(path, body, "tur_live_unknown", 401)
    services.subscribe(organization, "unlimited")
    assert_described(path, body, key, 200)
    services.subscribe(organization, "pro", event_limit=0)
    assert_described(path, body, key, 429)
    monkeypatch.setattr(endpoint, "accept_grouped", Mock(side_effect=OperationalError("gone")))
    assert_described(path, body, key, 503)
    monkeypatch.setattr(body_limits, "MAX_BODY", 10)
    monkeypatch.setattr(body_limits, "MAX_BATCH_BODY", 10)
    assert_described(path, body, key, 413)
