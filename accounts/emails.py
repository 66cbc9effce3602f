"""E-mails about accounts, in plain text."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Invitation


def invitation_link(token: str) -> str:
    base_url: str = settings.BASE_URL
    return base_url.rstrip("/") + reverse("invitation", args=[token])


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
