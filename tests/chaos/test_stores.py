"""PostgreSQL and Redis that end, hang, forget, or take nobody else."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from time import monotonic, sleep

import psycopg
import pytest

from bench.installation import Installation
from tests.chaos.story import steady

pytestmark = pytest.mark.chaos

PATIENCE = 2.0
"""Seconds that /readyz waits for a store; one that answers meanwhile is well."""
TOLD = 4.0
"""Seconds from the end of a store to a 503: that patience, an answer good for 1, a look."""
KNOWN_AGAIN = 20.0
"""Seconds until workers and scheduler have told a Redis that forgot them that they live."""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_postgresql_that_ends(turret: Installation, how: signal.Signals) -> None:
    """Fast, immediate, and killed; it is started again."""
    with steady(turret) as story:
        os.kill(turret.postgres(), how)
        sleep(8)
    assert story.watch.failing() <= {"database"}
    assert story.client.seen[503]


def test_a_backend_that_crashes_and_takes_all_others_with_it(turret: Installation) -> None:
    with steady(turret) as story:
        os.kill(turret.children(turret.postgres())[-1], signal.SIGKILL)
        sleep(8)
    assert story.watch.failing() <= {"database"}


def test_no_connection_left(turret: Installation) -> None:
    with steady(turret) as story, ExitStack() as taken, turret.database() as own:
        _take_all(turret, taken, own)
        began = monotonic()
        while monotonic() - began < 10:
            _take_all(turret, taken, own)
            sleep(0.2)
        ended = monotonic()
    assert story.watch.failing() <= {"database"}
    assert not story.watch.ready_between(began + TOLD, ended - PATIENCE)
    assert story.client.seen[503]


def test_redis_that_ends(turret: Installation) -> None:
    with steady(turret) as story:
        for how in (signal.SIGTERM, signal.SIGKILL):
            os.kill(turret.redis_server(), how)
            sleep(6)
    assert story.watch.failing() <= {"redis", "scheduler", "workers of events", "workers of topics"}


def test_redis_that_hangs(turret: Installation) -> None:
    with steady(turret) as story:
        redis, began = turret.redis_server(), monotonic()
        os.kill(redis, signal.SIGSTOP)
        try:
            sleep(10)
            ended = monotonic()
        finally:
            os.kill(redis, signal.SIGCONT)
    assert not story.watch.ready_between(began + TOLD, ended - PATIENCE)
    assert "redis" in story.watch.failing() <= {"redis", "scheduler"}  # which ends, if it asks then


def test_redis_that_forgets(turret: Installation) -> None:
    with steady(turret) as story, turret.redis() as redis:
        for _ in range(3):
            redis.flushall()
            forgot = monotonic()
            sleep(3)
    assert story.watch.failing() <= {"scheduler", "workers of events", "workers of topics"}
    assert not [
        look for look in story.watch.looks if look.status != 200 and look.at > forgot + KNOWN_AGAIN
    ]


def _take_all(turret: Installation, taken: ExitStack, own: psycopg.Connection) -> None:
    """Take every connection that PostgreSQL has, from whoever has it."""
    mine = f"application_name = 'chaos' OR pid = {own.info.backend_pid}"
    own.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608
        f" WHERE usename = current_user AND NOT ({mine})"
    )
    while True:
        try:
            connection = turret.database()
        except psycopg.OperationalError:
            return
        taken.enter_context(connection)
        connection.execute("SET application_name = 'chaos'")
