"""Reads of organizations, members, projects and API keys."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from accounts import keys
from accounts.models import (
    Action,
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    Organization,
    Project,
    Role,
    User,
    kept_since,
)


def projects_by_organization(user: User | AnonymousUser) -> list[Organization]:
    """The organizations of a user by name, each with its projects by name prefetched."""
    if not user.is_authenticated:
        return []
    own = Project.objects.unscoped().order_by("name", "pk")
    return list(
        Organization.objects.filter(memberships__user=user)
        .order_by("name")
        .prefetch_related(Prefetch("projects", queryset=own))
    )


def home_project(user: User) -> Project | None:
    """The project that a user lands on: the oldest that is no demo, or else the oldest demo."""
    return (
        Project.objects.unscoped()
        .filter(organization__memberships__user=user)
        .order_by("is_demo", "created_at")
        .first()
    )


def members(organization: Organization) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(organization=organization)
        .select_related("user")
        .order_by("created_at")
    )


def invitations(organization: Organization) -> QuerySet[Invitation]:
    """The pending invitations, including expired ones."""
    return (
        Invitation.objects.filter(organization=organization)
        .select_related("invited_by")
        .order_by("email")
    )


def open_invitation(token: str) -> Invitation | None:
    """The invitation of a token, unless it is unknown, used, withdrawn or expired."""
    return (
        Invitation.objects.unscoped()
        .select_related("organization", "invited_by")
        .filter(
            token_digest=keys.digest(token),
            expires_at__gt=timezone.now(),
            organization__deleted_at=None,
        )
        .first()
    )


def has_account(email: str) -> bool:
    return User.objects.filter(email=email.strip().lower()).exists()


def is_member(organization: Organization, email: str) -> bool:
    return Membership.objects.filter(
        organization=organization, user__email=email.strip().lower()
    ).exists()


def places(user: User, *, with_deleted: bool = False) -> QuerySet[Membership]:
    """A user's places in organizations, or also in those that can be brought back."""
    reached = Q(organization__deleted_at=None)
    if with_deleted:
        reached |= Q(organization__deleted_at__gt=kept_since())
    theirs = Membership.objects.unscoped().filter(reached, user=user)
    return theirs.select_related("organization")


def memberships(user: User) -> QuerySet[Membership]:
    """The places of a user, by organization, each with its numbers of `projects` and `members`."""
    return (
        places(user)
        .annotate(
            projects=Count(
                "organization__projects",
                filter=Q(organization__projects__deleted_at=None),
                distinct=True,
            ),
            members=Count("organization__memberships", distinct=True),
        )
        .order_by("organization__name", "organization_id")
    )


def deleted_memberships(user: User) -> QuerySet[Membership]:
    """A user's places in organizations that can be brought back, the latest deleted first.

    Each with the e-mail of who deleted it.
    """
    deletions = AuditEntry.objects.filter(
        organization=OuterRef("organization"), action=Action.ORGANIZATION_DELETED
    )
    return (
        Membership.objects.unscoped()
        .filter(user=user, organization__deleted_at__gt=kept_since())
        .select_related("organization")
        .annotate(deleted_by=Subquery(deletions.order_by("-at", "-pk").values("actor_email")[:1]))
        .order_by("-organization__deleted_at", "-organization_id")
    )


def owned_alone(*users: User) -> list[Organization]:
    """The organizations that have no owner but these users, by name."""
    owners = Membership.objects.filter(organization=OuterRef("pk"), role=Role.OWNER)
    own = Organization.objects.filter(Exists(owners.filter(user__in=users)))
    return list(own.exclude(Exists(owners.exclude(user__in=users))).order_by("name", "pk"))


def projects(organization: Organization) -> QuerySet[Project]:
    """An organization's projects by name, each with its number of `live_keys`."""
    return (
        Project.objects.filter(organization=organization)
        .annotate(live_keys=Count("api_keys", filter=Q(api_keys__revoked_at__isnull=True)))
        .order_by("name", "pk")
    )


def deleted_projects(organization: Organization) -> QuerySet[Project]:
    """Those that can be brought back, the latest first, with the e-mail of who deleted each."""
    deletions = AuditEntry.objects.filter(
        organization=organization, project=OuterRef("pk"), action=Action.PROJECT_DELETED
    )
    return (
        Project.with_deleted.filter(organization=organization, deleted_at__gt=kept_since())
        .annotate(deleted_by=Subquery(deletions.order_by("-at", "-pk").values("actor_email")[:1]))
        .order_by("-deleted_at", "-pk")
    )


def api_keys(project: Project) -> QuerySet[ApiKey]:
    """A project's keys, the live ones first, the newest of each first."""
    return (
        ApiKey.objects.filter(project=project)
        .order_by("-revoked_at", "-created_at")
        .select_related("created_by")
    )


def audit_entries(organization: Organization) -> QuerySet[AuditEntry]:
    """What was done in an organization, the latest first. The index: audit_entry_latest."""
    return (
        AuditEntry.objects.filter(organization=organization)
        .select_related("project")
        .order_by("-at", "-pk")
    )


def audited_people(organization: Organization) -> list[str]:
    """The e-mails of those who did something; an empty one stands for the operator or a key."""
    entries = AuditEntry.objects.filter(organization=organization)
    found = entries.order_by("actor_email").values_list("actor_email", flat=True)
    return list(found.distinct())
