"""What the rule for clustering runs needs to know of a dimension, read from PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Project
from clustering.models import (
    ClusteringRun,
    Dimension,
    RunScope,
    RunState,
    SetAsideText,
    Text,
    Topic,
)
from clustering.runs.due import FIRST_RUN_TEXTS, Standing, reason_to_look, reason_to_run
from clustering.texts.embedding import model_name
from clustering.texts.extraction import fields_to_read
from ingestion import selectors as ingestion
from ingestion.models import FieldType, PendingEvent


@dataclass(frozen=True)
class Due:
    """A clustering run that a dimension needs."""

    dimension: Dimension
    scope: RunScope
    reason: str


def due_runs(project: Project, *, draining: bool = False) -> list[Due]:
    """The runs that the dimensions of a project need now, at most one each."""
    waiting = has_waiting(project)
    found = []
    for dimension in dimensions(project):
        now = standing(dimension, waiting=waiting)
        if reason := reason_to_run(now, draining=draining):
            found.append(Due(dimension, RunScope.ALL, reason))
        elif reason := reason_to_look(now, draining=draining):
            found.append(Due(dimension, RunScope.OUTLIERS, reason))
    return found


def dimensions(project: Project) -> list[Dimension]:
    """The dimensions of a project that are complete and still text."""
    return list(
        Dimension.objects.filter(project=project, active=True, field__type=FieldType.TEXT)
        .select_related("field")
        .order_by("pk")
    )


def dimensions_to_embed(project: Project) -> list[Dimension]:
    """Those of them with texts that have no vector, the most first, or vectors of another model."""
    texts = _waiting_texts().order_by().values("field").annotate(number=Count("pk"))
    found = _to_embed().filter(project=project).select_related("field")
    number = Coalesce(Subquery(texts.values("number")), 0)
    return list(found.order_by(number.desc(), "pk"))


def _to_embed() -> QuerySet[Dimension]:
    """In every project."""
    other_model = ~Q(model__in=["", model_name(settings.EMBEDDING_MODEL)])
    return Dimension.objects.unscoped().filter(
        Exists(_waiting_texts()) | other_model, active=True, field__type=FieldType.TEXT
    )


def _waiting_texts() -> QuerySet[Text]:
    """Without a vector, of a dimension in an outer query. The index is text_to_embed."""
    return Text.objects.filter(project=OuterRef("project"), field=OuterRef("field"), embedded=False)


def has_waiting(project: Project) -> bool:
    """Whether events wait for extract, or a field's past to be read, or texts for a vector."""
    return (
        PendingEvent.objects.filter(project=project).exists()
        or fields_to_read().filter(project=project).exists()
        or _to_embed().filter(project=project).exists()
    )


def projects_with_waiting() -> list[Project]:
    """Every project with events to extract, a field's past to read, or texts to embed."""
    waiting = {project.pk for project in ingestion.projects_with_pending()}
    for found in (fields_to_read(), _to_embed()):
        waiting.update(found.order_by().values_list("project", flat=True).distinct())
    return list(Project.objects.unscoped().filter(pk__in=waiting).order_by("pk"))


def projects_with_changes() -> list[Project]:
    """Every project with a dimension where something came since its last full run began."""
    covered = ClusteringRun.objects.unscoped().filter(
        scope=RunScope.ALL,
        project=OuterRef("project"),
        field=OuterRef("field"),
        state=RunState.DONE,
        started_at__gt=OuterRef("last_text_at"),
    )
    changed = (
        Dimension.objects.unscoped()
        .filter(
            ~Exists(covered),
            active=True,
            field__type=FieldType.TEXT,
            last_text_at__isnull=False,
        )
        .values("project")
    )
    return list(Project.objects.unscoped().filter(pk__in=changed).order_by("pk"))


def projects_with_work() -> list[Project]:
    """Every project where `drain` would do something."""
    waiting = {project.pk for project in projects_with_waiting()}
    changed = {project.pk for project in projects_with_changes()}
    return list(Project.objects.unscoped().filter(pk__in=waiting | changed).order_by("pk"))


def has_work(project: Project) -> bool:
    """Whether anything waits, is due at once, or is being clustered by another process."""
    return (
        has_waiting(project)
        or bool(due_runs(project, draining=True))
        or ClusteringRun.objects.filter(project=project, state=RunState.RUNNING).exists()
    )


def standing(dimension: Dimension, *, waiting: bool) -> Standing:
    scope = {"project": dimension.project_id, "field": dimension.field_id}
    every = ClusteringRun.objects.filter(**scope)
    full, looks = every.filter(scope=RunScope.ALL), every.filter(scope=RunScope.OUTLIERS)
    last, seen, look = _last_done(full), _last_done(every), _last_done(looks)
    aside = SetAsideText.objects.filter(project=dimension.project_id, text=OuterRef("pk"))
    texts = Text.objects.filter(~Exists(aside), embedded=True, **scope)
    outlier = Q(topic=None, held=False)
    new = texts.filter(pk__gt=last.last_text if last else 0).aggregate(
        all=Count("pk"),
        outliers=Count("pk", filter=Q(topic=None)),
        unseen=Count("pk", filter=outlier & Q(pk__gt=seen.last_text if seen else 0)),
    )
    return Standing(
        texts=texts[:FIRST_RUN_TEXTS].count(),
        waiting=waiting,
        quiet_seconds=_seconds_since(dimension.last_text_at),
        running=every.filter(state=RunState.RUNNING).exists(),
        has_run=last is not None,
        failures=_failed_since(full, last),
        ended_seconds=_seconds_since_end(full),
        texts_then=last.texts if last else 0,
        outliers_then=last.outliers if last else 0,
        new=new["all"],
        new_outliers=new["outliers"],
        stale_centroids=Topic.objects.filter(retired_at=None, centroid=None, **scope).exists(),
        unseen_outliers=new["unseen"],
        outliers_seen=seen.outliers if seen else 0,
        looked_seconds=_seconds_since_end(every),
        look_took=sum(look.timings.values()) if look else 0.0,
        failed_looks=_failed_since(looks, seen),
    )


def _last_done(runs: QuerySet[ClusteringRun]) -> ClusteringRun | None:
    return runs.filter(state=RunState.DONE).order_by("-started_at").first()


def _failed_since(runs: QuerySet[ClusteringRun], last: ClusteringRun | None) -> int:
    since = runs.filter(started_at__gt=last.started_at) if last else runs
    return since.filter(state=RunState.FAILED).count()


def _seconds_since_end(runs: QuerySet[ClusteringRun]) -> float:
    ended = runs.exclude(finished_at=None).order_by("-finished_at").first()
    return _seconds_since(ended.finished_at if ended else None)


def _seconds_since(moment: datetime | None) -> float:
    return (timezone.now() - moment).total_seconds() if moment else float("inf")
