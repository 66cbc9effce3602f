"""What people decided about topics."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from accounts.models import Project, User
from accounts.tenancy import ProjectModel, TenantManager
from clustering.models.topics import Theme, Topic
from ingestion.models import Field

SUMMARY_LENGTH = 300


class DecisionKind(models.TextChoices):
    """What a person decided about topics."""

    RENAME = "rename", "Renamed"
    MERGE = "merge", "Merged"
    SPLIT = "split", "Split"
    MOVE = "move", "Moved a text"
    PIN = "pin", "Pinned"
    HIDE = "hide", "Hid"
    ACT = "act", "Acted on"

    @classmethod
    def of_texts(cls) -> tuple[DecisionKind, ...]:
        """Those that say which topic texts belong to."""
        return cls.MERGE, cls.SPLIT, cls.MOVE


class Decision(ProjectModel):
    """What a person decided about a topic, when, and what it takes to undo it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="decisions")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="decisions")
    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    summary = models.CharField(
        max_length=SUMMARY_LENGTH, help_text="What was decided, for people to read."
    )
    before = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="What undoing it restores."
    )
    touched = ArrayField(
        models.BigIntegerField(), default=list, help_text="Ids of all topics that it changed."
    )
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Decision"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "field", "-made_at"], name="decision_by_time")
        ]

    def __str__(self) -> str:
        return self.summary
