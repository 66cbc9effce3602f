"""The run history of a project, for its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, QuerySet

from accounts.models import Project
from clustering.models import ClusteringRun, Lineage, LineageKind

_WORDS = {
    LineageKind.CONTINUED: "continued",
    LineageKind.BORN: "born",
    LineageKind.SPLIT: "split off",
    LineageKind.MERGED: "merged",
    LineageKind.RETIRED: "retired",
}


def runs(project: Project) -> QuerySet[ClusteringRun]:
    """A project's runs, the latest first."""
    return (
        ClusteringRun.objects.filter(project=project)
        .select_related("field")
        .order_by("-started_at", "-pk")
    )


def tell_changes(project: Project, shown: Iterable[ClusteringRun]) -> None:
    """Give each run its `changes`: what it did to topics, and to how many."""
    by_run = {run.pk: run for run in shown}
    counted = (
        Lineage.objects.filter(project=project, run__in=by_run)
        .values_list("run", "kind")
        .annotate(topics=Count("pk"))
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for run, kind, topics in counted:
        found[run][kind] = topics
    for pk, run in by_run.items():
        run.changes = [  # type: ignore[attr-defined]
            (word, found[pk][kind]) for kind, word in _WORDS.items() if kind in found[pk]
        ]
