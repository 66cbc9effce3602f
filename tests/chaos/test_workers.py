"""A worker that hangs where others need what it holds, and two schedulers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import psycopg
import pytest
from rq.cron import CronScheduler

from bench.installation import Installation, eventually
from clustering.locks import LEASE
from tests.chaos.story import steady

pytestmark = pytest.mark.chaos

PATIENCE = LEASE + 60.0
"""Seconds until others have done all that the worker held, and what came meanwhile. It may hang
where another one waits for the table: between two transactions, with texts in hand."""

_LAST = """
    SELECT (SELECT coalesce(max(id), 0) FROM ingestion_event),
           (SELECT coalesce(max(id), 0) FROM clustering_text)
"""
_WAITING = """
    SELECT (SELECT count(*) FROM ingestion_pendingevent
            WHERE project_id = %(project)s AND event_id <= %(event)s)
         + (SELECT count(*) FROM clustering_text
            WHERE project_id = %(project)s AND id <= %(text)s AND NOT embedded)
"""


@pytest.mark.parametrize(
    ("queue", "table"),
    [
        ("events", "clustering_occurrence"),
        ("events", "clustering_embedding"),
        ("topics", "clustering_lineage"),
    ],
)
def test_a_worker_that_hangs(turret: Installation, queue: str, table: str) -> None:
    """As it extracts, embeds or writes topics: others get what it held as the server ends it."""
    with steady(turret) as story, turret.database() as database:
        hung = turret.pids(f"rqworker {queue}")[0]
        with _nobody_writes(database, table):
            assert eventually(lambda: _somebody_waits(database, table))
            os.kill(hung, signal.SIGSTOP)
        try:
            event, text = _one(database, _LAST, {})
            came = {"project": story.tenant.project_id, "event": event, "text": text}
            done = eventually(lambda: _one(database, _WAITING, came) == (0,), PATIENCE)
        finally:
            os.kill(hung, signal.SIGCONT)
        assert done, story.line()


def test_two_schedulers(turret: Installation) -> None:
    with steady(turret):
        second = turret.manage("rqcron", "config.cron", "--logging-level", "WARNING")
        try:
            assert eventually(lambda: _schedulers(turret) == 2)
            sleep(15)
        finally:
            second.terminate()
            second.wait()
    assert _schedulers(turret) == 1


def _schedulers(turret: Installation) -> int:
    """Those that live, as one that was killed stays on the list for a while."""
    with turret.redis() as redis:
        return sum(Path(f"/proc/{each.pid}").exists() for each in CronScheduler.all(redis))


@contextmanager
def _nobody_writes(database: psycopg.Connection, table: str) -> Iterator[None]:
    with database.transaction():
        database.execute(f"LOCK TABLE {table} IN SHARE MODE".encode())
        yield


def _somebody_waits(database: psycopg.Connection, table: str) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE relation = %(name)s::regclass AND NOT granted"
    return _one(database, query, {"name": table}) != (0,)


def _one(
    database: psycopg.Connection, query: str, parameters: Mapping[str, object]
) -> tuple[int, ...]:
    row = database.execute(query.encode(), parameters).fetchone()
    assert row is not None
    return row
