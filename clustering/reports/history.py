"""The run history of a project, for its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import Project
from accounts.ordering import Columns, Sort
from clustering.models import ClusteringRun, Lineage, LineageKind
from ingestion.models import Field

NAMED = 5
"""Topics of each kind of change that are named; the others are counted."""

SORTS: Columns = {
    "started": Sort("Started", "started_at"),
    "texts": Sort("Texts", "texts"),
    "topics": Sort("Topics", "topics"),
    "outliers": Sort("Outliers", "outliers"),
}

_WORDS = {
    LineageKind.CONTINUED: "continued",
    LineageKind.BORN: "born",
    LineageKind.SPLIT: "split off",
    LineageKind.MERGED: "merged",
    LineageKind.RETIRED: "retired",
}


@dataclass
class Change:
    """What a run did to `topics` topics, of which `lines` tell some."""

    kind: str
    topics: int
    lines: list[Lineage] = field(default_factory=list)

    @property
    def word(self) -> str:
        return _WORDS[LineageKind(self.kind)]

    @property
    def others(self) -> int:
        return self.topics - len(self.lines)


def runs(project: Project, field: Field | None = None) -> QuerySet[ClusteringRun]:
    """The runs of a project, or of one of its dimensions, the latest first."""
    found = ClusteringRun.objects.filter(project=project)
    if field:
        found = found.filter(field=field)
    return found.select_related("field").order_by("-started_at", "-pk")


def tell_changes(project: Project, shown: Iterable[ClusteringRun]) -> None:
    """Give each run its `changes`, and `is_told`: whether topics are named in them."""
    by_run = {run.pk: run for run in shown}
    found: dict[int, dict[str, Change]] = defaultdict(dict)
    lineage = Lineage.objects.filter(project=project, run__in=by_run)
    for run, kind, topics in lineage.values_list("run", "kind").annotate(topics=Count("pk")):
        found[run][kind] = Change(kind, topics)
    for line in _named(lineage):
        found[line.run_id][line.kind].lines.append(line)
    for pk, run in by_run.items():
        changes = [found[pk][kind] for kind in _WORDS if kind in found[pk]]
        run.changes = changes  # type: ignore[attr-defined]
        run.is_told = any(change.lines for change in changes)  # type: ignore[attr-defined]


def _named(lineage: QuerySet[Lineage]) -> QuerySet[Lineage]:
    """The first lines of each kind of change of each run. That a topic continued is not told."""
    place = Window(RowNumber(), partition_by=[F("run"), F("kind")], order_by=["-share", "pk"])
    return (
        lineage.exclude(kind=LineageKind.CONTINUED)
        .annotate(place=place)
        .filter(place__lte=NAMED)
        .select_related("source", "target")
        .defer("source__centroid", "source__labelled_centroid")
        .defer("target__centroid", "target__labelled_centroid")
        .order_by("run", "kind", "place")
    )
