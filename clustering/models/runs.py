"""Clustering runs, and what became of each topic in them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Project
from accounts.tenancy import ProjectModel, TenantManager
from clustering.models.topics import Topic
from ingestion.models import Field


class RunState(models.TextChoices):
    """Where a clustering run stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class RunScope(models.TextChoices):
    """Which texts a clustering run is about."""

    ALL = "all", "All texts"
    OUTLIERS = "outliers", "Outliers"


class ClusteringRun(ProjectModel):
    """One pass that finds topics anew in a dimension, or new ones among its outliers."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="runs")
    scope = models.CharField(
        max_length=10, choices=RunScope.choices, default=RunScope.ALL, db_default=RunScope.ALL
    )
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    stage = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=100, blank=True, help_text="Why the run was started.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    texts = models.PositiveIntegerField(default=0, help_text="Distinct texts clustered.")
    topics = models.PositiveIntegerField(default=0, help_text="Topics found.")
    outliers = models.PositiveIntegerField(default=0, help_text="Texts that no topic claims.")
    last_text = models.BigIntegerField(default=0, help_text="Highest id of the texts clustered.")
    parameters = models.JSONField(default=dict, help_text="Method and its parameters.")
    timings = models.JSONField(default=dict, help_text="Seconds by stage.")
    error = models.TextField(blank=True)

    objects = TenantManager["ClusteringRun"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "field"],
                condition=models.Q(state=RunState.RUNNING),
                name="one_run_at_a_time",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "field", "-started_at"], name="run_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.field.key}, {self.started_at:%Y-%m-%d %H:%M}"


class LineageKind(models.TextChoices):
    """What became of a topic in a run."""

    CONTINUED = "continued", "Continued"
    SPLIT = "split", "Split off"
    MERGED = "merged", "Merged into"
    BORN = "born", "Born"
    RETIRED = "retired", "Retired"


class Lineage(ProjectModel):
    """One line of a run's account of its topics.

    `source` is the topic before the run and `target` the one after it. A birth has no source. The
    target of a retirement is the topic that got most where several got some, else there is none.
    `share` is the part of the source's occurrences that moved (of the target's, for a birth).
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="lineage")
    run = models.ForeignKey(ClusteringRun, on_delete=models.CASCADE, related_name="lineage")
    kind = models.CharField(max_length=10, choices=LineageKind.choices)
    source = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+")
    target = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+")
    share = models.FloatField()

    objects = TenantManager["Lineage"]()

    class Meta:
        verbose_name_plural = "lineage"
        indexes: ClassVar = [models.Index(fields=["project", "run"], name="lineage_by_run")]

    def __str__(self) -> str:
        return f"{self.source or '–'} {self.kind} {self.target or '–'}"
