"""Writes to the members of organizations."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import Action, Membership, Role, User


class LastOwner(Exception):
    """An organization must keep an owner."""


class OwnersOnly(Exception):
    """Only an owner may make, change or remove an owner."""


@transaction.atomic
def change_role(membership: Membership, role: Role, actor: User | None = None, *, by: Role) -> None:
    """Give a member another role, as someone whose role is `by`.

    Raises LastOwner, OwnersOnly, and Membership.DoesNotExist where it has ended meanwhile.
    """
    membership, has_other_owner = _held(membership)
    _require_owner_for(by, membership.role, role)
    if role != Role.OWNER and not has_other_owner:
        raise LastOwner
    before, membership.role = Role(membership.role), role
    membership.save(update_fields=["role"])
    if role != before:
        detail = audit.changed(before.label.lower(), role.label.lower())
        subject = membership.user.email
        audit.record(membership.organization, Action.ROLE_CHANGED, actor, subject, detail)


@transaction.atomic
def remove_member(membership: Membership, actor: User | None = None, *, by: Role) -> None:
    """End a membership, as someone whose role is `by`. Raises as `change_role` does."""
    membership, has_other_owner = _held(membership)
    _require_owner_for(by, membership.role)
    if not has_other_owner:
        raise LastOwner
    membership.delete()
    action = Action.MEMBER_LEFT if actor == membership.user else Action.MEMBER_REMOVED
    audit.record(membership.organization, action, actor, membership.user.email)


def _require_owner_for(by: Role, *roles: str) -> None:
    if Role.OWNER in roles and by != Role.OWNER:
        raise OwnersOnly


def _held(membership: Membership) -> tuple[Membership, bool]:
    """Lock a membership until the transaction ends; return it, and whether others are owners."""
    rows = Membership.objects.select_for_update(of=["self"]).filter(
        Q(pk=membership.pk) | Q(role=Role.OWNER), organization=membership.organization_id
    )
    held = {each.pk: each for each in rows.select_related("organization", "user").order_by("pk")}
    if membership.pk not in held:
        raise Membership.DoesNotExist
    found = held.pop(membership.pk)
    return found, any(each.role == Role.OWNER for each in held.values())
