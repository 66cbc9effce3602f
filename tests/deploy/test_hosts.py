"""Hosts side by side over one PostgreSQL and one Redis, and one of them lost in the middle of work.

Each has programs and a data directory of its own. As root its workers have a network of their own,
too, in which nothing can be reached: the two stores are all that hosts share.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import psycopg
import pytest
import redis
from rq import Worker

from config.embedded.account import Account
from tests.deploy import files
from tests.deploy.place import Place, deployed, event, give_model, wait

SETTINGS = {"POSTGRES_PASSWORD": "set", "SECRET_KEY": "set"}
EVENTS, MORE = 200, 50


@dataclass
class Host:
    """Programs that see one data directory and one port."""

    name: str
    place: Place

    def start(self, *names: str) -> None:
        services = files.compose(SETTINGS)["services"]
        for name in names:
            account = self.place.account
            inside = self.place if name == "web" else replace(self.place, account=_apart(account))
            inside.start(self._log(name), services[name]["command"])

    def pid(self, name: str) -> int:
        return self.place.programs[self._log(name)].pid

    def is_alive(self) -> bool:
        return self.place.ask("/healthz")[0] == 200

    def logs(self) -> str:
        return "\n".join(self.place.log(name) for name in self.place.programs)

    def _log(self, name: str) -> str:
        return f"{self.name}-{name}"


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    with deployed() as place:
        place.manage("migrate", "--no-input", "--verbosity", "0")
        first, second = _host(place, "first"), _host(place, "second")
        try:
            yield first, second
        finally:
            first.place.end()
            second.place.end()


def test_what_a_lost_host_was_at_the_other_one_does_once(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    first.start("worker", "web")
    second.start("worker", "web", "topics", "cron")
    key = second.place.tenant()["api_key"]
    workers = {host.pid("worker") for host in hosts}
    for host in hosts:
        wait(host.is_alive, host.logs)
        wait(lambda: workers <= _jobs(second.place).keys(), host.logs)

    with _nobody_extracts(second.place) as so_many_wait:
        for number, host in enumerate(hosts):
            host.place.track(key, *map(event, range(number, EVENTS, 2)))
            wait(partial(so_many_wait, number + 1), host.logs)
        assert all(_jobs(second.place)[worker] for worker in workers)
        first.place.end()
    assert not first.is_alive()
    # As a client does that got no answer from the host that is gone.
    second.place.track(key, *map(event, range(EVENTS + MORE)))
    wait(second.place.is_idle, second.logs)

    assert _counts(second.place) == dict.fromkeys(COUNTS, EVENTS + MORE)


def _host(place: Place, name: str) -> Host:
    data = place.folder.parent / name
    place.account.private_folder(data)
    give_model(place.account, data)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        own = {"TURRET_DATA_DIR": str(data), "PORT": str(probe.getsockname()[1])}
    return Host(name, replace(place, environment={**place.environment, **own}, programs={}))


def _apart(account: Account) -> Account:
    """The account in a network of its own, where that can be made."""
    alone = ("unshare", "--net")
    if os.geteuid() != 0 or subprocess.run([*alone, "true"], capture_output=True).returncode:
        return account
    return replace(account, prefix=(*alone, *account.prefix))


@contextmanager
def _nobody_extracts(place: Place) -> Iterator[Callable[[int], bool]]:
    """Keep extraction from ending; yields whether so many processes wait in the middle."""
    url = place.environment["DATABASE_URL"]
    with psycopg.connect(url) as held, psycopg.connect(url, autocommit=True) as other:
        held.execute("LOCK TABLE clustering_occurrence IN SHARE MODE")

        def so_many_wait(count: int) -> bool:
            found = other.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            return bool(found.fetchall()[0][0] >= count)

        yield so_many_wait


def _jobs(place: Place) -> dict[int | None, str | None]:
    """The job that each worker has in hand, by the process."""
    with redis.Redis.from_url(place.environment["REDIS_URL"]) as store:
        return {each.pid: each.get_current_job_id() for each in Worker.all(store)}


COUNTS = {
    "events": "SELECT count(*) FROM ingestion_event",
    "events by the client's ids": "SELECT count(DISTINCT event_id) FROM ingestion_event",
    "usage": "SELECT sum(accepted) FROM billing_usage",
    "occurrences": "SELECT count(*) FROM clustering_occurrence",
    "occurrences as texts count them": "SELECT sum(occurrences) FROM clustering_text"
    " JOIN clustering_embedding ON text_id = id",
}


def _counts(place: Place) -> dict[str, int]:
    with psycopg.connect(place.environment["DATABASE_URL"]) as database:
        return {name: int(database.execute(each).fetchall()[0][0]) for name, each in COUNTS.items()}
