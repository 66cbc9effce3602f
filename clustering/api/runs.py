"""Clustering runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clustering.models import ClusteringRun, LineageKind, RunScope, RunState
from clustering.reports import history
from ingestion.api.asked import Asked
from ingestion.api.listings import Stored
from ingestion.api.views import lists


@dataclass(frozen=True)
class Changed:
    """How many topics a run did something to."""

    kind: LineageKind
    topics: int


@dataclass(frozen=True)
class Run:
    """A clustering run: one over all texts, or one for new topics among the outliers.

    `texts` distinct ones were clustered, `topics` found, and `outliers` left, which no topic
    claims. `seconds` is what it took, null while it runs.
    """

    id: int
    field: str
    scope: RunScope
    state: RunState
    reason: str
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    texts: int
    topics: int
    outliers: int
    changes: list[Changed]
    error: str | None


@lists("Clustering runs", Run, None)
def runs(asked: Asked) -> Stored[Run]:
    """The latest first, with what each changed."""

    def prepare(page: Sequence[ClusteringRun]) -> None:
        history.tell_changes(asked.project, page)

    return Stored(history.runs(asked.project), _run, latest_first=True, prepare=prepare)


def _run(run: ClusteringRun) -> Run:
    ended = run.finished_at
    return Run(
        id=run.pk,
        field=run.field.key,
        scope=RunScope(run.scope),
        state=RunState(run.state),
        reason=run.reason,
        started_at=run.started_at,
        finished_at=ended,
        seconds=None if ended is None else round((ended - run.started_at).total_seconds(), 3),
        texts=run.texts,
        topics=run.topics,
        outliers=run.outliers,
        changes=[Changed(LineageKind(each.kind), each.topics) for each in run.changes],  # type: ignore[attr-defined]
        error=run.error or None,
    )
