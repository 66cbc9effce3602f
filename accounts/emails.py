"""E-mails: how each is written, those about accounts, and the links that end the weekly ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Invitation, Membership

_WEEKLY = signing.Signer(salt="weekly e-mail")
_TO_THE_LOG = "django.core.mail.backends.console.EmailBackend"


def are_sent() -> bool:
    """Whether e-mails leave this machine; without EMAIL_URL they go to its log."""
    return settings.EMAIL_BACKEND != _TO_THE_LOG


def message(
    template: str,
    context: Mapping[str, Any],
    to: Sequence[str],
    headers: dict[str, str] | None = None,
) -> EmailMultiAlternatives:
    """An e-mail in plain text, of `<template>.txt` and `<template>_subject.txt`."""
    subject = render_to_string(f"{template}_subject.txt", context)
    body = render_to_string(f"{template}.txt", context)
    return EmailMultiAlternatives(" ".join(subject.split()), body, None, to, headers=headers)


def link_to(page: str, *args: object) -> str:
    """The whole address of a page."""
    return f"{settings.BASE_URL}{reverse(page, args=args)}"


def weekly_email_link(membership: Membership) -> str:
    """Where whoever holds the link ends the weekly e-mails of a membership. It does not expire."""
    return link_to("weekly_email", _WEEKLY.sign(str(membership.pk)))


def weekly_email_membership(token: str) -> int | None:
    """The id of the membership that a link was made for; None if we did not make it."""
    try:
        return int(_WEEKLY.unsign(token))
    except signing.BadSignature:
        return None


def send_invitation(invitation: Invitation, token: str) -> None:
    """Send an invitation to its address. Raises OSError where no mail server can be reached."""
    context = {"invitation": invitation, "link": link_to("invitation", token)}
    message("accounts/email/invitation", context, [invitation.email]).send()
