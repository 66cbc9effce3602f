"""The hint to the queue: one job for a burst, and never a burst without one."""

from __future__ import annotations

from time import monotonic, sleep
from unittest.mock import Mock

import django_rq
import pytest
from django.db import transaction
from pytest_django import Settings
from rq.job import Job

from accounts.models import Project
from ingestion import hints
from ingestion.hints import clear, hint
from ingestion.services import claim
from tests.ingestion.conftest import Send

pytestmark = pytest.mark.django_db(transaction=True)


def jobs() -> list[Job]:
    return django_rq.get_queue(hints.QUEUE).jobs


def test_an_event_asks_for_its_project(send: Send, project: Project) -> None:
    send()
    [job] = jobs()
    assert (job.func_name, job.args) == ("clustering.tasks.process", (project.pk,))
    assert job.result_ttl == 0
    assert job.failure_ttl == hints.FAILURE_LIFETIME


def test_the_job_is_one_that_a_worker_can_run(send: Send) -> None:
    send()
    [job] = jobs()
    assert callable(job.func)


def test_a_burst_makes_one_job(send: Send) -> None:
    for _ in range(5):
        send()
    assert len(jobs()) == 1


def test_a_bad_event_makes_none(send: Send) -> None:
    send({})
    assert jobs() == []


def test_an_event_after_the_job_looked_makes_another(send: Send, project: Project) -> None:
    send()
    with transaction.atomic():
        claim(project, 10)
    send()
    deadline = monotonic() + 10
    while len(jobs()) < 2:
        assert monotonic() < deadline
        sleep(0.01)


def test_many_requests_are_few_hints_and_the_last_is_not_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Mock()
    monkeypatch.setattr(hints, "_hint", told)
    for _ in range(100):
        hints.hint_often(project.pk)
    assert told.call_count == 1
    while project.pk in hints._pausing:
        sleep(0.01)
    assert told.call_count == 2


def test_what_was_held_back_is_told_when_the_process_ends(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "PAUSE", 3600)
    hints.hint_often(project.pk)
    clear(project.pk)
    hints.hint_often(project.pk)
    assert len(jobs()) == 1
    hints.end_pauses()
    assert len(jobs()) == 2


def test_projects_do_not_share_a_hint() -> None:
    hint(1)
    hint(2)
    hint(1)
    assert [job.args for job in jobs()] == [(1,), (2,)]


def test_a_hint_waits_for_the_commit() -> None:
    with transaction.atomic():
        hint(7)
        assert jobs() == []
    assert len(jobs()) == 1


def test_a_hint_is_dropped_with_its_transaction() -> None:
    with transaction.atomic():
        hint(7)
        transaction.set_rollback(True)
    assert jobs() == []


def test_a_lost_job_is_asked_for_again_after_a_while() -> None:
    hint(7)
    ttl = django_rq.get_connection(hints.QUEUE).ttl(hints._flag(7))
    assert 0 < ttl <= hints.FLAG_LIFETIME


def test_a_flag_without_any_job_keeps_nobody_from_asking() -> None:
    hint(1)
    hints.remind([1, 2])
    assert [job.args for job in jobs()] == [(1,), (2,)]
    for job in jobs():
        job.delete()
    hints.remind([1, 2])
    assert [job.args for job in jobs()] == [(1,), (2,)]


def test_without_redis_there_is_no_hint_and_no_failure(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hint(7)
    clear(7)
    hints.remind([7])
