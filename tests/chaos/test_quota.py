"""A quota that runs out while what counts it is harmed: exact, but for what a flush forgets."""

from __future__ import annotations

import os
import signal
from time import sleep

import pytest

from bench.books import Books
from bench.installation import Installation
from bench.steady import Client, sending
from billing.quota import COUNTER_LIFETIME

pytestmark = pytest.mark.chaos

LIMIT = 3_000
SECONDS = 18.0
"""In which nearly twice as many are sent."""


def test_web_processes_that_are_killed(turret: Installation) -> None:
    """They may have reserved what they did not store. That is forgotten a minute later."""
    tenant = turret.tenant(LIMIT)
    client = Client(turret.port, tenant.key)
    with sending(client):
        sleep(SECONDS / 4)
        os.kill(turret.children(turret.pid("granian"))[-1], signal.SIGKILL)
        sleep(SECONDS * 3 / 4)
    with turret.database() as database:
        books = Books(database, tenant)
        stored = books.stored()
        assert client.accepted() <= set(stored)
        assert books.used() == len(stored) <= LIMIT
        sleep(COUNTER_LIFETIME + 1)
        client.repeat_once()
        assert books.used() == len(books.stored()) == LIMIT
    print(f"\n    {len(stored):,} of {LIMIT:,} stored; {LIMIT:,} when the counter was counted anew")


def test_a_redis_that_forgets(turret: Installation) -> None:
    """Over the limit may come what was under way when it forgot, and no more."""
    tenant = turret.tenant(LIMIT)
    client = Client(turret.port, tenant.key)
    under_way = 0
    with sending(client), turret.redis() as redis:
        for _ in range(round(SECONDS)):
            under_way += client.in_flight
            redis.flushall()
            under_way += client.in_flight
            sleep(1)
    with turret.database() as database:
        books = Books(database, tenant)
        stored = books.stored()
        assert client.accepted() <= set(stored)
        assert books.used() == len(stored)
        assert LIMIT <= len(stored) <= LIMIT + under_way
    print(f"\n    {len(stored):,} of {LIMIT:,} stored; {under_way} were under way at the flushes")
