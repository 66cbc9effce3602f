"""Writes to the members of organizations, and the end of invitations that these sent."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import Action, Invitation, Membership, Role, User


class LastOwner(Exception):
    """An organization must keep an owner."""


class OwnersOnly(Exception):
    """Only an owner may make, change or remove an owner."""


@transaction.atomic
def change_role(membership: Membership, role: Role, actor: User | None = None, *, by: Role) -> None:
    """Give a member another role, as someone whose role is `by`.

    Invitations of one who may no longer invite are withdrawn. Raises LastOwner, OwnersOnly, and
    Membership.DoesNotExist where it has ended meanwhile.
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
    if not role.includes(Role.ADMIN):
        _withdraw_invitations(membership, actor)


@transaction.atomic
def remove_member(membership: Membership, actor: User | None = None, *, by: Role) -> None:
    """End a membership, as someone whose role is `by`. Raises as `change_role` does.

    Invitations of one whom somebody else removes are withdrawn; those of one who leaves go on.
    """
    membership, has_other_owner = _held(membership)
    _require_owner_for(by, membership.role)
    if not has_other_owner:
        raise LastOwner
    membership.delete()
    has_left = actor == membership.user
    action = Action.MEMBER_LEFT if has_left else Action.MEMBER_REMOVED
    audit.record(membership.organization, action, actor, membership.user.email)
    if not has_left:
        _withdraw_invitations(membership, actor)


def _withdraw_invitations(membership: Membership, actor: User | None) -> None:
    """End what a member sent out: they may have invited another address of their own."""
    sent = Invitation.objects.filter(
        organization=membership.organization, invited_by=membership.user
    )
    for invitation in sent.order_by("pk"):
        withdraw_invitation(invitation, actor)


@transaction.atomic
def withdraw_invitation(invitation: Invitation, actor: User | None = None) -> None:
    """Withdraw an invitation; do nothing where it was accepted or withdrawn meanwhile."""
    organization = invitation.organization
    deleted, _ = Invitation.objects.filter(organization=organization, pk=invitation.pk).delete()
    if deleted:
        audit.record(organization, Action.INVITATION_WITHDRAWN, actor, invitation.email)


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
