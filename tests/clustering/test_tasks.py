"""Jobs and the sweep, against a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import django_rq
import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings
from rq import SimpleWorker
from rq.job import Job as QueuedJob
from rq.job import JobStatus

from accounts.models import Project, User
from bench.installation import eventually
from clustering import jobs, locks, pipeline, tasks
from clustering.mapping import stored
from clustering.models import ClusteringRun, Dimension, RunState, Text, Topic, TopicMap
from clustering.runs.due import FIRST_TOPICS
from clustering.texts import extraction
from clustering.themes import renewal
from ingestion import learning
from ingestion.models import FieldType
from tests.clustering.conftest import OtherProcess
from tests.clustering.messages import ALL, field_of, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_queues() -> Iterator[None]:
    for name in ("events", "topics"):
        django_rq.get_queue(name).empty()  # type: ignore[no-untyped-call]
    yield
    for name in ("events", "topics"):
        django_rq.get_queue(name).delete(delete_jobs=True)


def queued(name: str) -> list[tuple[str, tuple[Any, ...]]]:
    return [
        (str(job.func_name).removeprefix("clustering.tasks."), tuple(job.args))
        for job in django_rq.get_queue(name).get_jobs()
    ]


def work() -> None:
    """Do what is queued, and what that asks for, as a worker would."""
    queues = [django_rq.get_queue(name) for name in ("events", "topics")]
    SimpleWorker(queues, connection=queues[0].connection).work(burst=True, logging_level="WARNING")


def long_ago(project: Project) -> None:
    """Let a minute pass since the last text came and the last run ended."""
    then = timezone.now() - timedelta(minutes=1)
    Dimension.objects.filter(project=project).update(last_text_at=then)
    ClusteringRun.objects.filter(project=project).update(
        started_at=then - timedelta(minutes=1), finished_at=then - timedelta(minutes=1)
    )


def test_workers_take_events_all_the_way_to_named_topics(project: Project) -> None:
    send(project, ALL)
    assert queued("events") == [("process", (project.pk,))]
    work()
    assert ClusteringRun.objects.filter(project=project).get().state == RunState.DONE
    assert Topic.objects.filter(project=project).exclude(label="").count() == 4
    assert TopicMap.objects.filter(project=project).exists()
    assert queued("events") == queued("topics") == []


def test_the_sweep_finds_what_nobody_hinted_at(project: Project) -> None:
    send(project, ALL)
    django_rq.get_connection("events").flushdb()
    tasks.sweep()
    assert queued("events") == [("process", (project.pk,))]
    work()
    assert Topic.objects.filter(project=project).count() == 4


def test_a_job_that_fails_at_once_keeps_nobody_from_asking_for_another(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, ALL)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "process", Mock(side_effect=OperationalError))
        work()
    assert queued("events") == []
    send(project, ALL)
    # Within 50 ms of the last hint of this process, the next one waits for them to be over.
    assert eventually(lambda: queued("events") == [("process", (project.pk,))])


def test_the_sweep_asks_for_nothing_where_nothing_waits(project: Project) -> None:
    send(project, ALL)
    pipeline.drain(project)
    stored.draw(field_of(project))
    django_rq.get_connection("events").flushdb()
    tasks.sweep()
    assert queued("events") == queued("topics") == []


def test_the_sweep_finds_a_small_project_that_went_quiet(project: Project) -> None:
    send(project, ALL[:12])
    work()
    assert not ClusteringRun.objects.filter(project=project).exists()
    tasks.sweep()
    assert queued("topics") == []
    long_ago(project)
    tasks.sweep()
    assert queued("topics") == [("cluster", (field_of(project).pk, "first topics"))]
    work()
    assert Topic.objects.filter(project=project).exists()


def test_the_sweep_finds_a_field_whose_type_was_changed(project: Project, owner: User) -> None:
    send(project, ["hello"] * 30, key="greeting")
    work()
    learning.override_type(field_of(project, "greeting"), FieldType.TEXT, owner)
    django_rq.get_connection("events").flushdb()
    tasks.sweep()
    work()
    assert Text.objects.filter(project=project).get().occurrences == 30


def test_a_job_reads_the_past_of_a_field_whose_type_was_changed(
    project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch at a time, with new events between."""
    send(project, ["hello"] * 30, key="greeting")
    work()
    monkeypatch.setattr(extraction, "BATCH", 7)
    monkeypatch.setattr(pipeline, "_PAST_SECONDS", 0.0)
    learning.override_type(field_of(project, "greeting"), FieldType.TEXT, owner)
    assert queued("events") == [("process", (project.pk,))]
    work()
    text = Text.objects.filter(project=project).get()
    assert (text.occurrences, text.embedded) == (30, True)


