"""The weekly e-mail about a project."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.organizations import Membership
from accounts.models.projects import Project
from accounts.tenancy import ProjectModel, TenantManager


class WeeklyEmail(ProjectModel):
    """The e-mail about a project's week that a member got, will get, or was spared.

    Waiting while `due_at` is set, sent once `sent_at` is; with neither there was nothing to say.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="weekly_emails")
    week = models.DateField(help_text="The Monday on which it is due; it is about the week before.")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="weekly_emails"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)

    objects = TenantManager["WeeklyEmail"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "week", "membership"], name="weekly_email_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["failures", "project"],
                condition=models.Q(due_at__isnull=False),
                name="weekly_email_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project}, week before {self.week}, to {self.membership.user}"
