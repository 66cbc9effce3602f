"""Plans of the hot statements, for a small and a large tenant in tables of two sizes.

EXPLAIN_EVENTS sets the sizes (200000,1000000). The product's own functions execute the statements;
the two tables that are printed stand in docs/scale.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from bench.explained import Plan, explained
from bench.large_tables import DAYS, Tenant, fill
from billing.selectors import terms_of
from clustering.columns import blocks
from clustering.columns.values import read_names_and_users
from clustering.privacy.deletion import BATCH, delete_events
from clustering.reports.period import period
from clustering.runs import standing
from clustering.texts import extraction
from config.health import work
from ingestion import services
from ingestion.deletion import events_of_user, oldest_events
from ingestion.models import Event
from ingestion.payload import NewEvent
from ingestion.selectors import field_rows, received
from journeys import conversation, quality_selectors, sessions

Operation = Callable[[], object]


def run() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    sizes = [int(size) for size in os.environ.get("EXPLAIN_EVENTS", "200000,1000000").split(",")]
    found = {}
    for size in sizes:
        small, large = fill(size)
        found[f"small of {size:,}"] = plans_of(small)
        found[f"large of {size:,}"] = plans_of(large)
    print(costs(found), ways(found), sep="\n\n")
    return {
        tenant: {name: [vars(plan) for plan in each] for name, each in plans.items()}
        for tenant, plans in found.items()
    }


Plans = dict[str, list[Plan]]
"""By operation."""


def plans_of(tenant: Tenant) -> Plans:
    """The plans of each operation, which is undone afterwards."""
    found = {}
    for name, prepare in OPERATIONS.items():
        with _undone():
            operation = prepare(tenant)
            with explained() as plans:
                operation()
        found[name] = plans
    return found


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def costs(found: dict[str, Plans]) -> str:
    """Pages and milliseconds of each operation, all its statements together."""
    rows = [["pages (ms)", *found], ["---", *("---:" for _ in found)]]
    rows += [[name, *(_cost(plans[name]) for plans in found.values())] for name in OPERATIONS]
    return _table(rows)


def ways(found: dict[str, Plans]) -> str:
    """How the statements that matter find their rows, in the last case."""
    *_, last = found.values()
    rows = [["operation", "pages (ms)", "by"], ["---", "---:", "---"]]
    for name, plans in last.items():
        rows += [
            [name, _cost([plan]), ", ".join(plan.ways)] for plan in plans if _matters(plan, plans)
        ]
    return _table(rows)


def _matters(plan: Plan, plans: list[Plan]) -> bool:
    """Whether it is a tenth of the pages or of the time."""
    pages = sum(each.buffers for each in plans)
    milliseconds = sum(each.milliseconds for each in plans)
    return plan.buffers >= pages / 10 or plan.milliseconds >= milliseconds / 10


def _cost(plans: list[Plan]) -> str:
    milliseconds = sum(plan.milliseconds for plan in plans)
    return f"{sum(plan.buffers for plan in plans):,} ({milliseconds:,.0f})"


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _new_events(tenant: Tenant, count: int) -> list[NewEvent]:
    """Every text of them was said before."""
    now = timezone.now()
    return [
        NewEvent(
            "message",
            f"new-{number // 6}",
            f"user-{number // 18}",
            {"prompt": f"how do I manage the part of my order that has number {number}"},
            now,
            f"new-{number}",
        )
        for number in range(count)
    ]


def _accept(tenant: Tenant, count: int) -> None:
    terms = terms_of(tenant.project.organization)
    services.accept(tenant.project.pk, terms, _new_events(tenant, count), timezone.now())


def accepting(tenant: Tenant) -> Operation:
    return partial(_accept, tenant, 1)


def accepting_again(tenant: Tenant) -> Operation:
    _accept(tenant, 1)
    return partial(_accept, tenant, 1)


def extracting(tenant: Tenant) -> Operation:
    _accept(tenant, extraction.BATCH)
    return partial(extraction.extract, tenant.project)


def retaining(tenant: Tenant) -> Operation:
    before = timezone.now() - timedelta(days=DAYS // 2)

    def delete() -> None:
        delete_events(tenant.project, oldest_events(tenant.project, before, BATCH))

    return delete


def erasing(tenant: Tenant) -> Operation:
    user = Event.objects.filter(project=tenant.project, user_id__gt="user-2").earliest("user_id")

    def delete() -> None:
        delete_events(tenant.project, events_of_user(tenant.project, user.user_id, BATCH))

    return delete


def reading_past(tenant: Tenant) -> Operation:
    middle = timezone.now() - timedelta(days=DAYS // 2)
    return partial(extraction._events_after, tenant.project, (middle, 0))


def sealing(tenant: Tenant) -> Operation:
    def read() -> None:
        rows = blocks.read_rows(tenant.field, blocks.Range(0), blocks.ROWS)
        read_names_and_users(tenant.project.pk, rows.event)

    return read


def sweeping(tenant: Tenant) -> Operation:
    def sweep() -> None:
        work.look()
        list(standing.projects_with_waiting())
        oldest_events(tenant.project, timezone.now() - timedelta(days=2 * DAYS), 1)

    return sweep


def listing_sessions(tenant: Tenant) -> Operation:
    def read() -> None:
        found = [each.session_id for each in sessions.latest_sessions(tenant.project)]
        sessions.summaries(tenant.project, tenant.field, found, timezone.now())

    return read


def showing_session(tenant: Tenant) -> Operation:
    session = Event.objects.filter(project=tenant.project).latest("timestamp").session_id

    def read() -> None:
        events = conversation.events_of(tenant.project, session)
        conversation.turns(tenant.project, [tenant.field], events)

    return read


def showing_fields(tenant: Tenant) -> Operation:
    return partial(field_rows, tenant.project)


def showing_what_came(tenant: Tenant) -> Operation:
    return partial(received, tenant.project)


def judging_quality(tenant: Tenant) -> Operation:
    week = period("7", timezone.now(), None)

    def read() -> None:
        quality_selectors._of_events(tenant.project, week, quality_selectors._LATEST)
        quality_selectors.count_events(tenant.project, [week.start])

    return read


OPERATIONS: dict[str, Callable[[Tenant], Operation]] = {
    "accept an event": accepting,
    "accept it again": accepting_again,
    "extract 5,000 events": extracting,
    "look for work": sweeping,
    "delete 2,000 old events": retaining,
    "delete a user's events": erasing,
    "read the past, 5,000 events": reading_past,
    "make a block, 8,192 rows": sealing,
    "page: sessions": listing_sessions,
    "page: a session": showing_session,
    "page: fields": showing_fields,
    "page: send events": showing_what_came,
    "page: data quality, a week": judging_quality,
}
