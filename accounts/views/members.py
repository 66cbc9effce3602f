"""The members of an organization and their roles."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import emails, selectors, services
from accounts.access import OrganizationRequest, organization_page, require_role
from accounts.csv_files import Cell, download
from accounts.forms import InviteForm, RoleForm
from accounts.listing import listing
from accounts.models import Membership, Role
from accounts.ordering import Rows, Sort
from accounts.views import invitations

_LAST_OWNER = "An organization must keep an owner. Make another member an owner first."
_OWNERS_ONLY = "Only an owner may make, change or remove an owner."
_GONE = "Somebody else has removed this member meanwhile."

_SORTS: Rows[Membership] = {
    "member": Sort("Member", lambda each: each.user.get_short_name().casefold(), rises=True),
    "role": Sort("Role", lambda each: list(Role).index(Role(each.role)), rises=True),
    "since": Sort("Since", lambda each: each.created_at),
}

_COLUMNS = ["email", "name", "role", "since"]


@organization_page()
@require_http_methods(["GET", "POST"])
def members(request: OrganizationRequest) -> HttpResponseBase:
    """List members, as CSV if the query says so, and pending invitations; POST invites."""
    organization = request.organization
    form = InviteForm(request.POST or None, organization=organization)
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if form.is_valid():
            invitations.send(request, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
            return redirect("members", organization.slug)
    listed = listing(request, selectors.members(organization), _words, _SORTS)
    if request.GET.get("format") == "csv":
        return download(request, organization, "members", _COLUMNS, map(_cells, listed.rows))
    context = {
        "form": form,
        "listing": listed,
        "invitations": selectors.invitations(organization),
        "new_invitation": invitations.link_for_display(request),
        "emails_are_sent": emails.are_sent(),
        "may_manage": request.role.includes(Role.ADMIN),
        "roles": [role for role in Role if request.role.includes(role)],
    }
    return render(request, "accounts/members.html", context)


def _cells(membership: Membership) -> Sequence[Cell]:
    user = membership.user
    return user.email, user.name, membership.role, membership.created_at


@organization_page(Role.ADMIN)
@require_POST
def change_role(request: OrganizationRequest, member: int) -> HttpResponse:
    membership = _membership(request, member)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
        return redirect("members", request.organization.slug)
    role = form.cleaned_data["role"]
    try:
        services.change_role(membership, role, request.user, by=request.role)
    except services.LastOwner:
        messages.error(request, _LAST_OWNER)
    except services.OwnersOnly:
        messages.error(request, _OWNERS_ONLY)
    except Membership.DoesNotExist:
        messages.error(request, _GONE)
    else:
        messages.success(request, f"{membership.user} is {role.label.lower()} now.")
    return redirect("members", request.organization.slug)


@organization_page(Role.ADMIN)
@require_POST
def remove(request: OrganizationRequest, member: int) -> HttpResponse:
    membership = _membership(request, member)
    if _end(request, membership):
        messages.success(request, f"{membership.user} is removed.")
    return redirect("members", request.organization.slug)


@organization_page()
@require_POST
def leave(request: OrganizationRequest) -> HttpResponse:
    """End one's own membership."""
    membership = get_object_or_404(Membership, organization=request.organization, user=request.user)
    if _end(request, membership):
        messages.success(request, f"You have left {request.organization.name}.")
        return redirect("organizations")
    return redirect("members", request.organization.slug)


def _end(request: OrganizationRequest, membership: Membership) -> bool:
    try:
        services.remove_member(membership, request.user, by=request.role)
    except services.LastOwner:
        messages.error(request, _LAST_OWNER)
    except services.OwnersOnly:
        messages.error(request, _OWNERS_ONLY)
    except Membership.DoesNotExist:
        messages.error(request, _GONE)
    else:
        return True
    return False


def _words(membership: Membership) -> str:
    user = membership.user
    return f"{user.name} {user.email} {membership.get_role_display()}"


def _membership(request: OrganizationRequest, pk: int) -> Membership:
    return get_object_or_404(
        Membership.objects.select_related("user"), organization=request.organization, pk=pk
    )
