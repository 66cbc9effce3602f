"""`/readyz` tells the truth: of stores, migrations, workers and work that does not move."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rq import Queue
from rq.cron import CronScheduler

from accounts.models import Project
from accounts.services import create_project
from bench.serving import served
from billing import metrics
from billing.redis_client import redis
from clustering import jobs, tasks
from clustering.models import ClusteringRun, RunState, Text
from clustering.texts import extraction
from clustering.worker import Worker
from config.health import queue, ready, watch, work
from config.health.findings import failed
from config.health.watch import Watch
from ingestion.models import Event, PendingEvent
from tests.clustering.messages import ALL, field_of, send

LONG = timedelta(seconds=300)


def parts() -> dict[str, tuple[str, str]]:
    found = ready.judge(work.look(), queue.look())
    assert failed(found) == any(each.state == "fail" for each in found)
    return {each.part: (each.state.value, each.says) for each in found}


def failing() -> set[str]:
    return {part for part, (state, _) in parts().items() if state == "fail"}


@pytest.fixture
def living(db: None) -> Worker:
    """A worker of both queues, and a scheduler, as they register with Redis."""
    worker = Worker([Queue(name, connection=redis()) for name in queue.QUEUES], connection=redis())
    worker.register_birth()  # type: ignore[no-untyped-call]
    worker.heartbeat()
    scheduler = CronScheduler(connection=redis())
    scheduler.register_birth()
    scheduler.heartbeat()
    return worker


def now() -> datetime:
    """PostgreSQL's time, which stands still in a test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def received(project: Project, ago: timedelta) -> None:
    """Make it so that everything that was sent came some time ago."""
    moment = now() - ago
    Event.objects.filter(project=project).update(received_at=moment)
    PendingEvent.objects.filter(project=project).update(received_at=moment)


def moved(stage: str, ago: timedelta) -> None:
    metrics.count(stage, 1)
    metrics.flush()
    redis().hset(metrics.KEY, f"{metrics.SINCE} {stage}", str(time.time() - ago.total_seconds()))


def test_nothing_to_do_is_ready(living: Worker) -> None:
    assert parts() == {
        "database": ("ok", "answers"),
        "redis": ("ok", "answers"),
        "migrations": ("ok", "all applied"),
        "workers of events": ("ok", "1 at work"),
        "workers of topics": ("ok", "1 at work"),
        "scheduler": ("ok", "seen 0 s ago"),
        "events": ("ok", "none wait"),
        "texts": ("ok", "none wait"),
        "clustering runs": ("ok", "none yet"),
    }


def test_events_that_nobody_extracts(living: Worker, project: Project) -> None:
    send(project, ALL[:3])
    assert failing() == set()
    received(project, LONG)
    assert parts()["events"] == (
        "fail",
        "the oldest waits for 300 s; the last extract was not seen",
    )
    moved("extract", LONG)
    assert failing() == {"events"}
    moved("extract", timedelta(seconds=1))
    assert parts()["events"] == ("ok", "the oldest waits for 300 s")


def test_texts_that_nobody_embeds(living: Worker, project: Project) -> None:
    send(project, ALL[:3])
    received(project, LONG)
    extraction.extract(project)
    assert failing() == {"texts"}
    moved("embed", timedelta(seconds=1))
    assert failing() == set()


