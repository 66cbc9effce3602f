"""Deleting for good the projects and organizations that nobody can bring back any more.

What belongs to one is found by the models themselves, so that none is forgotten. Each batch is a
transaction of its own, and the row of the project or organization goes last: whoever is killed
leaves the rest to the next. An organization waits until its projects have gone.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache, partial
from graphlib import TopologicalSorter
from time import monotonic
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import services
from accounts.models import Organization, Project, kept_since
from accounts.tenancy import OrganizationModel, ProjectModel
from clustering import locks
from clustering.privacy.deletion import BATCH
from ingestion.deletion import take_pending
from ingestion.models import PendingEvent

log = logging.getLogger(__name__)

Kind = type[ProjectModel] | type[OrganizationModel]

GRACE = timedelta(hours=1)
"""How much longer a project is kept, for whoever is just bringing it back and for clocks that
differ."""

# By an index that begins with the project: reading a table from its start, each batch would pass
# over the rows that those before it deleted.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_DELETE = """
    DELETE FROM {table} WHERE {tenant} = %(tenant)s AND ctid = ANY(ARRAY(
        SELECT ctid FROM {table} WHERE {tenant} = %(tenant)s LIMIT %(limit)s
    ))
"""

_Step = Callable[[], int]
"""Deletes a batch; returns how many rows there were."""


def due() -> QuerySet[Project]:
    """Projects, of every organization, that nobody can bring back any more."""
    found = Project.with_deleted.unscoped().filter(deleted_at__lte=kept_since() - GRACE)
    return found.order_by("pk")


def organizations_due() -> QuerySet[Organization]:
    """Organizations that nobody can bring back any more, and that have no projects left."""
    projects = Project.with_deleted.filter(organization=OuterRef("pk"))
    found = Organization.with_deleted.filter(deleted_at__lte=kept_since() - GRACE)
    return found.exclude(Exists(projects)).order_by("pk")


def purge(project_id: int, deadline: float = math.inf) -> None:
    """Delete a project that is due, and all its rows, batch by batch.

    Begins no batch after `deadline`, on the monotonic clock. Does nothing while another process is
    at the same project. Usage stays, also that of events which were never processed.
    """
    with locks.holding(locks.purging(project_id)) as mine:
        project = due().filter(pk=project_id).first() if mine else None
        if project is None:
            return
        steps: list[_Step] = [partial(_count_pending, project)]
        steps += _deletions(ProjectModel, project_id)
        if not _carry_out(steps, deadline):
            return
        services.end_project(project)
    log.info("project %d is deleted for good", project_id)


def purge_organization(organization_id: int, deadline: float = math.inf) -> None:
    """Delete an organization that is due, and all its rows, as `purge` does a project."""
    with locks.holding(locks.purging_organization(organization_id)) as mine:
        organization = organizations_due().filter(pk=organization_id).first() if mine else None
        if organization is None:
            return
        if not _carry_out(_deletions(OrganizationModel, organization_id), deadline):
            return
        organization.delete()
    log.info("organization %d is deleted for good", organization_id)


def _carry_out(steps: Iterable[_Step], deadline: float) -> bool:
    """Whether all was done before the deadline."""
    for step in steps:
        while step():
            if monotonic() >= deadline:
                return False
    return True


def _deletions(kind: Kind, tenant_id: int) -> list[_Step]:
    column = f"{kind.tenant_field}_id"
    return [partial(_delete_rows, table, column, tenant_id) for table in tables(kind)]


@cache
def tables(kind: Kind) -> tuple[str, ...]:
    """The tables of rows of a kind of tenant, each before those that its rows refer to."""
    models: list[Any] = [each for each in apps.get_models() if issubclass(each, kind)]
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
def _delete_rows(table: str, column: str, tenant_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        names = {"table": table, "tenant": column}
        statement = _DELETE.format(**{k: connection.ops.quote_name(v) for k, v in names.items()})
        cursor.execute(statement, {"tenant": tenant_id, "limit": BATCH})
        return int(cursor.rowcount)
