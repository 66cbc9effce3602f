"""Where texts lie on the map of their topics."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Project
from accounts.tenancy import ProjectModel, TenantManager
from clustering.models.runs import ClusteringRun
from ingestion.models import Field


class TopicMap(ProjectModel):
    """Where texts of a dimension lie in the plane, by meaning; see `mapping`.

    It may still name texts that were deleted since: what is shown is joined with the texts.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="maps")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="maps")
    run = models.ForeignKey(
        ClusteringRun,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The last run when it was drawn.",
    )
    model = models.CharField(
        max_length=200, help_text="Embedding model whose vectors it was drawn from."
    )
    drawn_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(help_text="That drawing took.")
    texts = models.PositiveIntegerField(help_text="Embedded texts then, shown or not.")
    text_ids = models.BinaryField(help_text="Ascending little-endian int64.")
    positions = models.BinaryField(help_text="x and y of each, little-endian float32.")

    objects = TenantManager["TopicMap"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field"], name="map_once")
        ]

    def __str__(self) -> str:
        return f"Map of {self.field}"
