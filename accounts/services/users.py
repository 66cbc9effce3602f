"""Writes to users: their account, profile and e-mails."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction

from accounts.models import Membership, User


class EmailTaken(Exception):
    """An account with this e-mail address exists."""


def create_user(email: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken from error


def save_profile(user: User, name: str, time_zone: str) -> None:
    """`time_zone` is an IANA name, or empty for what the browser says."""
    user.name, user.time_zone = name, time_zone
    user.save(update_fields=["name", "time_zone"])


@transaction.atomic
def choose_weekly_emails(user: User, organizations: Collection[str]) -> None:
    """Send a user the weekly e-mails of these organizations, given by their slugs, and no other."""
    for theirs in Membership.objects.unscoped().filter(user=user).select_related("organization"):
        set_weekly_email(theirs, theirs.organization.slug in organizations)


def set_weekly_email(membership: Membership, wanted: bool) -> None:
    membership.weekly_email = wanted
    membership.save(update_fields=["weekly_email"])
