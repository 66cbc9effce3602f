"""Deleting for good the projects that nobody can bring back any more.

What belongs to a project is found by the models themselves, so that none is forgotten. Each batch
is a transaction of its own, and the project's row goes last: whoever is killed leaves the rest to
the next.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from graphlib import TopologicalSorter
from time import monotonic
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import services
from accounts.models import BROUGHT_BACK_FOR, Project
from accounts.tenancy import ProjectModel
from clustering import locks
from clustering.privacy.deletion import BATCH
from ingestion.deletion import take_pending
from ingestion.models import PendingEvent

log = logging.getLogger(__name__)

GRACE = timedelta(hours=1)
"""Until the last who brings a project back has surely done so, whatever clocks say."""

# By an index that begins with the project: reading a table from its start, each batch would pass
# over the rows that those before it deleted.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_DELETE = """
    DELETE FROM {table} WHERE project_id = %(project)s AND ctid = ANY(ARRAY(
        SELECT ctid FROM {table} WHERE project_id = %(project)s LIMIT %(limit)s
    ))
"""


def due() -> QuerySet[Project]:
    """Projects, of every organization, that nobody can bring back any more."""
    before = timezone.now() - BROUGHT_BACK_FOR - GRACE
    return Project.with_deleted.unscoped().filter(deleted_at__lte=before).order_by("pk")


def purge(project_id: int, deadline: float = math.inf) -> None:
    """Delete a project that is due, and all its rows, batch by batch.

    Begins no batch after `deadline`, on the monotonic clock. Does nothing while another process is
    at the same project. Usage stays, that of events which nobody processed too.
    """
    with locks.holding(locks.purging(project_id)) as mine:
        project = due().filter(pk=project_id).first() if mine else None
        if project is None:
            return
        steps: list[Callable[[Project], int]] = [_count_pending]
        steps += [partial(_delete_rows, table) for table in tables()]
        for step in steps:
            while step(project):
                if monotonic() >= deadline:
                    return
        services.end_project(project)
    log.info("project %d is deleted for good", project_id)


@cache
def tables() -> tuple[str, ...]:
    """The tables of projects' rows, each before those that its rows refer to."""
    models: list[Any] = [each for each in apps.get_models() if issubclass(each, ProjectModel)]
    order = TopologicalSorter[Any](dict.fromkeys(models, ()))
    for model in models:
        for field in model._meta.concrete_fields:
            if field.related_model in models and field.related_model is not model:
                order.add(field.related_model, model)
    return tuple(model._meta.db_table for model in order.static_order())


@transaction.atomic
def _count_pending(project: Project) -> int:
    pending = PendingEvent.objects.filter(project=project).order_by("event")
    return len(take_pending(project, list(pending.values_list("event_id", flat=True)[:BATCH])))


@transaction.atomic
def _delete_rows(table: str, project: Project) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        values = {"project": project.pk, "limit": BATCH}
        cursor.execute(_DELETE.format(table=connection.ops.quote_name(table)), values)
        return int(cursor.rowcount)
