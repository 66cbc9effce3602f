"""Writes to invitations."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from accounts import audit, keys, selectors
from accounts.models import (
    INVITATION_LIFETIME,
    Action,
    Invitation,
    Membership,
    Organization,
    Role,
    User,
)
from accounts.services.users import create_user


class InvitationInvalid(Exception):
    """The invitation is unknown, used, withdrawn, expired, or for another address."""


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
def join(token: str, password: str) -> User:
    """Create the user that an invitation was sent to, as a member of its organization.

    Raises InvitationInvalid and EmailTaken.
    """
    invitation = selectors.open_invitation(token)
    if invitation is None:
        raise InvitationInvalid
    user = create_user(invitation.email, password)
    accept_invitation(token, user)
    return user


@transaction.atomic
def accept_invitation(token: str, user: User) -> Membership:
    """Make `user` a member. A token works once, and only for the address it was sent to.

    Raises InvitationInvalid.
    """
    invitation = (
        Invitation.objects.unscoped()
        .select_for_update(of=["self"])
        .filter(
            token_digest=keys.digest(token),
            expires_at__gt=timezone.now(),
            organization__deleted_at=None,
            email=user.email,
        )
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