def test_the_oldest_of_all_projects_counts(
    living: Worker, project: Project, other_tenant: Any
) -> None:
    for each, ago in ((project, LONG), (other_tenant.project, LONG * 2)):
        send(each, ALL[:2])
        received(each, ago)
    assert "waits for 600 s" in parts()["events"][1]
    extraction.extract(other_tenant.project)
    assert "waits for 300 s" in parts()["events"][1]
    assert "waits for 600 s" in parts()["texts"][1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed, for who watches what is first in line."""
    passed = [0.0]
    monkeypatch.setattr(watch, "monotonic", lambda: passed[0])
    for name in ("events_watch", "texts_watch"):
        monkeypatch.setattr(ready, name, Watch())
    return passed


@pytest.mark.parametrize("part", ["events", "texts"])
def test_a_project_that_is_stuck_while_another_moves(
    living: Worker, project: Project, other_tenant: Any, clock: list[float], part: str
) -> None:
    both = (project, other_tenant.project)
    for each in both:
        send(each, ALL[:4])
        received(each, LONG)
        if part == "texts":
            extraction.extract(each)

    def after(seconds: float) -> tuple[str, str]:
        for stage in queue.STAGES:
            moved(stage, timedelta(seconds=1))
        clock[0] = seconds
        return parts()[part]

    def goes_on(each: Project) -> None:
        if part == "events":
            extraction.extract(each, limit=1)
        else:
            first = Text.objects.filter(project=each, embedded=False).earliest("pk")
            Text.objects.filter(project=each, pk=first.pk).update(embedded=True)

    waits = "the oldest waits for 300 s"
    assert after(0) == after(74) == ("ok", waits)
    goes_on(project)
    assert after(76) == ("fail", f"{waits}; of 1 project none moved for 76 s")
    assert after(74 + 76) == ("fail", f"{waits}; of 1 project none moved for 150 s")
    assert after(76 + 76) == ("fail", f"{waits}; of 2 projects none moved for 152 s")
    for each in both:
        goes_on(each)
    assert after(153) == ("ok", waits)


def test_a_project_waits_for_its_turn_among_many(
    living: Worker, project: Project, clock: list[float]
) -> None:
    projects = [project, *(create_project(project.organization, f"P{n}") for n in range(4))]
    for each in projects:
        send(each, ALL[:2])
        received(each, LONG)
    moved("extract", timedelta(seconds=1))
    assert failing() == set()
    clock[0] = work.STALLED + 4 * jobs.LONGEST_SECONDS - 1
    assert failing() == set()
    clock[0] += 2
    assert failing() == {"events"}


def test_texts_of_a_field_that_is_text_no_more_wait_for_nobody(
    living: Worker, project: Project
) -> None:
    send(project, ALL[:3])
    received(project, LONG)
    extraction.extract(project)
    field = field_of(project)
    field.override = "enum"
    field.save()
    assert failing() == set()


def test_what_a_worker_does_is_seen(living: Worker, project: Project) -> None:
    send(project, ALL[:3])
    received(project, LONG)
    tasks._count("extract", 3)
    metrics.flush()
    assert failing() == set()
    assert metrics.read()["extract"] == 3


def test_a_run_that_does_not_end(living: Worker, project: Project) -> None:
    send(project, ALL[:3])
    extraction.extract(project)
    run = ClusteringRun.objects.create(project=project, field=field_of(project))
    assert parts()["clustering runs"] == ("ok", "the last one: running, 0 s ago")
    run.started_at = now() - timedelta(hours=2)
    run.save()
    assert parts()["clustering runs"] == ("fail", "one has been under way for 7200 s")
    run.state, run.finished_at = RunState.FAILED, timezone.now()
    run.save()
    assert parts()["clustering runs"] == ("warn", "the last one: failed, 0 s ago")


def test_no_workers_and_no_scheduler(db: None) -> None:
    assert failing() == {"workers of events", "workers of topics", "scheduler"}


def test_a_worker_that_fell_silent_is_dead(living: Worker) -> None:
    silent = timezone.now() - timedelta(seconds=queue.SILENCE + 1)
    redis().hset(living.key, "last_heartbeat", silent.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert failing() == {"workers of events", "workers of topics"}
    redis().hset(living.key, "state", "busy")
    assert failing() == set()


def test_workers_are_known_again_after_redis_lost_its_memory(living: Worker) -> None:
    redis().flushdb()
    assert "workers of events" in failing()
    living.heartbeat()
    assert failing() == {"scheduler"}


def test_a_migration_that_is_missing(living: Worker) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'ingestion' AND name LIKE '0002%%'"
        )
        assert parts()["migrations"] == ("fail", "1 not applied: run manage.py migrate")
        cursor.execute("DROP TABLE django_migrations")
    assert failing() == {"migrations"}


def test_it_asks_little(
    living: Worker, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    send(project, ALL)
    with django_assert_num_queries(2):
        work.look()
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN " + work._WORK)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan  # which ones, the statistics of the moment decide
    assert "Seq Scan" not in plan


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def asked(port: int) -> tuple[int, Any, float]:
    began = monotonic()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
            return answer.status, json.load(answer), monotonic() - began
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer), monotonic() - began


def test_stores_that_hang_or_are_gone_cost_two_seconds_at_most(
    silent_port: int, closed_port: int
) -> None:
    stores = {
        "DATABASE_URL": f"postgresql://turret:hunter2@127.0.0.1:{silent_port}/turret",
        "REDIS_URL": f"redis://:hunter2@127.0.0.1:{closed_port}/0",
    }
    with served(workers=1, environment=stores) as server:
        asked(server.port)  # imports the pages
        for _ in range(3):
            status, body, seconds = asked(server.port)
            assert status == 503
            assert body == {
                "ready": False,
                "parts": {
                    "database": {"state": "fail", "says": "does not answer within 2 s"},
                    "redis": {"state": "fail", "says": "cannot be used (ConnectionError)"},
                },
            }
            assert seconds < 2.5
