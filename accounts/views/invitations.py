"""Invitations: opened by whoever holds the link, managed by admins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import emails, selectors, services
from accounts.access import OrganizationRequest, organization_page
from accounts.forms import JoinForm
from accounts.models import Invitation, Organization, Role, User
from accounts.throttling import is_too_often

INVITATIONS = 100
"""Invitations that one person may send a day. Without a limit, a stranger could write to
anybody."""

_SESSION_KEY = "invitation_link"


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites whom; POST accepts, as the user or as a new one."""
    found = selectors.open_invitation(token)
    if found is None:
        return _invalid(request)
    try:
        if isinstance(request.user, User):
            return _accept(request, request.user, found, token)
        return _join(request, found, token)
    except services.InvitationInvalid:
        return _invalid(request)


def _accept(request: HttpRequest, user: User, found: Invitation, token: str) -> HttpResponse:
    if user.email != found.email:
        return render(
            request, "accounts/invitation_of_another.html", {"invitation": found}, status=403
        )
    if request.method == "POST":
        services.accept_invitation(token, user)
        return _welcome(request, found.organization)
    return render(request, "accounts/invitation.html", {"invitation": found})


def _join(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    if selectors.has_account(found.email):
        return render(request, "accounts/invitation.html", {"invitation": found})
    form = JoinForm(request.POST or None, email=found.email)
    if form.is_valid():
        try:
            login(request, services.join(token, form.cleaned_data["password"]))
        except services.EmailTaken:
            return redirect("invitation", token)
        return _welcome(request, found.organization)
    return render(request, "accounts/invitation.html", {"invitation": found, "form": form})


def _welcome(request: HttpRequest, organization: Organization) -> HttpResponse:
    messages.success(request, f"You are a member of {organization.name} now.")
    return redirect("projects", organization.slug)


def _invalid(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invitation_invalid.html", status=404)


@organization_page(Role.ADMIN)
@require_POST
def resend(request: OrganizationRequest, invitation: int) -> HttpResponse:
    """Renew an invitation and send it again; the earlier link ends."""
    found = _invitation(request, invitation)
    send(request, found.email, Role(found.role))
    return redirect("members", request.organization.slug)


@organization_page(Role.ADMIN)
@require_POST
def withdraw(request: OrganizationRequest, invitation: int) -> HttpResponse:
    found = _invitation(request, invitation)
    services.withdraw_invitation(found, request.user)
    messages.success(request, f"The invitation of {found.email} is withdrawn.")
    return redirect("members", request.organization.slug)


def send(request: OrganizationRequest, email: str, role: Role) -> None:
    """Invite an address by e-mail, and keep the link for `link_for_display`.

    Without a mail server the link still works: the inviter passes it on.
    """
    if is_too_often(f"invite {request.user.pk}", INVITATIONS, timedelta(days=1)):
        messages.error(request, f"{INVITATIONS} invitations a day are the most. Go on tomorrow.")
        return
    invited, token = services.invite(request.organization, email, role, request.user)
    request.session[_SESSION_KEY] = {
        "organization": request.organization.pk,
        "email": invited.email,
        "link": emails.link_to("invitation", token),
        "is_sent": _is_sent(request, invited, token),
    }


def _is_sent(request: OrganizationRequest, invited: Invitation, token: str) -> bool:
    """Send an invitation where e-mails are sent. Returns whether it went out."""
    if not emails.are_sent():
        return False
    try:
        emails.send_invitation(invited, token)
    except (OSError, ValueError):  # the mail server, or an address that it cannot take
        messages.warning(request, f"No e-mail could be sent to {invited.email}.")
        return False
    messages.success(request, f"An invitation is on its way to {invited.email}.")
    return True


def link_for_display(request: OrganizationRequest) -> dict[str, Any] | None:
    """Return `email` and `link` of the invitation just made, and whether it `is_sent`, once."""
    kept: dict[str, Any] | None = request.session.pop(_SESSION_KEY, None)
    return kept if kept and kept["organization"] == request.organization.pk else None


def _invitation(request: OrganizationRequest, pk: int) -> Invitation:
    return get_object_or_404(Invitation, organization=request.organization, pk=pk)
