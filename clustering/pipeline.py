"""The stages in order, as jobs do them to a project and as `drain` does until nothing is left."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic, sleep

from django.conf import settings

from accounts.models import Project
from clustering import naming
from clustering.columns import blocks
from clustering.runs import lifecycle, standing
from clustering.texts import extraction
from clustering.texts.arrivals import embed_and_assign, nothing
from clustering.texts.embedding import Embedder, load

OnProgress = Callable[[str, int], object]
"""Called with a stage and how many events, texts or topics it has just done; 0 as it begins."""

_PATIENCE_SECONDS = 0.2
_PAST_SECONDS = 2.0
"""How long new events wait, at a time, while the past of a field is read."""


def quietly(stage: str, done: int) -> None:
    """Progress that nobody looks at."""


def process(
    project: Project, on_progress: OnProgress = quietly, deadline: float = math.inf
) -> None:
    """Extract, embed and assign what waits in a project, passing over what others are at.

    Events are extracted while the model computes, and a large backlog has topics before its end.
    Begins no batch after `deadline`, on the monotonic clock.
    """

    def extract() -> bool:
        """Do a batch of events; whether there may be more."""
        extracted = extraction.extract(project)
        on_progress("extract", extracted)
        left = extracted < extraction.BATCH and extraction.reconcile(
            project, min(deadline, monotonic() + _PAST_SECONDS)
        )
        return bool(extracted or left)

    while monotonic() < deadline:
        more = extract()
        embed(project, on_progress, deadline, extract if more else nothing)
        if not more:
            return


def embed(
    project: Project,
    on_progress: OnProgress = quietly,
    deadline: float = math.inf,
    meanwhile: Callable[[], bool] = nothing,
) -> None:
    """Give every text of a project that waits a vector and its nearest topic.

    Calls `meanwhile` while the model computes, for each dimension until that returns False.
    """
    for dimension in standing.dimensions_to_embed(project):
        embed_and_assign(
            dimension, embedder(), lambda done: on_progress("embed", done), deadline, meanwhile
        )


def cluster(project: Project, on_progress: OnProgress = quietly, *, draining: bool = False) -> int:
    """Do the clustering runs that are due. Returns how many this process did."""
    done = 0
    for due in standing.due_runs(project, draining=draining):
        run = lifecycle.cluster(
            due.dimension.field,
            due.reason,
            lambda stage: on_progress(f"clustering run: {stage}", 0),
            scope=due.scope,
        )
        done += run is not None
    return done


def drain(project: Project, on_progress: OnProgress = quietly) -> None:
    """Do everything that is due in a project, and wait for what other workers are at."""
    while True:
        process(project, on_progress)
        lifecycle.end_abandoned_runs(project)
        if not standing.has_waiting(project):
            on_progress("blocks", blocks.seal(project))
            cluster(project, on_progress, draining=True)
            for dimension in standing.dimensions(project):
                lifecycle.finish_grouping(dimension.field)
                on_progress("label", naming.label(dimension.field))
        if not standing.has_work(project):
            return
        on_progress("waiting for another worker", 0)
        sleep(_PATIENCE_SECONDS)


def embedder() -> Embedder:
    """The model that this installation embeds with, loaded when it is first needed."""
    return load(settings.EMBEDDING_MODEL)
