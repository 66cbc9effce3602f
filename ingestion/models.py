"""Events as they were sent, and the fields learnt from their metadata."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Project, User
from accounts.tenancy import ProjectModel, TenantManager
from ingestion.limits import KEY_LENGTH
from ingestion.segments import MAX_QUERY, Segment
from ingestion.sketch import estimate


class Event(ProjectModel):
    """One call to `/track`. Written once, never changed.

    The project is not checked by a foreign key: each insert would lock the project's row.
    """

    project = models.ForeignKey(
        Project,
        on_delete=models.DO_NOTHING,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    event_id = models.CharField(  # noqa: DJ001  (the index holds only those that were sent)
        max_length=KEY_LENGTH, null=True, help_text="The client's idempotency key."
    )
    name = models.CharField(max_length=KEY_LENGTH)
    session_id = models.CharField(max_length=KEY_LENGTH)
    user_id = models.CharField(max_length=KEY_LENGTH)
    metadata = models.JSONField()
    timestamp = models.DateTimeField(help_text="When it happened, as the client says.")
    received_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["Event"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "timestamp"], name="event_by_time"),
            models.Index(fields=["project", "session_id", "timestamp"], name="event_by_session"),
            models.Index(fields=["project", "user_id", "timestamp"], name="event_by_user"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "event_id"],
                condition=models.Q(event_id__isnull=False),
                name="event_id_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class PendingEvent(ProjectModel):
    """An accepted event that waits for *extract*.

    Written in the statement that writes the event and deleted in the transaction that processes
    it. Marking the event itself instead would rewrite each wide row once.
    """

    pk = models.CompositePrimaryKey("project_id", "event_id")
    project = models.ForeignKey(
        Project, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    received_at = models.DateTimeField(help_text="As the event's: the period that counts it.")

    objects = TenantManager["PendingEvent"]()

    def __str__(self) -> str:
        return f"event #{self.event_id}"


class FieldType(models.TextChoices):
    """How a metadata key is used."""

    TEXT = "text", "Text"
    ENUM = "enum", "Enum"
    NUMBER = "number", "Number"
    IGNORED = "ignored", "Ignored"


class Field(ProjectModel):
    """A metadata key of a project and its type. A text field is a dimension of topics."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(max_length=KEY_LENGTH)
    detected_type = models.CharField(max_length=10, choices=FieldType.choices)
    detected_why = models.CharField(max_length=200, blank=True)
    changed_from = models.CharField(
        max_length=10,
        choices=FieldType.choices,
        blank=True,
        db_default="",
        help_text="The type that was detected before this one.",
    )
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When another type was last detected."
    )
    override = models.CharField(max_length=10, choices=FieldType.choices, blank=True)
    overridden_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    overridden_at = models.DateTimeField(null=True, blank=True)
    type = models.GeneratedField(
        expression=models.Case(models.When(override="", then="detected_type"), default="override"),
        output_field=models.CharField(max_length=10, choices=FieldType.choices),
        db_persist=True,
    )
    events = models.PositiveBigIntegerField(default=0, help_text="Events that carry the key.")
    events_ever = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="The same with those that were deleted since."
    )
    samples = models.JSONField(
        default=list, help_text="Distinct values the type was detected from, first seen first."
    )
    sketch = models.JSONField(default=list, help_text="Of its values; see ingestion.sketch.")
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["Field"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "key"], name="field_once")
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def type_label(self) -> str:
        # Django makes no get_type_display() for a generated field.
        return str(FieldType(self.type).label)

    @property
    def is_overridden(self) -> bool:
        return bool(self.override)

    @property
    def events_learnt(self) -> int:
        """Events that it was learnt from, those that were deleted since included."""
        return max(self.events_ever, self.events)  # of rows older than `events_ever` that is 0

    @property
    def distinct(self) -> int:
        """Number of distinct values, estimated where there are many."""
        return estimate(self.sketch)


class SavedSegment(ProjectModel):
    """A segment that a project keeps under a name."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="segments")
    name = models.CharField(max_length=80)
    folded_name = models.CharField(
        max_length=240, editable=False, help_text="The name by which it is told from others."
    )
    query = models.CharField(
        max_length=MAX_QUERY, help_text="As the URL of a page carries it; see ingestion.segments."
    )
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["SavedSegment"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "folded_name"], name="segment_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def segment(self) -> Segment:
        return Segment.parse(self.query)
