"""Handing events to the pipeline: each once, oldest first, and counted as they go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_hex

import pytest
from django.db import connection, transaction

from accounts.models import Organization, Project
from accounts.services import NewTenant
from billing import selectors as billing
from billing.models import Usage
from ingestion import selectors, services
from ingestion.models import Event, PendingEvent
from ingestion.payload import dump_json
from ingestion.services import accept, claim
from ingestion.stored import LARGEST, LARGEST_TEXT
from tests.billing.conftest import new_events

NOW = datetime(2026, 3, 15, 23, 59, tzinfo=UTC)


def send(project: Project, count: int, now: datetime = NOW) -> None:
    accept(project.pk, billing.terms_of(project.organization), new_events(count), now)


def waiting(project: Project) -> int:
    return PendingEvent.objects.filter(project=project).count()


def recorded(organization: Organization) -> dict[str, int]:
    days = Usage.objects.filter(organization=organization).values_list("day", "accepted")
    return {str(day): accepted for day, accepted in days}


def test_takes_the_oldest_first_and_each_once(project: Project) -> None:
    send(project, 5)
    first, second, third = (claim(project, 2) for _ in range(3))
    ids = [event.id for event in first + second + third]
    assert ids == sorted(ids)
    assert (len(first), len(second), len(third)) == (2, 2, 1)
    assert claim(project, 2) == []


@pytest.mark.parametrize("planner", ["hashjoin", "mergejoin", "nestloop"])
def test_takes_no_more_than_asked_for_whatever_the_plan(project: Project, planner: str) -> None:
    send(project, 5)
    with transaction.atomic(), connection.cursor() as cursor:
        for other in {"hashjoin", "mergejoin", "nestloop"} - {planner}:
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute("SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_material = off")
        assert [len(claim(project, 2)) for _ in range(3)] == [2, 2, 1]


def test_costs_the_same_where_statistics_say_that_nothing_waits(project: Project) -> None:
    """As they do whenever they were gathered while nothing did."""
    send(project, 300)
    claim(project, 300)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ingestion_pendingevent")
        send(project, 300)
        cursor.execute(f"EXPLAIN (ANALYZE) {services._CLAIM}", [project.pk, 300, project.pk])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "rows=300.00 loops=1)" in plan
    assert "Removed by Join Filter" not in plan


def test_takes_as_many_large_events_as_fit_into_memory(project: Project) -> None:
    noise = "".join(sha256(str(n).encode()).hexdigest() for n in range(1_500))
    large = [replace(event, metadata={"prompt": noise}) for event in new_events(150)]
    terms = billing.terms_of(project.organization)
    for events in (new_events(300), large):
        accept(project.pk, terms, events, NOW)
    taken = []
    while found := claim(project, 1_000):
        taken.append(len(found))
    assert sum(taken) == 450
    assert len(taken) > 1
    assert all(count * len(noise) < 4 * LARGEST for count in [taken[0] - 300, *taken[1:]])


def test_takes_no_more_than_fits_however_well_it_compresses(project: Project) -> None:
    laughter: dict[str, object] = {"a": "ha " * 200_000}
    events = [replace(event, metadata=laughter) for event in new_events(60)]
    accept(project.pk, billing.terms_of(project.organization), events, NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_column_size(metadata)) FROM ingestion_event")
        assert cursor.fetchone()[0] < LARGEST
    taken = []
    while found := claim(project, 1_000):
        taken.append(len(found))
    assert sum(taken) == 60
    assert max(taken) * len(dump_json(laughter)) < 1.1 * LARGEST_TEXT


def test_takes_an_event_that_alone_is_too_large(project: Project) -> None:
    huge = {f"k{n}": token_hex(50_000) for n in range(100)}
    accept(
        project.pk,
        billing.terms_of(project.organization),
        [replace(event, metadata=huge) for event in new_events(2)],
        NOW,
    )
    assert [len(claim(project, 10)) for _ in range(3)] == [1, 1, 0]


def test_returns_events_whole(project: Project) -> None:
    send(project, 1)
    [event] = claim(project, 1)
    sent = Event.objects.get(project=project)
    assert (event.id, event.session_id, event.metadata) == (sent.pk, "s0", {"prompt": "hello"})
    assert (event.timestamp, event.received_at) == (sent.timestamp, NOW)


def test_records_usage_by_the_day_it_was_received(
    project: Project, organization: Organization
) -> None:
    send(project, 2)
    send(project, 3, NOW + timedelta(minutes=2))
    claim(project, 10)
    assert recorded(organization) == {"2026-03-15": 2, "2026-03-16": 3}


def test_leaves_other_projects_alone(project: Project, other_tenant: NewTenant) -> None:
    send(project, 1)
    send(other_tenant.project, 2)
    claim(project, 10)
    assert (waiting(project), waiting(other_tenant.project)) == (0, 2)


def test_keeps_the_events(project: Project) -> None:
    send(project, 3)
    claim(project, 10)
    assert Event.objects.filter(project=project).count() == 3


def test_a_failure_puts_everything_back(project: Project, organization: Organization) -> None:
    send(project, 3)
    with transaction.atomic():
        claim(project, 10)
        transaction.set_rollback(True)
    assert (waiting(project), recorded(organization)) == (3, {})


def test_takes_two_statements(project: Project, statements: list[str]) -> None:
    send(project, 50)
    statements.clear()
    claim(project, 50)  # the events, and the usage of their one day
    assert len(statements) == 2


def test_finds_the_projects_that_have_work(project: Project, other_tenant: NewTenant) -> None:
    assert list(selectors.projects_with_pending()) == []
    send(project, 2)
    assert list(selectors.projects_with_pending()) == [project]
    claim(project, 10)
    assert list(selectors.projects_with_pending()) == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_share_the_work_and_lose_none(
    project: Project, organization: Organization
) -> None:
    send(project, 400)

    def work(_: int) -> list[int]:
        taken: list[int] = []
        try:
            while True:
                with transaction.atomic():
                    events = claim(project, 7)
                if not events:
                    return taken
                taken += [event.id for event in events]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [pk for part in pool.map(work, range(6)) for pk in part]
    assert len(taken) == len(set(taken)) == 400
    assert recorded(organization) == {"2026-03-15": 400}
