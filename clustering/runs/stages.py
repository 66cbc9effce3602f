"""What the kinds of clustering runs share: named stages, and doing it again where people decide."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic

from clustering.curation.held import DecidedMeanwhile
from clustering.models import ClusteringRun

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""Attempts to write a run while people keep deciding about its texts."""

GROUP = "group"
"""The stage of a run that is done, until its topics are grouped into themes."""

Stage = Callable[[str], AbstractContextManager[None]]
"""Tells by name what a run is at, and counts its seconds."""


def stages_of(run: ClusteringRun, on_stage: Callable[[str], object] | None) -> Stage:
    @contextmanager
    def stage(name: str) -> Iterator[None]:
        run.stage = name
        ClusteringRun.objects.filter(project=run.project_id, pk=run.pk).update(stage=name)
        if on_stage:
            on_stage(name)
        started = monotonic()
        yield
        run.timings[name] = round(run.timings.get(name, 0) + monotonic() - started, 3)

    return stage


def until_undisturbed(run: ClusteringRun, step: Callable[[int], None]) -> None:
    """Do the last steps of a run, which get the number of the attempt, 1 or more."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            step(attempt)
        except DecidedMeanwhile:
            log.info("run %d: people decided about its texts, attempt %d", run.pk, attempt)
            if attempt == ATTEMPTS:
                raise
        else:
            return
