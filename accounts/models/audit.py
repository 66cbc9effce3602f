"""Who did what."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.organizations import Organization
from accounts.models.people import User
from accounts.models.projects import Project
from accounts.tenancy import OrganizationModel, TenantManager

SUBJECT_LENGTH, DETAIL_LENGTH = 200, 500
"""Characters that the audit log keeps."""


class Action(models.TextChoices):
    """What is on record when somebody did it. Before the dot stands its kind."""

    MEMBER_INVITED = "member.invited", "Invited"
    INVITATION_WITHDRAWN = "member.withdrawn", "Withdrew the invitation"
    MEMBER_JOINED = "member.joined", "Joined"
    ROLE_CHANGED = "member.role", "Changed the role"
    MEMBER_REMOVED = "member.removed", "Removed"
    MEMBER_LEFT = "member.left", "Left"
    KEY_MADE = "key.made", "Made an API key"
    KEY_ROTATED = "key.rotated", "Rotated an API key"
    KEY_REVOKED = "key.revoked", "Revoked an API key"
    ORGANIZATION_RENAMED = "organization.renamed", "Renamed the organization"
    ORGANIZATION_DELETED = "organization.deleted", "Deleted the organization"
    ORGANIZATION_BROUGHT_BACK = "organization.back", "Brought back the organization"
    PROJECT_MADE = "project.made", "Made a project"
    PROJECT_RENAMED = "project.renamed", "Renamed a project"
    PROJECT_DELETED = "project.deleted", "Deleted a project"
    PROJECT_BROUGHT_BACK = "project.back", "Brought back a project"
    PROJECT_GONE = "project.gone", "Deleted a project for good"
    SETTING_CHANGED = "project.setting", "Changed a setting"
    TYPE_OVERRIDDEN = "field.overridden", "Chose a field's type"
    TYPE_RESET = "field.reset", "Went back to a field's detected type"
    SEGMENT_SAVED = "segment.saved", "Saved a segment"
    SEGMENT_RENAMED = "segment.renamed", "Renamed a segment"
    SEGMENT_DELETED = "segment.deleted", "Deleted a segment"
    ERASURE_ASKED = "data.erasure", "Had a user's data deleted"
    EXPORTED = "data.exported", "Downloaded an export"
    PLAN_CHANGED = "plan.changed", "Changed the plan"
    TWO_STEPS_ON = "login.on", "Turned two-step log-in on"
    TWO_STEPS_OFF = "login.off", "Turned two-step log-in off"


class ActionKind(models.TextChoices):
    """What actions are about: the start of each one's value."""

    MEMBER = "member", "Members"
    KEY = "key", "API keys"
    ORGANIZATION = "organization", "Organization"
    PROJECT = "project", "Projects and settings"
    FIELD = "field", "Fields"
    SEGMENT = "segment", "Segments"
    DATA = "data", "Deleting and exports"
    PLAN = "plan", "Plan"
    LOGIN = "login", "Log-ins"


_NOBODY = {Action.EXPORTED.value: "API key", Action.PROJECT_GONE.value: "Turret"}
"""Who acted where no person did, and not the operator."""


class AuditEntry(OrganizationModel):
    """Something that somebody did. Written by `accounts.audit`; never edited."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="audit_entries"
    )
    project = models.ForeignKey(
        Project, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    project_name = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Once it is gone for good."
    )
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_email = models.EmailField(
        "who", blank=True, help_text="Outlives the account. Empty for the command line."
    )
    action = models.CharField(max_length=40, choices=Action.choices)
    subject = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    detail = models.CharField(max_length=DETAIL_LENGTH, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["AuditEntry"]()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["organization", "-at", "-id"], name="audit_entry_latest")
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.subject}"

    @property
    def who(self) -> str:
        """The e-mail of a person; else "operator", "Turret" or "API key", which `detail` names."""
        if self.actor_email:
            return self.actor_email
        return _NOBODY.get(self.action, "operator")