def test_the_sweep_ends_the_run_of_a_dead_worker(project: Project) -> None:
    send(project, ALL)
    pipeline.process(project)
    ClusteringRun.objects.create(project=project, field=field_of(project))
    tasks.sweep()
    assert ClusteringRun.objects.filter(project=project).get().state == RunState.FAILED


def test_the_sweep_finds_topics_that_a_dead_worker_did_not_group(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, ALL)
    pipeline.process(project)
    field = field_of(project)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(renewal, "regroup", Mock(side_effect=SystemExit))
        tasks.cluster(field.pk, FIRST_TOPICS)
    assert ClusteringRun.objects.filter(project=project).get().state == RunState.DONE
    tasks.sweep()
    assert ("group", (field.pk,)) in queued("topics")
    work()
    tasks.sweep()
    assert ("group", (field.pk,)) not in queued("topics")


def test_a_job_is_queued_once() -> None:
    jobs.cluster(7, "a test").enqueue()
    jobs.cluster(7, "another test").enqueue()
    assert queued("topics") == [("cluster", (7, "a test"))]


def test_without_redis_a_job_is_not_asked_for_and_nothing_fails(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert not jobs.cluster(7, "a test").enqueue()


def test_first_topics_do_not_wait_for_what_others_have_to_do() -> None:
    jobs.cluster(7, "1,016 new texts since the last run").enqueue()
    jobs.draw(7).enqueue()
    jobs.cluster(8, FIRST_TOPICS).enqueue()
    assert queued("topics")[0] == ("cluster", (8, FIRST_TOPICS))


def state_of(job: jobs.Job, status: JobStatus, age: timedelta) -> QueuedJob:
    """Take a job from the queue and give it a state that a worker left it in."""
    job.enqueue()
    queue = django_rq.get_queue("topics")
    taken = QueuedJob.fetch(job.id, connection=queue.connection)
    queue.remove(taken)
    taken.set_status(status)
    taken.enqueued_at = taken.started_at = taken.ended_at = timezone.now() - age
    taken.save()
    return taken


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.STARTED, JobStatus.QUEUED])
def test_a_job_that_was_lost_is_asked_for_again(status: JobStatus) -> None:
    job = jobs.cluster(7, "a test")
    state_of(job, status, timedelta(seconds=10))
    job.enqueue()
    assert queued("topics") == []
    state = QueuedJob.fetch(job.id, connection=django_rq.get_connection("topics"))
    state.enqueued_at = state.started_at = state.ended_at = timezone.now() - timedelta(seconds=16)
    state.save()
    job.enqueue()
    assert queued("topics") == [("cluster", (7, "a test"))]


def test_a_job_that_a_living_worker_is_at_is_left_alone(other_process: OtherProcess) -> None:
    job = jobs.cluster(7, "a test")
    state_of(job, JobStatus.STARTED, timedelta(hours=1))
    other_process.holds(locks.clustering(7))
    job.enqueue()
    assert queued("topics") == []
    other_process.dies()
    job.enqueue()
    assert queued("topics") == [("cluster", (7, "a test"))]


def test_cron_registers_the_sweep_where_a_backlog_of_events_does_not_delay_it() -> None:
    from django_rq.cron import DjangoCronScheduler

    scheduler = DjangoCronScheduler()
    scheduler.load_config_from_file("config.cron")
    jobs = {job.func: (job.queue_name, job.interval) for job in scheduler.get_jobs()}
    assert jobs[tasks.sweep] == ("topics", 10)
