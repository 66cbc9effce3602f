"""A clustering run: its row, its stages, its failures."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import numpy as np
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import Project
from clustering import held, locks, naming, themes, vectors
from clustering.assignment import settle
from clustering.models import ClusteringRun, RunState
from clustering.outcome import DecidedMeanwhile, outcome_of, publish
from clustering.vectors import EmbeddedTexts
from ingestion.models import Field

log = logging.getLogger(__name__)

SEED = 0
ATTEMPTS = 5
"""To write a run while people keep deciding about the texts that it is about."""
ABANDONED = "The worker stopped before the run ended."


def cluster(
    field: Field, reason: str, on_stage: Callable[[str], object] | None = None
) -> ClusteringRun | None:
    """Find the topics of a dimension anew and move its texts, all at once at the end; then themes.

    Returns the run, or None if another process is at it. Whatever goes wrong is recorded on the
    run, without any user's text, and raised again; the topics are then as they were.
    """
    with locks.holding(locks.clustering(field.pk)) as mine:
        if not mine:
            return None
        _end_abandoned(field)
        run = ClusteringRun.objects.create(
            project_id=field.project_id, field=field, reason=reason[:100]
        )
        log.info("run %d of field %d started: %s", run.pk, field.pk, reason)
        try:
            _find_and_publish(run, on_stage)
        except BaseException as error:  # a job's time-out and a worker's SystemExit are no less
            _record_failure(run, error)
            raise
        themes.regroup(field)
    log.info("run %d done: %d texts, %d topics", run.pk, run.texts, run.topics)
    return run


def end_abandoned_runs(project: Project | None = None) -> None:
    """Mark runs of dead processes as failed, in one project or in all.

    Leaves alone a run that a living process is at.
    """
    running = ClusteringRun.objects.unscoped().filter(state=RunState.RUNNING)
    for run in running.filter(project=project) if project else running:
        with locks.holding(locks.clustering(run.field_id)) as mine:
            if mine:
                _end_abandoned(run.field)


def _topics_of_last_run(run: ClusteringRun, texts: EmbeddedTexts) -> NDArray[np.int64] | None:
    """(n,) topic of each text as the last run left it; -1 for its outliers and for newer texts.

    A text that came since has only been assigned; it must not hold the old topics in place.
    """
    done = ClusteringRun.objects.filter(
        project=run.project_id, field=run.field_id, state=RunState.DONE
    )
    last = done.order_by("-started_at").first()
    if last is None:
        return None
    known = (texts.topic_ids > 0) & (texts.ids <= last.last_text)
    return np.where(known, texts.topic_ids, -1)


def _find_and_publish(run: ClusteringRun, on_stage: Callable[[str], object] | None) -> None:
    from clustering.finding import find_clusters

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        run.stage = name
        ClusteringRun.objects.filter(project=run.project_id, pk=run.pk).update(stage=name)
        if on_stage:
            on_stage(name)
        started = monotonic()
        yield
        run.timings[name] = round(run.timings.get(name, 0) + monotonic() - started, 3)

    with stage("load"):
        kept = held.held(run.field)
        texts = loaded = vectors.embedded_texts(run.field)
    with stage("find"):
        free = loaded.only(~kept.placed(loaded))
        previous = _topics_of_last_run(run, free)
        found = find_clusters(free.vectors, free.occurrences, previous=previous, seed=SEED)
        run.parameters = {"method": found.method, **found.parameters, "seed": SEED}
    for attempt in range(1, ATTEMPTS + 1):
        with stage("assign"):
            groups = held.grouping(run.field, texts, found, free.ids, kept)
            members = settle(texts.vectors, groups.labels, groups.centroids, groups.thresholds)
        with stage("match"):
            outcome = outcome_of(texts, members, groups, kept)
        with stage("name"):
            names = naming.name_by_keywords(run.field, outcome)
        try:
            with stage("write"):
                publish(run, outcome, names)
            break
        except DecidedMeanwhile:
            log.info("run %d: people decided about its texts, attempt %d", run.pk, attempt)
            if attempt == ATTEMPTS:
                raise
        with stage("load"):
            kept = held.held(run.field)
            texts = vectors.embedded_texts(run.field)
            kept = kept.with_changes(loaded, texts, run.field)
    ClusteringRun.objects.filter(project=run.project_id, pk=run.pk).update(timings=run.timings)


def _end_abandoned(field: Field) -> None:
    ClusteringRun.objects.filter(
        project=field.project_id, field=field, state=RunState.RUNNING
    ).update(state=RunState.FAILED, error=ABANDONED, finished_at=timezone.now())


def _record_failure(run: ClusteringRun, error: BaseException) -> None:
    """Write what failed and where. An exception's own words may quote a user's text."""
    run.state, run.finished_at = RunState.FAILED, timezone.now()
    run.error = f"{type(error).__name__} at {_own_place(error)}, in the stage “{run.stage}”."
    log.error("run %d failed: %s", run.pk, run.error)
    try:
        with transaction.atomic():
            run.save()
    except DatabaseError:
        log.exception("run %d: the failure could not be recorded", run.pk)


def _own_place(error: BaseException) -> str:
    """File and line of Turret's innermost frame."""
    base = Path(settings.BASE_DIR)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(base) and ".venv" not in path.parts:
            return f"{path.relative_to(base)}:{frame.lineno}"
    return "an unknown place"
