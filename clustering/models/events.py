"""What became of events beside their texts: set aside, or erased with their user."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Project, User
from accounts.tenancy import ProjectModel, TenantManager
from ingestion.limits import KEY_LENGTH
from ingestion.models import Event


class SetAsideEvent(ProjectModel):
    """An event that could not be extracted. It is stored, but no text or field knows of it."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="set_aside", db_index=False
    )
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    reason = models.CharField(max_length=200, help_text="What failed and where; no user's words.")
    set_aside_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["SetAsideEvent"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "event"], name="set_aside_once")
        ]

    def __str__(self) -> str:
        return f"event #{self.event_id}: {self.reason}"


class Erasure(ProjectModel):
    """A request to delete what one user sent, and the receipt once that is done."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="erasures")
    user_id = models.CharField(
        max_length=KEY_LENGTH, blank=True, help_text="Whose data; empty once it is gone."
    )
    user_digest = models.CharField(
        max_length=64, help_text="HMAC-SHA-256 of the user's id under SECRET_KEY."
    )
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_by_email = models.EmailField(
        "requested by", blank=True, help_text="Outlives the account. Empty for the command line."
    )
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    events = models.PositiveBigIntegerField(default=0, help_text="Deleted so far.")
    texts = models.PositiveBigIntegerField(
        default=0, help_text="That nobody else sent, deleted so far."
    )

    objects = TenantManager["Erasure"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "-requested_at"], name="erasure_by_time"),
            models.Index(
                fields=["project"],
                condition=models.Q(finished_at__isnull=True),
                name="erasure_to_do",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_digest[:12]}, {self.requested_at:%Y-%m-%d %H:%M}"
