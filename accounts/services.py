"""Writes to organizations, members, invitations, projects and API keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import keys
from accounts.models import (
    INVITATION_LIFETIME,
    ApiKey,
    Coverage,
    Invitation,
    LLMExamples,
    Membership,
    Organization,
    Project,
    Role,
    User,
)

_Row = TypeVar("_Row")


class EmailTaken(Exception):
    """An account with this e-mail address exists."""


class LastOwner(Exception):
    """An organization must keep an owner."""


class OwnersOnly(Exception):
    """Only an owner may make, change or remove an owner."""


class InvitationInvalid(Exception):
    """The invitation is unknown, used, withdrawn, expired, or for another address."""


@dataclass(frozen=True)
class NewKey:
    """An API key and its secret, which exists nowhere else and cannot be shown again."""

    api_key: ApiKey
    secret: str


@dataclass(frozen=True)
class NewTenant:
    """What a sign-up creates."""

    user: User
    organization: Organization
    project: Project
    key: NewKey


@transaction.atomic
def sign_up(email: str, password: str, organization_name: str) -> NewTenant:
    """Create a user who owns a new organization with a first project and its first key.

    Raises EmailTaken.
    """
    user = _create_user(email, password)
    organization = create_organization(organization_name, owner=user)
    project = create_project(organization, organization_name)
    return NewTenant(user, organization, project, create_key(project, "First key", user))


def _create_user(email: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken from error


def rename_user(user: User, name: str) -> None:
    user.name = name
    user.save(update_fields=["name"])


def choose_weekly_emails(user: User, organizations: Collection[str]) -> None:
    """Send a user the weekly e-mails of these organizations, given by their slugs, and no other."""
    theirs = Membership.objects.unscoped().filter(user=user)
    theirs.filter(organization__slug__in=organizations).update(weekly_email=True)
    theirs.exclude(organization__slug__in=organizations).update(weekly_email=False)


def set_weekly_email(membership: Membership, wanted: bool) -> None:
    membership.weekly_email = wanted
    membership.save(update_fields=["weekly_email"])


@transaction.atomic
def create_organization(name: str, owner: User) -> Organization:
    organization = _with_free_slug(
        name, lambda slug: Organization.objects.create(name=name, slug=slug)
    )
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    return organization


def create_project(organization: Organization, name: str, *, is_demo: bool = False) -> Project:
    return _with_free_slug(
        name,
        lambda slug: Project.objects.create(
            organization=organization, name=name, slug=slug, is_demo=is_demo
        ),
    )


def rename_project(project: Project, name: str) -> None:
    """Give a project another name. Its slug stays, so that no link breaks."""
    project.name = name
    project.save(update_fields=["name"])


def set_llm_examples(project: Project, examples: LLMExamples) -> None:
    """Say what an LLM may see. Names that it gave before stay."""
    project.llm_examples = examples
    project.save(update_fields=["llm_examples"])


def set_session_gap(project: Project, gap: timedelta) -> None:
    """Say how long a session must be quiet to be over. It holds for past sessions too."""
    project.session_gap = gap
    project.save(update_fields=["session_gap"])


def set_coverage(project: Project, coverage: Coverage) -> None:
    """Choose how much topics claim; `clustering.coverage` puts it into force."""
    project.coverage = coverage
    project.save(update_fields=["coverage"])


def create_key(project: Project, name: str, user: User | None = None) -> NewKey:
    secret = keys.new_key()
    api_key = ApiKey.objects.create(
        project=project,
        name=name,
        prefix=keys.shown_prefix(secret),
        digest=keys.digest(secret),
        created_by=user,
    )
    return NewKey(api_key, secret)


def rotate_key(api_key: ApiKey, user: User | None = None) -> NewKey:
    """Create a second live key of the same name; the old one works until it is revoked."""
    return create_key(api_key.project, api_key.name, user)


def revoke_key(api_key: ApiKey) -> None:
    ApiKey.objects.filter(
        project_id=api_key.project_id, pk=api_key.pk, revoked_at__isnull=True
    ).update(revoked_at=timezone.now())


@transaction.atomic
def invite(
    organization: Organization, email: str, role: Role, inviter: User
) -> tuple[Invitation, str]:
    """Create or renew an invitation. Returns it with its token, to be sent by e-mail."""
    token = secrets.token_urlsafe(32)
    invitation, _ = Invitation.objects.update_or_create(
        organization=organization,
        email=email.strip().lower(),
        defaults={
            "role": role,
            "token_digest": keys.digest(token),
            "invited_by": inviter,
            "created_at": timezone.now(),
            "expires_at": timezone.now() + INVITATION_LIFETIME,
        },
    )
    return invitation, token


def withdraw_invitation(invitation: Invitation) -> None:
    invitation.delete()


@transaction.atomic
def join(token: str, password: str) -> User:
    """Create the user that an invitation was sent to, as a member of its organization.

    Raises InvitationInvalid and EmailTaken.
    """
    invitation = (
        Invitation.objects.unscoped()
        .filter(token_digest=keys.digest(token), expires_at__gt=timezone.now())
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    user = _create_user(invitation.email, password)
    accept_invitation(token, user)
    return user


@transaction.atomic
def accept_invitation(token: str, user: User) -> Membership:
    """Make `user` a member. A token works once, and only for the address it was sent to.

    Raises InvitationInvalid.
    """
    invitation = (
        Invitation.objects.unscoped()
        .select_for_update()
        .filter(token_digest=keys.digest(token), expires_at__gt=timezone.now(), email=user.email)
        .first()
    )
    if invitation is None:
        raise InvitationInvalid
    membership, _ = Membership.objects.get_or_create(
        organization=invitation.organization, user=user, defaults={"role": invitation.role}
    )
    invitation.delete()
    return membership


@transaction.atomic
def change_role(membership: Membership, role: Role, *, by: Role) -> None:
    """Give a member another role, as someone whose role is `by`.

    Raises LastOwner and OwnersOnly.
    """
    _require_owner_for(by, membership.role, role)
    if role != Role.OWNER:
        _require_other_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])


@transaction.atomic
def remove_member(membership: Membership, *, by: Role) -> None:
    """End a membership, as someone whose role is `by`. Raises LastOwner and OwnersOnly."""
    _require_owner_for(by, membership.role)
    _require_other_owner(membership)
    membership.delete()


def _require_owner_for(by: Role, *roles: str) -> None:
    if Role.OWNER in roles and by != Role.OWNER:
        raise OwnersOnly


def _require_other_owner(membership: Membership) -> None:
    owners = Membership.objects.select_for_update().filter(
        organization=membership.organization_id, role=Role.OWNER
    )
    if not any(owner.pk != membership.pk for owner in owners):
        raise LastOwner


def _with_free_slug(name: str, create: Callable[[str], _Row]) -> _Row:
    """Create a row under a slug of `name`, with a random ending where the plain one is taken.

    Two who want the same slug at the same moment both succeed: the database decides.
    """
    slug = slugify(name)[:40].strip("-") or "project"
    try:
        with transaction.atomic():
            return create(slug)
    except IntegrityError:
        return create(f"{slug}-{secrets.token_hex(4)}")
