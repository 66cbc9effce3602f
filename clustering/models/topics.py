"""Topics, and the themes that group them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from pgvector.django import VectorField

from accounts.models import Project, User
from accounts.tenancy import ProjectModel, TenantManager
from ingestion.models import Field


class LabelSource(models.TextChoices):
    """Who named a topic."""

    KEYWORDS = "keywords", "Keywords"
    LLM = "llm", "LLM"
    EDITED = "edited", "Edited"


class Theme(ProjectModel):
    """Topics of one dimension that are about the same thing; see `clustering.themes.grouping`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="themes")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="themes")
    label = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=300, blank=True)
    label_source = models.CharField(max_length=10, choices=LabelSource.choices, blank=True)
    labelled_centroid = VectorField(
        null=True, blank=True, editable=False, help_text="The centroid when it was labelled."
    )
    labelled_from = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Digest of the examples that the label rests on.",
    )
    label_tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When the LLM was last asked for a label in vain."
    )
    label_asked = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Digest of examples that the LLM had no label for.",
    )
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replaced = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="Label, description and label_source that an edited label replaced.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["Theme"]()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "field"], name="theme_by_field")]

    def __str__(self) -> str:
        return self.label or f"Theme {self.pk}"


class Topic(ProjectModel):
    """A lasting cluster of texts in one dimension."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="topics")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="topics")
    theme = models.ForeignKey(
        Theme, on_delete=models.SET_NULL, null=True, blank=True, related_name="topics"
    )
    label = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=300, blank=True)
    label_source = models.CharField(max_length=10, choices=LabelSource.choices, blank=True)
    labelled_from = models.CharField(
        max_length=64, blank=True, help_text="Digest of the examples that the label rests on."
    )
    labelled_centroid = VectorField(
        null=True, blank=True, editable=False, help_text="The centroid when it was labelled."
    )
    label_tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When the LLM was last asked for a label in vain."
    )
    label_asked = models.CharField(
        max_length=64, blank=True, help_text="Digest of examples that the LLM had no label for."
    )
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replaced = models.JSONField(
        default=dict,
        blank=True,
        help_text="Label, description and label_source that an edited label replaced.",
    )
    centroid = VectorField(
        null=True,
        help_text="Mean direction of its texts, of length 1. "
        "Null from a change of embedding model until the next run.",
    )
    threshold = models.FloatField(help_text="Least cosine similarity of a text it claims.")
    limits = ArrayField(
        models.FloatField(),
        default=list,
        db_default=[],
        help_text="What the threshold is at each coverage, the purest first.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    held = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A person shaped it: later runs leave it its texts, and it stays.",
    )
    pinned = models.BooleanField(default=False, db_default=False, help_text="Listed first.")
    hidden = models.BooleanField(default=False, db_default=False, help_text="Not listed.")
    acted_on_at = models.DateTimeField(null=True, blank=True)
    acted_on_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    acted_on_note = models.CharField(max_length=500, blank=True, db_default="")

    objects = TenantManager["Topic"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "field", "retired_at"], name="topic_by_field")
        ]

    def __str__(self) -> str:
        return self.label or f"Topic {self.pk}"
