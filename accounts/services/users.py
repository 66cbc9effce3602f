"""Writes to users: their account, profile and e-mails."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from django.db import IntegrityError, transaction

from accounts import sessions
from accounts.models import Membership, Role, User
from accounts.services.members import remove_member


class EmailTaken(Exception):
    """An account with this e-mail address exists."""


class AccountDeleted(Exception):
    """The account was deleted meanwhile."""


@contextmanager
def held(user: User) -> Iterator[None]:
    """Keep an account from being deleted until the block is over; raises AccountDeleted.

    Django saves a user at a log-in and with a new password. Without this, one who was deleted
    meanwhile would be created again, or be an error.
    """
    with transaction.atomic():
        if not User.objects.select_for_update(no_key=True).filter(pk=user.pk).exists():
            raise AccountDeleted
        yield


def create_user(email: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken from error


def save_profile(user: User, name: str, time_zone: str) -> None:
    """`time_zone` is an IANA name, or empty for what the browser says."""
    User.objects.filter(pk=user.pk).update(name=name, time_zone=time_zone)


@transaction.atomic
def choose_weekly_emails(user: User, organizations: Collection[str]) -> None:
    """Send a user the weekly e-mails of these organizations, given by their slugs, and no other."""
    for theirs in Membership.objects.unscoped().filter(user=user).select_related("organization"):
        set_weekly_email(theirs, theirs.organization.slug in organizations)


def set_weekly_email(membership: Membership, wanted: bool) -> None:
    membership.weekly_email = wanted
    same = Membership.objects.filter(organization=membership.organization_id, pk=membership.pk)
    same.update(weekly_email=wanted)  # none, where somebody has removed the member meanwhile


@transaction.atomic
def delete_account(user: User, actor: User | None = None) -> None:
    """Delete a user, who leaves every organization. `actor` is given where somebody else does it.

    What they did stays on record under their e-mail. Raises LastOwner where an organization would
    be left without an owner, unless it is deleted itself.
    """
    if not User.objects.select_for_update().filter(pk=user.pk).exists():
        return  # a second click
    theirs = Membership.objects.unscoped().filter(user=user, organization__deleted_at=None)
    for membership in theirs.order_by("organization_id"):
        with suppress(Membership.DoesNotExist):  # somebody else has removed them meanwhile
            remove_member(membership, actor or user, by=Role.OWNER)
    sessions.end_others(user, None)
    user.delete()
