"""Organizations, their members, and who is invited to them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.deletion import Deletable
from accounts.models.people import User
from accounts.tenancy import OrganizationModel, TenantManager

INVITATION_LIFETIME = timedelta(days=7)


class OrganizationManager(models.Manager["Organization"]):
    """Knows nothing of deleted organizations."""

    def get_queryset(self) -> models.QuerySet[Organization]:
        return super().get_queryset().filter(deleted_at=None)


class Organization(Deletable):
    """The tenant: it has members, projects, a plan and a quota.

    When it is deleted, so are its projects, at the same moment.
    """

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="organizations"
    )

    # First, so that forms know of the slugs that deleted organizations still hold.
    with_deleted = models.Manager["Organization"]()
    objects = OrganizationManager()

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
