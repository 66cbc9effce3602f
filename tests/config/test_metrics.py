"""`/metrics` adds up what all processes did, for whoever knows the token."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from http.client import HTTPConnection
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts import services
from accounts.models import Organization, Project
from accounts.services import NewTenant
from bench.serving import served
from billing import metrics
from billing.models import LLMUsage
from billing.redis_client import redis
from billing.services import subscribe
from clustering import pipeline, tasks
from clustering.models import RunScope
from tests.clustering.messages import ALL, field_of, send

TOKEN = "a-token-of-some-length"
EVENT = b'{"name": "prompt", "metadata": {"prompt": "Where is my parcel?"}}'
PATIENCE = 20.0

Samples = dict[tuple[str, ...], float]


def parsed(text: str) -> Samples:
    """Each sample by its name and the values of its labels, those in the order of their names."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: Client) -> Samples:
    metrics.flush()
    page = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert page.status_code == 200
    return parsed(page.content.decode())


@pytest.mark.django_db
def test_only_who_knows_the_token_reads_it(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for token in ("", TOKEN):
        assert (
            client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 404
        )
    settings.METRICS_TOKEN = TOKEN
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}):
        answer = client.get("/metrics", headers=given)
        assert answer.status_code == 401
        assert b"turret_" not in answer.content
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_tells_what_waits_and_what_was_done(
    client: Client, settings: Settings, project: Project
) -> None:
    settings.METRICS_TOKEN = TOKEN
    LLMUsage.objects.create(
        organization=project.organization,
        project=project,
        month=datetime.now(UTC).date().replace(day=1),
        input_tokens=70,
        output_tokens=30,
    )
    deleted = services.create_project(project.organization, "Deleted")
    send(deleted, ALL)
    services.delete_project(deleted)
    send(project, [*ALL, ALL[0]])
    before = scraped(client)
    assert before["turret_pending_events",] == len(ALL) + 1
    assert before["turret_queued_jobs", "events"] == 2
    assert before["turret_workers", "events"] == 0
    assert before["turret_llm_tokens_this_month", "input"] == 70
    assert before["turret_llm_tokens_this_month", "output"] == 30
    pipeline.embedder()
    tasks.process(project.pk)
    assert tasks._run(field_of(project), "asked for", RunScope.ALL)
    after = scraped(client)
    assert after["turret_pending_events",] == 0
    assert after["turret_extracted_events_total",] == len(ALL) + 1
    assert after["turret_embedded_texts_total",] == len(ALL)
    assert after["turret_run_seconds_count", "all", "done"] == 1
    assert 0 < after["turret_run_seconds_sum", "all", "done"] < 60
    assert after["turret_run_seconds_bucket", "60.0", "all", "done"] == 1
    names = {name for name, *_ in after}
    assert project.slug not in " ".join(map(str, after))
    assert {"turret_up", "turret_oldest_event_seconds", "turret_oldest_text_seconds"} <= names


def test_what_several_processes_did_adds_up(
    own_stores: dict[str, str], organization: Organization, tenant: NewTenant
) -> None:
    subscribe(organization, "pro")
    requests = Counter({("/track", tenant.key.secret): 40, ("/track", "nonsense"): 10})
    batch = b"[%s, {}, 7]" % EVENT
    with served(workers=2, environment=own_stores | {"METRICS_TOKEN": TOKEN}) as server:

        def ask(method: str, path: str, body: bytes = b"", **headers: str) -> Any:
            http = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            http.request(method, path, body, {"Content-Type": "application/json", **headers})
            return http.getresponse().read().decode()

        for path, key in requests.elements():
            ask("POST", path, EVENT, **{"X-API-Key": key})
        ask("POST", "/track/batch", batch, **{"X-API-Key": tenant.key.secret})
        ask("GET", "/p/nobodys/topics/")
        found: Samples = {}
        deadline = monotonic() + PATIENCE
        while not (
            found.get(("turret_request_seconds_count", "2xx", "track")) == 40
            and ("turret_request_seconds_count", "3xx", "topics") in found
        ):
            assert monotonic() < deadline
            sleep(0.2)
            found = parsed(ask("GET", "/metrics", Authorization=f"Bearer {TOKEN}"))
    assert found["turret_request_seconds_count", "2xx", "track"] == 40
    assert found["turret_request_seconds_bucket", "+Inf", "2xx", "track"] == 40
    assert found["turret_request_seconds_count", "4xx", "track"] == 10
    assert found["turret_request_seconds_count", "2xx", "track_batch"] == 1
    assert found["turret_request_seconds_count", "3xx", "topics"] == 1
    assert found["turret_refused_events_total", "invalid_api_key"] == 10
    assert found["turret_refused_events_total", "missing_required_field"] == 1
    assert found["turret_refused_events_total", "invalid_request"] == 1
    assert found["turret_pending_events",] == 41
    assert 0 < found["turret_oldest_event_seconds",] < PATIENCE
    assert found["turret_up", "database"] == found["turret_up", "redis"] == 1


def test_what_cannot_be_written_is_kept(settings: Settings) -> None:
    working = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    metrics.count("kept", 2)
    metrics.flush()
    settings.REDIS_URL = working
    metrics.count("kept", 3)
    metrics.flush()
    assert metrics.read()["kept"] == 5


def test_what_a_process_counted_last_is_written_when_it_ends() -> None:
    script = "import django; django.setup(); from billing import metrics; metrics.count('last')"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=configured.BASE_DIR)
    assert metrics.read()["last"] == 1


def test_a_process_ends_without_redis_too() -> None:
    script = "import django; django.setup(); from billing import metrics; metrics.count('last')"
    environment = os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        cwd=configured.BASE_DIR,
        env=environment,
        capture_output=True,
    )
    assert done.stderr == b""


def test_counting_writes_by_itself_soon() -> None:
    metrics.count("soon")
    deadline = monotonic() + PATIENCE
    while not redis().hexists(metrics.KEY, "soon"):
        assert monotonic() < deadline
        sleep(0.05)
