"""What the rule for clustering runs needs to know of a dimension, read from PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Project
from clustering.due import FIRST_RUN_TEXTS, Standing, reason_to_run
from clustering.embedding import model_name
from clustering.extraction import fields_to_read
from clustering.models import ClusteringRun, Dimension, RunState, Text, Topic
from ingestion import selectors as ingestion
from ingestion.models import FieldType, PendingEvent


def due_dimensions(project: Project, *, draining: bool = False) -> list[tuple[Dimension, str]]:
    """The dimensions of a project that need a run now, each with the reason."""
    waiting = has_waiting(project)
    found = [
        (dimension, reason_to_run(standing(dimension, waiting=waiting), draining=draining))
        for dimension in dimensions(project)
    ]
    return [(dimension, reason) for dimension, reason in found if reason]


def dimensions(project: Project) -> list[Dimension]:
    """The dimensions of a project that are complete and still text."""
    return list(
        Dimension.objects.filter(project=project, active=True, field__type=FieldType.TEXT)
        .select_related("field")
        .order_by("pk")
    )


def dimensions_to_embed(project: Project) -> list[Dimension]:
    """Those of them with texts that have no vector, or vectors of another model."""
    found = _to_embed().filter(project=project)
    return list(found.select_related("field").order_by("pk"))


def _to_embed() -> QuerySet[Dimension]:
    """In every project. The index is text_to_embed."""
    waiting = Text.objects.filter(
        project=OuterRef("project"), field=OuterRef("field"), embedded=False
    )
    other_model = ~Q(model__in=["", model_name(settings.EMBEDDING_MODEL)])
    return Dimension.objects.unscoped().filter(
        Exists(waiting) | other_model, active=True, field__type=FieldType.TEXT
    )


def has_waiting(project: Project) -> bool:
    """Whether events wait for extract, or a field's past to be read, or texts for a vector."""
    return (
        PendingEvent.objects.filter(project=project).exists()
        or fields_to_read().filter(project=project).exists()
        or bool(dimensions_to_embed(project))
    )


def projects_with_waiting() -> list[Project]:
    """Every project with events to extract, a field's past to read, or texts to embed."""
    waiting = {project.pk for project in ingestion.projects_with_pending()}
    for found in (fields_to_read(), _to_embed()):
        waiting.update(found.order_by().values_list("project", flat=True).distinct())
    return list(Project.objects.unscoped().filter(pk__in=waiting).order_by("pk"))


def projects_with_changes() -> list[Project]:
    """Every project with a dimension where something came since its last run began."""
    covered = ClusteringRun.objects.unscoped().filter(
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
        or bool(due_dimensions(project, draining=True))
        or ClusteringRun.objects.filter(project=project, state=RunState.RUNNING).exists()
    )


def standing(dimension: Dimension, *, waiting: bool) -> Standing:
    scope = {"project": dimension.project_id, "field": dimension.field_id}
    runs = ClusteringRun.objects.filter(**scope)
    last = runs.filter(state=RunState.DONE).order_by("-started_at").first()
    since = runs.filter(started_at__gt=last.started_at) if last else runs
    ended = runs.exclude(finished_at=None).order_by("-finished_at").first()
    texts = Text.objects.filter(embedded=True, **scope)
    new = texts.filter(pk__gt=last.last_text if last else 0).aggregate(
        all=Count("pk"), outliers=Count("pk", filter=Q(topic=None))
    )
    return Standing(
        texts=texts[:FIRST_RUN_TEXTS].count(),
        waiting=waiting,
        quiet_seconds=_seconds_since(dimension.last_text_at),
        running=runs.filter(state=RunState.RUNNING).exists(),
        has_run=last is not None,
        failures=since.filter(state=RunState.FAILED).count(),
        ended_seconds=_seconds_since(ended.finished_at if ended else None),
        texts_then=last.texts if last else 0,
        outliers_then=last.outliers if last else 0,
        new=new["all"],
        new_outliers=new["outliers"],
        stale_centroids=Topic.objects.filter(retired_at=None, centroid=None, **scope).exists(),
    )


def _seconds_since(moment: datetime | None) -> float:
    return (timezone.now() - moment).total_seconds() if moment else float("inf")
