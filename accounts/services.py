"""Writes to organizations, members, invitations, projects and API keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit, keys
from accounts.models import (
    INVITATION_LIFETIME,
    Action,
    ApiKey,
    Coverage,
    Invitation,
    KeyScope,
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
    key = start_project(organization, organization_name, user)
    return NewTenant(user, organization, key.api_key.project, key)


def _create_user(email: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken from error


def save_profile(user: User, name: str, time_zone: str) -> None:
    """`time_zone` is an IANA name, or empty for what the browser says."""
    user.name, user.time_zone = name, time_zone
    user.save(update_fields=["name", "time_zone"])


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


@transaction.atomic
def create_project(
    organization: Organization, name: str, actor: User | None = None, *, is_demo: bool = False
) -> Project:
    project = _with_free_slug(
        name,
        lambda slug: Project.objects.create(
            organization=organization, name=name, slug=slug, is_demo=is_demo
        ),
    )
    audit.record(project, Action.PROJECT_MADE, actor, name)
    return project


def create_sample(organization: Organization, name: str) -> Project:
    """Create a project for data of Turret's own, which cost the organization nothing."""
    project = create_project(organization, name, is_demo=True)
    project.is_metered = False
    project.llm_examples = LLMExamples.NONE
    project.save(update_fields=["is_metered", "llm_examples"])
    return project


@transaction.atomic
def start_project(organization: Organization, name: str, actor: User) -> NewKey:
    """Create a project with its first key, ready to be sent to."""
    return create_key(create_project(organization, name, actor), "First key", actor)


@transaction.atomic
def rename_project(project: Project, name: str, actor: User | None = None) -> None:
    """Give a project another name. Its slug stays, so that no link breaks."""
    before = _stored(project).name
    project.name = name
    project.save(update_fields=["name"])
    if name != before:
        detail = audit.changed(before, name)
        audit.record(project, Action.PROJECT_RENAMED, actor, project.slug, detail)


def set_llm_examples(project: Project, examples: LLMExamples, actor: User | None = None) -> None:
    """Say what an LLM may see. Names that it gave before stay."""
    _set(project, "llm_examples", examples, actor)


def set_session_gap(project: Project, gap: timedelta, actor: User | None = None) -> None:
    """Say how long a session must be quiet to be over. It holds for past sessions too."""
    _set(project, "session_gap", gap, actor)


def set_retention(project: Project, days: int | None, actor: User | None = None) -> None:
    """Keep events for so many days; None keeps all. `clustering.retention` deletes the others."""
    _set(project, "retention_days", days, actor)


def set_masking(project: Project, wanted: bool, actor: User | None = None) -> None:
    """Have `ingestion` mask metadata before it stores an event, or not."""
    _set(project, "masks_events", wanted, actor)


def set_coverage(project: Project, coverage: Coverage, actor: User | None = None) -> None:
    """Choose how much topics claim; `clustering.coverage` puts it into force."""
    _set(project, "coverage", coverage, actor)


@transaction.atomic
def _set(project: Project, setting: str, value: object, actor: User | None) -> None:
    before = audit.told(_stored(project), setting)
    setattr(project, setting, value)
    project.save(update_fields=[setting])
    after = audit.told(project, setting)
    if after != before:
        field: Any = Project._meta.get_field(setting)
        words = str(field.verbose_name)
        audit.record(project, Action.SETTING_CHANGED, actor, words, audit.changed(before, after))


def _stored(project: Project) -> Project:
    """The project as it is in the database, which nobody else changes meanwhile."""
    same = Project.objects.filter(organization=project.organization_id, pk=project.pk)
    return same.select_for_update(no_key=True).get()


def show_checklist(project: Project, wanted: bool) -> None:
    project.shows_checklist = wanted
    project.save(update_fields=["shows_checklist"])


@transaction.atomic
def create_key(
    project: Project, name: str, actor: User | None = None, *, scope: KeyScope = KeyScope.TRACK
) -> NewKey:
    key = _new_key(project, name, actor, scope)
    detail = key.api_key.get_scope_display()
    audit.record(project, Action.KEY_MADE, actor, str(key.api_key), detail)
    return key


@transaction.atomic
def rotate_key(api_key: ApiKey, actor: User | None = None) -> NewKey:
    """Create a second live key of the same name and scope; the old one works until revoked."""
    key = _new_key(api_key.project, api_key.name, actor, KeyScope(api_key.scope))
    detail = f"the new one begins with {key.api_key.prefix}"
    audit.record(api_key.project, Action.KEY_ROTATED, actor, str(api_key), detail)
    return key


def _new_key(project: Project, name: str, actor: User | None, scope: KeyScope) -> NewKey:
    secret = keys.new_key()
    api_key = ApiKey.objects.create(
        project=project,
        name=name,
        scope=scope,
        prefix=keys.shown_prefix(secret),
        digest=keys.digest(secret),
        created_by=actor,
    )
    return NewKey(api_key, secret)


@transaction.atomic
def revoke_key(api_key: ApiKey, actor: User | None = None) -> None:
    live = ApiKey.objects.filter(
        project_id=api_key.project_id, pk=api_key.pk, revoked_at__isnull=True
    )
    if live.update(revoked_at=timezone.now()):
        audit.record(api_key.project, Action.KEY_REVOKED, actor, str(api_key))


@transaction.atomic
def invite(
    organization: Organization, email: str, role: Role, actor: User
) -> tuple[Invitation, str]:
    """Create or renew an invitation. Returns it with its token, to be sent by e-mail."""
    token = secrets.token_urlsafe(32)
    invitation, _ = Invitation.objects.update_or_create(
        organization=organization,
        email=email.strip().lower(),
        defaults={
            "role": role,
            "token_digest": keys.digest(token),
            "invited_by": actor,
            "created_at": timezone.now(),
            "expires_at": timezone.now() + INVITATION_LIFETIME,
        },
    )
    audit.record(
        organization, Action.MEMBER_INVITED, actor, invitation.email, f"as {role.label.lower()}"
    )
    return invitation, token


@transaction.atomic
def withdraw_invitation(invitation: Invitation, actor: User | None = None) -> None:
    invitation.delete()
    audit.record(invitation.organization, Action.INVITATION_WITHDRAWN, actor, invitation.email)


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
    membership, is_new = Membership.objects.get_or_create(
        organization=invitation.organization, user=user, defaults={"role": invitation.role}
    )
    invitation.delete()
    if is_new:
        detail = f"as {membership.get_role_display().lower()}"
        audit.record(membership.organization, Action.MEMBER_JOINED, user, user.email, detail)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: Role, actor: User | None = None, *, by: Role) -> None:
    """Give a member another role, as someone whose role is `by`.

    Raises LastOwner and OwnersOnly.
    """
    _require_owner_for(by, membership.role, role)
    if role != Role.OWNER:
        _require_other_owner(membership)
    before, membership.role = Role(membership.role), role
    membership.save(update_fields=["role"])
    if role != before:
        detail = audit.changed(before.label.lower(), role.label.lower())
        subject = membership.user.email
        audit.record(membership.organization, Action.ROLE_CHANGED, actor, subject, detail)


@transaction.atomic
def remove_member(membership: Membership, actor: User | None = None, *, by: Role) -> None:
    """End a membership, as someone whose role is `by`. Raises LastOwner and OwnersOnly."""
    _require_owner_for(by, membership.role)
    _require_other_owner(membership)
    membership.delete()
    action = Action.MEMBER_LEFT if actor == membership.user else Action.MEMBER_REMOVED
    audit.record(membership.organization, action, actor, membership.user.email)


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
