"""Writes to organizations and their members."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import Action, Membership, Organization, Role, User
from accounts.services.slugs import with_free_slug


class LastOwner(Exception):
    """An organization must keep an owner."""


class OwnersOnly(Exception):
    """Only an owner may make, change or remove an owner."""


@transaction.atomic
def create_organization(name: str, owner: User) -> Organization:
    organization = with_free_slug(
        name, lambda slug: Organization.objects.create(name=name, slug=slug)
    )
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    return organization


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
