"""E-mails about accounts, in plain text, and the links by which people choose to get none."""

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Invitation, Membership

_WEEKLY = signing.Signer(salt="weekly e-mail")


_TO_THE_LOG = "django.core.mail.backends.console.EmailBackend"


def are_sent() -> bool:
    """Whether e-mails leave this machine; without EMAIL_URL they go to its log."""
    return settings.EMAIL_BACKEND != _TO_THE_LOG


def base_url() -> str:
    """What the path of a page follows in its whole address."""
    url: str = settings.BASE_URL
    return url.rstrip("/")


def invitation_link(token: str) -> str:
    return base_url() + reverse("invitation", args=[token])


def weekly_email_link(membership: Membership) -> str:
    """Where whoever holds the link ends the weekly e-mails of a membership. It does not expire."""
    return base_url() + reverse("weekly_email", args=[_WEEKLY.sign(str(membership.pk))])


def weekly_email_membership(token: str) -> int | None:
    """The id of the membership that a link was made for; None if we did not make it."""
    try:
        return int(_WEEKLY.unsign(token))
    except signing.BadSignature:
        return None


def send_invitation(invitation: Invitation, token: str) -> None:
    """Send an invitation to its address. Raises OSError where no mail server can be reached."""
    context = {"invitation": invitation, "link": invitation_link(token)}
    subject = render_to_string("accounts/email/invitation_subject.txt", context)
    send_mail(
        " ".join(subject.split()),
        render_to_string("accounts/email/invitation.txt", context),
        None,
        [invitation.email],
    )
