"""Emerging topics: born within a week, in a dimension that had topics before, and growing.

They come of outliers. A run that starts because these grew (`clustering.due`), or any other, makes
a topic of those that have become many; the topics page announces it while it is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from clustering import selectors, table
from clustering.models import ClusteringRun, Lineage, LineageKind, RunState, Topic
from clustering.movement import Movement, movement
from ingestion.models import Field

DAYS = 7


@dataclass(frozen=True)
class Emerging:
    """A topic, the reason of the run that found it, and its messages in two stretches."""

    topic: Topic
    found_at: datetime
    reason: str
    now: int
    """Messages of the last `DAYS` days."""
    before: int
    """Messages of as many days before those."""


def emerging(known: Field) -> list[Emerging]:
    """The emerging topics of a field, the largest first.

    None where messages do not reach back two weeks: there is nothing to have grown from.
    """
    born = _born(known)
    when = selectors.period_of(known, str(DAYS)) if born else None
    if when is None or when.compare_start is None:
        return []
    trends = table.trends(known, when, [line.target_id for line in born if line.target_id])
    found = []
    for line in born:
        topic = line.target
        assert topic is not None  # a birth has one
        trend = trends[topic.pk]
        if movement(trend.occurrences, trend.before) in (Movement.NEW, Movement.GROWING):
            run = line.run
            found.append(
                Emerging(topic, run.started_at, run.reason, trend.occurrences, trend.before)
            )
    return sorted(found, key=lambda each: (-each.now, each.topic.pk))


def _born(known: Field) -> list[Lineage]:
    """The births of the last days, but for those in a field's first run."""
    scope = {"project": known.project_id, "field": known}
    earlier = ClusteringRun.objects.filter(
        started_at__lt=OuterRef("run__started_at"), state=RunState.DONE, **scope
    )
    return list(
        Lineage.objects.filter(
            Exists(earlier),
            project=known.project_id,
            kind=LineageKind.BORN,
            run__field=known,
            run__started_at__gte=timezone.now() - timedelta(days=DAYS),
            target__retired_at=None,
            target__hidden=False,
        )
        .select_related("run", "target")
        .defer("target__centroid", "target__labelled_centroid")
    )
