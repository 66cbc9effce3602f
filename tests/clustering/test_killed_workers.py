"""Workers that get SIGKILL in the middle of their work: processes of their own, killed while they
wait for something that the test holds, so that they are in the middle for certain."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import django_rq
import pytest
from django.conf import settings
from django.db import connection, connections

from accounts.models import Project
from clustering import jobs, pipeline
from clustering.models import ClusteringRun, Embedding, LabelSource, RunState, Text, Topic
from tests.clustering.labelling.messages_api import Reply, Request, named, serving
from tests.clustering.messages import ALL, field_of, send

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 120.0


@pytest.fixture(autouse=True)
def _empty_queues() -> Iterator[None]:
    yield
    for name in ("events", "topics"):
        django_rq.get_queue(name).delete(delete_jobs=True)


def test_embedding(project: Project) -> None:
    send(project, [*ALL, *ALL])
    with _worker("events") as worker, _nobody_writes("clustering_embedding") as somebody_waits:
        _wait(somebody_waits)
        worker.kill()
        worker.wait()
        assert not Embedding.objects.filter(project=project).exists()
    pipeline.drain(project)
    _is_whole(project)


def test_clustering(project: Project) -> None:
    send(project, [*ALL, *ALL])
    pipeline.process(project)
    jobs.cluster(field_of(project).pk, "a test").enqueue()
    with _worker("topics") as worker, _nobody_writes("clustering_text") as somebody_waits:
        _wait(somebody_waits)
        worker.kill()
        worker.wait()
        assert ClusteringRun.objects.filter(project=project).get().state == RunState.RUNNING
        assert not Topic.objects.filter(project=project).exists()
    pipeline.drain(project)
    runs = ClusteringRun.objects.filter(project=project).order_by("pk")
    assert [run.state for run in runs] == [RunState.FAILED, RunState.DONE]
    _is_whole(project)


def test_labelling(project: Project, settings: Any) -> None:
    send(project, [*ALL, *ALL])
    pipeline.drain(project)
    before = set(Topic.objects.filter(project=project).values_list("pk", flat=True))
    jobs.label(field_of(project).pk).enqueue()
    let_go = threading.Event()
    with serving() as llm:
        llm.play(replace(named("Never heard"), held=let_go))
        key = {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": llm.url}
        with _worker("topics", key) as worker:
            _wait(lambda: bool(llm.requests))
            worker.kill()
            worker.wait()
        let_go.set()
        llm.play(model=_a_name_for_each())
        settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = "test-key", llm.url
        pipeline.drain(project)
    topics = Topic.objects.filter(project=project)
    assert set(topics.values_list("pk", flat=True)) == before
    assert {topic.label_source for topic in topics} == {LabelSource.LLM}
    assert "Never heard" not in {topic.label for topic in topics}
    _is_whole(project)


def _a_name_for_each() -> Callable[[Request], Reply]:
    numbers = iter(("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"))
    return lambda _request: named(f"Subject {next(numbers)}")


def _is_whole(project: Project) -> None:
    """Each text once, with one vector and all its occurrences, in the topics that were planted."""
    texts = Text.objects.filter(project=project)
    counts = Counter({text.content: text.occurrences for text in texts})
    assert counts == Counter([*ALL, *ALL])
    assert texts.count() == len(counts)
    assert not texts.filter(embedded=False).exists()
    assert Embedding.objects.filter(project=project).count() == len(counts)
    assert Topic.objects.filter(project=project, retired_at=None).count() == 4


@contextmanager
def _worker(queue: str, environment: dict[str, str] | None = None) -> Iterator[Any]:
    """A worker process on this test's stores."""
    command = [sys.executable, "manage.py", "rqworker", queue]
    worker = subprocess.Popen(
        [*command, "--worker-class", "clustering.worker.Worker"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": _database(), **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def _database() -> str:
    own = settings.DATABASES["default"]
    url = f"postgres:///{connection.settings_dict['NAME']}?host={quote(own['HOST'], safe='')}"
    return f"{url}&user={quote(own['USER'])}&password={quote(own['PASSWORD'], safe='')}"


_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = %s::regclass AND NOT granted)"


@contextmanager
def _nobody_writes(table: str) -> Iterator[Callable[[], bool]]:
    """Keep a table from being written; yields whether somebody waits to."""
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")

        def somebody_waits() -> bool:
            cursor.execute(_WAITS, [table])
            return bool(cursor.fetchone()[0])

        try:
            yield somebody_waits
        finally:
            cursor.execute("ROLLBACK")
    other.close()


def _wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        sleep(0.02)
