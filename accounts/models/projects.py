"""Projects, their settings and their API keys."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from accounts.models.deletion import Deletable
from accounts.models.organizations import Organization
from accounts.models.people import User
from accounts.tenancy import OrganizationModel, ProjectModel, TenantManager, TenantQuerySet

SESSION_GAP = timedelta(minutes=30)
"""Web analytics has long agreed on half an hour."""


class LLMExamples(models.TextChoices):
    """What an LLM that names topics may see of what users wrote."""

    REDACTED = "redacted", "Examples, with what identifies a person masked"
    VERBATIM = "verbatim", "Examples as users wrote them"
    NONE = "none", "Nothing: no text leaves this machine"


class Coverage(models.IntegerChoices):
    """Which texts topics claim: the nearest ones only, or as many as may belong to them."""

    PUREST = 0, "Purest"
    PURER = 1, "Purer"
    BALANCED = 2, "Balanced"
    BROADER = 3, "Broader"
    BROADEST = 4, "Broadest"


class ProjectManager(TenantManager["Project"]):
    """Knows nothing of deleted projects: to pages, keys, jobs and commands there are none."""

    def get_queryset(self) -> TenantQuerySet[Project]:
        return super().get_queryset().filter(deleted_at=None)


class Project(OrganizationModel, Deletable):
    """One product of an organization: it owns API keys, events, fields and topics."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="projects"
    )
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    is_demo = models.BooleanField("demo", default=False)
    is_metered = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether its events are usage. Those of a sample are not.",
    )
    shows_checklist = models.BooleanField(
        default=True, db_default=True, help_text="Until somebody dismisses it."
    )
    llm_examples = models.CharField(
        "shown to the LLM",
        max_length=10,
        choices=LLMExamples.choices,
        default=LLMExamples.REDACTED,
        db_default=LLMExamples.REDACTED,
    )
    coverage = models.PositiveSmallIntegerField(
        choices=Coverage.choices, default=Coverage.BALANCED, db_default=Coverage.BALANCED
    )
    session_gap = models.DurationField(
        default=SESSION_GAP,
        db_default=SESSION_GAP,
        help_text="How long a session must be quiet to be over.",
    )
    retention_days = models.PositiveIntegerField(
        "days that events are kept",
        null=True,
        blank=True,
        help_text="Older ones are deleted, by their timestamps. Empty: all are kept.",
    )
    masks_events = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether what identifies a person is masked in metadata before it is stored.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()
    with_deleted = TenantManager["Project"]()

    def __str__(self) -> str:
        return self.name


class KeyScope(models.TextChoices):
    """What an API key is for. None does both: a backend that sends need not be able to read."""

    TRACK = "track", "Sends events"
    READ = "read", "Reads results"


class ApiKey(ProjectModel):
    """A project's credential. The key itself is shown once; see `accounts.keys`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    scope = models.CharField(
        max_length=10,
        choices=KeyScope.choices,
        default=KeyScope.TRACK,
        db_default=KeyScope.TRACK,
        editable=False,
    )
    prefix = models.CharField(max_length=20, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["ApiKey"]()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None
