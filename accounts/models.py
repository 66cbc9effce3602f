"""Organizations, the people in them, their projects and their API keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.tenancy import OrganizationModel, ProjectModel, TenantManager

INVITATION_LIFETIME = timedelta(days=7)
SESSION_GAP = timedelta(minutes=30)
"""Web analytics has long agreed on half an hour."""
SUBJECT_LENGTH, DETAIL_LENGTH = 200, 500
"""Characters that the audit log keeps."""


class UserManager(BaseUserManager["User"]):
    """Creates users; finds them by e-mail, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **fields, is_staff=True, is_superuser=True)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address that is stored in lower case."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="An IANA name, such as Europe/Berlin; empty: what the browser says.",
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    # Whoever is logged in without being asked: by a sign-up, or a link to a new password.
    backend = "django.contrib.auth.backends.ModelBackend"
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_case_insensitive")
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class UserSession(models.Model):
    """Where a user is logged in; it goes with Django's session. See `accounts.sessions`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    device = models.CharField(max_length=60)
    address = models.GenericIPAddressField(null=True, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="To the hour.")

    def __str__(self) -> str:
        return f"{self.user}: {self.device}"


class Organization(models.Model):
    """The tenant: it has members, projects, a plan and a quota."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="organizations"
    )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do: members read, admins also manage, owners also own."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"

    def includes(self, other: Role) -> bool:
        """Whether someone with this role may do what `other` may."""
        order = list(Role)
        return order.index(self) <= order.index(other)


class Membership(OrganizationModel):
    """A user's place in an organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    weekly_email = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether they get the weekly e-mail of its projects.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["Membership"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"


class Invitation(OrganizationModel):
    """An offer of membership, sent by e-mail; only the digest of its token is stored."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField("e-mail")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    token_digest = models.CharField(max_length=64, db_index=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects = TenantManager["Invitation"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "email"], name="invitation_once")
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


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


class Project(OrganizationModel):
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

    objects = TenantManager["Project"]()

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
    PROJECT_MADE = "project.made", "Made a project"
    PROJECT_RENAMED = "project.renamed", "Renamed a project"
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
    PROJECT = "project", "Projects and settings"
    FIELD = "field", "Fields"
    SEGMENT = "segment", "Segments"
    DATA = "data", "Deleting and exports"
    PLAN = "plan", "Plan"
    LOGIN = "login", "Log-ins"


class AuditEntry(OrganizationModel):
    """Something that somebody did. Written by `accounts.audit`; never edited."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="audit_entries"
    )
    project = models.ForeignKey(
        Project, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
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
