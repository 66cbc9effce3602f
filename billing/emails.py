"""E-mails about plans and quotas, in plain text."""

from __future__ import annotations

from accounts import emails
from accounts.models import Membership, Organization, Role
from billing.models import Notice
from billing.selectors import Standing


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
    context = {
        "notice": notice,
        "organization": notice.organization,
        "standing": standing,
        "link": emails.link_to("usage", notice.organization.slug),
    }
    template = "billing/email/quota" if notice.percent else "billing/email/trial"
    emails.message(template, context, to).send()
