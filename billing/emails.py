"""E-mails about plans and quotas, in plain text."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Membership, Organization, Role
from billing.models import Notice
from billing.selectors import Standing

TIMEOUT = 10
"""Seconds to wait for the mail server; the worker has other things to do."""


def owners(organization: Organization) -> list[str]:
    """Addresses of an organization's owners."""
    members = Membership.objects.filter(
        organization=organization, role=Role.OWNER, user__is_active=True
    )
    return list(members.order_by("pk").values_list("user__email", flat=True))


def send_notice(notice: Notice, standing: Standing, to: list[str]) -> None:
    """Send one e-mail to all owners, so that it fails or arrives for all of them.

    Raises OSError where the mail server cannot be reached or refuses, ValueError for an address
    that cannot be written in a header.
    """
    base_url: str = settings.BASE_URL
    context = {
        "notice": notice,
        "organization": notice.organization,
        "standing": standing,
        "link": base_url.rstrip("/") + reverse("usage", args=[notice.organization.slug]),
    }
    name = "quota" if notice.percent else "trial"
    subject = render_to_string(f"billing/email/{name}_subject.txt", context)
    EmailMessage(
        " ".join(subject.split()),
        render_to_string(f"billing/email/{name}.txt", context),
        None,
        to,
        connection=get_connection(timeout=TIMEOUT),
    ).send()
