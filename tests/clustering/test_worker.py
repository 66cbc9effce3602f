"""Workers whose connections are lost, that hang, or that a Redis forgot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from threading import Event
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, connections, transaction
from rq import Queue
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from billing.redis_client import redis
from clustering import locks, pipeline, tasks, worker
from clustering.worker import Worker
from tests.clustering.conftest import OtherProcess

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 20.0
FIELD = 7


@pytest.fixture
def other() -> Iterator[Any]:
    """Another session, which outlives what happens to the test's own."""
    made = connections.create_connection("default")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _replace_what_was_lost() -> Iterator[None]:
    yield
    connection.close()


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "LEASE", 0.2)
    monkeypatch.setattr(locks, "LEASE_IN_TRANSACTION", 0.2)


@pytest.mark.parametrize("name", ["events", "topics"])
def test_a_worker_loads_the_model_before_its_first_job(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(pipeline, "embedder", lambda: done.append("load"))
    monkeypatch.setattr(tasks, "sweep", lambda: done.append("job"))
    queue = Queue(name, connection=redis())
    queue.enqueue_call("clustering.tasks.sweep")
    Worker([queue]).work(burst=True, logging_level="ERROR")
    assert done == ["load", "job"]


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("in_transaction", [True, False])
def test_a_right_ends_with_the_lease_of_whoever_falls_silent(
    other_process: OtherProcess, in_transaction: bool
) -> None:
    with pytest.raises(Error), locks.lease(), locks.holding("something"):
        if in_transaction:
            transaction.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            _wait(lambda: other_process.may_hold("something"))
            cursor.execute("SELECT 1")


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize(
    ("copied", "finding_out"),
    [
        ("clustering_embedding FROM STDIN", pytest.raises(psycopg.Error)),
        ("(SELECT generate_series(1, 9e6)) TO STDOUT", nullcontext()),  # at the next statement
    ],
)
def test_a_right_ends_with_the_session_of_whoever_hangs_in_the_middle_of_a_copy(
    other_process: OtherProcess, copied: str, finding_out: AbstractContextManager[object]
) -> None:
    def end_hung() -> int:
        with connections["default"].temporary_connection():
            return locks.end_hung()

    with (
        ThreadPoolExecutor(1) as sweeper,
        finding_out,
        locks.lease(),
        locks.holding("something"),
        connection.cursor() as cursor,
        cursor.copy(f"COPY {copied}"),
    ):
        _wait(lambda: sweeper.submit(end_hung).result() == 1)
        _wait(lambda: other_process.may_hold("something"))


@pytest.mark.usefixtures("_short")
def test_a_transaction_that_all_wait_for_ends_when_it_falls_silent() -> None:
    with ThreadPoolExecutor(1) as waiting, pytest.raises(Error), transaction.atomic():
        locks.own(FIELD)
        waiting.submit(own_a_field).result(PATIENCE)


@pytest.mark.usefixtures("_short")
def test_a_worker_ends_the_hung_session_that_its_job_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hang() -> None:
        with (
            connections["default"].temporary_connection(),
            locks.lease(),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            locks.share([FIELD])
            with cursor.copy("COPY clustering_embedding FROM STDIN"):
                hanging.set()
                done.wait(PATIENCE)

    hanging, done = Event(), Event()
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.02)
    queue = Queue("topics", connection=redis())
    job = queue.enqueue(own_a_field)
    with ThreadPoolExecutor(1) as other_worker:
        hung = other_worker.submit(hang)
        assert hanging.wait(PATIENCE)
        Worker([queue], connection=redis()).work(burst=True, logging_level="CRITICAL")
        assert not hung.done()
        done.set()
    with pytest.raises(psycopg.Error):
        hung.result()
    assert job.get_status(refresh=True) == "finished"


def own_a_field() -> None:
    """A job."""
    with connections["default"].temporary_connection(), transaction.atomic():
        locks.own(FIELD)


def test_a_lease_ends_with_its_block() -> None:
    with connection.cursor() as cursor:
        with locks.lease():
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("1min",)
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_worker_outlives_the_loss_of_its_connection(other: Any) -> None:
    queue = Queue("events", connection=redis())
    with connection.cursor() as mine, other.cursor() as cursor:
        mine.execute("SELECT pg_backend_pid()")
        cursor.execute("SELECT pg_terminate_backend(%s)", mine.fetchone())
    jobs = [queue.enqueue("clustering.tasks.sweep") for _ in range(2)]
    Worker([queue], connection=redis()).work(burst=True, logging_level="CRITICAL")
    assert [job.get_status(refresh=True) for job in jobs] == ["failed", "finished"]


def test_a_worker_that_redis_forgot_is_known_again_before_its_job_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.02)
    queue = Queue("events", connection=redis())
    queue.enqueue(forget_workers_and_wait_for_one)
    Worker([queue], connection=redis()).work(burst=True, logging_level="CRITICAL")
    assert known_again == [True]


known_again: list[bool] = []


def forget_workers_and_wait_for_one() -> None:
    """A job."""
    redis().flushdb()
    _wait(lambda: redis().smembers(WORKERS_BY_QUEUE_KEY % "events"))
    known_again.append(True)


def _wait(condition: Callable[[], object]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        sleep(0.02)
