"""A clustering run, of all texts or among the outliers: its row, its right, its failures."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Project
from clustering import locks
from clustering.models import ClusteringRun, RunScope, RunState, Text
from clustering.runs import full_run, outlier_run
from clustering.runs.stages import stages_of
from clustering.texts import failures
from clustering.themes import renewal
from ingestion.models import Field

log = logging.getLogger(__name__)

ABANDONED = "The worker stopped before the run ended."


def cluster(
    field: Field,
    reason: str,
    on_stage: Callable[[str], object] | None = None,
    *,
    scope: RunScope = RunScope.ALL,
) -> ClusteringRun | None:
    """Find topics in a dimension and move its texts, all at once at the end; then group them.

    Among all texts, topics are found anew; among outliers, only new ones. Returns the run. Returns
    None where another process is at one, or where another embedding model has yet to read texts
    that have a topic: without these, the run would end topics that the next one keeps. Whatever
    goes wrong is recorded on the run, without any user's text, and raised again; the topics are
    then as they were.
    """
    with locks.holding(locks.clustering(field.pk)) as mine:
        if not mine or _is_read_anew(field):
            return None
        _end_abandoned(field)
        run = ClusteringRun.objects.create(
            project_id=field.project_id, field=field, scope=scope, reason=reason[:100]
        )
        log.info("run %d of field %d, %s, started: %s", run.pk, field.pk, scope, reason)
        try:
            kind = outlier_run if scope == RunScope.OUTLIERS else full_run
            kind.find_and_publish(run, stages_of(run, on_stage))
            _keep_timings(run)
        except BaseException as error:  # a job's time-out and a worker's SystemExit are no less
            _record_failure(run, error)
            raise
        if scope == RunScope.ALL:
            renewal.regroup(field)
    log.info("run %d done: %d texts, %d topics", run.pk, run.texts, run.topics)
    return run


def _is_read_anew(field: Field) -> bool:
    """Whether another embedding model has yet to read texts of topics.

    New texts, which always wait somewhere on a busy day, hold up no run.
    """
    scope = {"project": field.project_id, "field": field}
    return Text.objects.filter(embedded=False, topic__isnull=False, **scope).exists()


def is_among_outliers(field: Field) -> bool:
    """Whether the run that a process is at is one among the outliers."""
    return ClusteringRun.objects.filter(
        project=field.project_id, field=field, state=RunState.RUNNING, scope=RunScope.OUTLIERS
    ).exists()


def end_abandoned_runs(project: Project | None = None) -> None:
    """Mark runs of dead processes as failed, in one project or in all.

    Leaves alone a run that a living process is at.
    """
    running = ClusteringRun.objects.unscoped().filter(state=RunState.RUNNING)
    for run in running.filter(project=project) if project else running:
        with locks.holding(locks.clustering(run.field_id)) as mine:
            if mine:
                _end_abandoned(run.field)


def finish_grouping(field: Field) -> None:
    """Group the topics of a dimension if the process of its last run ended before it did.

    Leaves them alone while a living process is at a run.
    """
    with locks.holding(locks.clustering(field.pk)) as mine:
        if mine and renewal.ungrouped().filter(project=field.project_id, field=field).exists():
            renewal.regroup(field)


def _keep_timings(run: ClusteringRun) -> None:
    """With those of the stage that wrote the run."""
    ClusteringRun.objects.filter(project=run.project_id, pk=run.pk).update(timings=run.timings)


def _end_abandoned(field: Field) -> None:
    ClusteringRun.objects.filter(
        project=field.project_id, field=field, state=RunState.RUNNING
    ).update(state=RunState.FAILED, error=ABANDONED, finished_at=timezone.now())


def _record_failure(run: ClusteringRun, error: BaseException) -> None:
    """Write what failed and where. An exception's own words may quote a user's text."""
    run.state, run.finished_at = RunState.FAILED, timezone.now()
    run.error = f"{failures.described(error)}, in the stage “{run.stage}”."
    log.error("run %d failed: %s", run.pk, run.error)
    try:
        with transaction.atomic():
            run.save()
    except DatabaseError:
        log.exception("run %d: the failure could not be recorded", run.pk)
