"""Dimensions, their distinct texts, the vectors of these, and where each text occurred."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from pgvector.django import VectorField

from accounts.models import Project
from accounts.tenancy import ProjectModel, TenantManager
from clustering.models.topics import Topic
from ingestion.limits import KEY_LENGTH
from ingestion.models import Event, Field


class Dimension(ProjectModel):
    """A text field as something to cluster, and how far the pipeline has come with it.

    `active` says that every past event has been read for this field. The pipeline clears it when
    it passes over an event because the field is not text, and reads the past again once it is.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="dimensions")
    field = models.ForeignKey(
        Field, on_delete=models.CASCADE, related_name="dimensions", related_query_name="dimension"
    )
    active = models.BooleanField(default=False)
    read_to = models.DateTimeField(
        null=True, blank=True, help_text="How far the past has been read, while it is."
    )
    read_to_event = models.BigIntegerField(
        default=0, db_default=0, help_text="Id of the event read there."
    )
    model = models.CharField(
        max_length=200, blank=True, help_text="Embedding model that its vectors come from."
    )
    last_text_at = models.DateTimeField(
        null=True, blank=True, help_text="When a text was last embedded."
    )
    changes = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="How often its embedded texts may have changed topics; see `locks.own`.",
    )

    objects = TenantManager["Dimension"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field"], name="dimension_once")
        ]

    def __str__(self) -> str:
        return self.field.key


class Text(ProjectModel):
    """A distinct value of a text field, and the topic that claims it.

    A text is in one of three states: not embedded yet (`similarity` is null and it has no
    embedding), assigned (`topic` is set), or an outlier. One that is set aside is an outlier
    without an embedding.
    """

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="texts", db_index=False
    )
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="texts")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the content, as UTF-8.")
    content = models.TextField()
    occurrences = models.PositiveBigIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    embedded = models.BooleanField(default=False)
    topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, related_name="texts", db_index=False
    )
    nearest_topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    similarity = models.FloatField(null=True, help_text="Cosine to the nearest topic's centroid.")
    margin = models.FloatField(null=True, help_text="Lead of the nearest over the runner-up.")
    held = models.BooleanField(
        default=False, db_default=False, help_text="A person put it in its topic."
    )

    objects = TenantManager["Text"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field", "digest"], name="text_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "topic", "-similarity"], name="text_by_topic"),
            models.Index(fields=["project", "nearest_topic"], name="text_by_nearest"),
            models.Index(fields=["project", "field", "id"], name="text_by_arrival"),
            models.Index(
                fields=["project", "field", "id"],
                condition=models.Q(embedded=False),
                name="text_to_embed",
            ),
        ]

    def __str__(self) -> str:
        return self.content[:80]


class Embedding(ProjectModel):
    """The vector of a text. Apart from `Text`, whose rows each run rewrites."""

    pk = models.CompositePrimaryKey("project_id", "text_id")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    text = models.ForeignKey(
        Text, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    vector = VectorField(help_text="Of length 1.")

    objects = TenantManager["Embedding"]()

    def __str__(self) -> str:
        return f"embedding of text #{self.text_id}"


class SetAsideText(ProjectModel):
    """A text that the embedding model cannot read."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="set_aside_texts", db_index=False
    )
    text = models.ForeignKey(
        Text, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    reason = models.CharField(max_length=200, help_text="What failed and where; no user's words.")
    set_aside_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["SetAsideText"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "text"], name="text_set_aside_once")
        ]

    def __str__(self) -> str:
        return f"text #{self.text_id}: {self.reason}"


class Occurrence(ProjectModel):
    """One event carrying one text; session and time are kept here for journeys."""

    pk = models.CompositePrimaryKey("project_id", "event_id", "field_id")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    field = models.ForeignKey(
        Field, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    text = models.ForeignKey(
        Text, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    session_id = models.CharField(max_length=KEY_LENGTH)
    timestamp = models.DateTimeField()

    objects = TenantManager["Occurrence"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["project", "field", "session_id", "timestamp", "event"],
                include=["text"],
                name="occurrence_by_session",
            ),
            models.Index(
                fields=["project", "field", "timestamp"],
                include=["text"],
                name="occurrence_by_time",
            ),
            models.Index(fields=["project", "text", "timestamp"], name="occurrence_by_text"),
        ]

    def __str__(self) -> str:
        return f"text #{self.text_id} in event #{self.event_id}"
