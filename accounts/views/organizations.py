"""Organizations: one's own, and what each is."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.access import MemberRequest, OrganizationRequest, organization_page, signed_in
from accounts.forms import DeleteForm, NameForm
from accounts.models import BROUGHT_BACK_FOR, Role


@signed_in
@require_http_methods(["GET", "POST"])
def organizations(request: MemberRequest) -> HttpResponse:
    """List the organizations of a user; POST creates another."""
    form = NameForm(request.POST or None)
    if form.is_valid():
        organization = services.create_organization(form.cleaned_data["name"], request.user)
        messages.success(request, f"{organization.name} is created. Now create its first project.")
        return redirect("projects", organization.slug)
    context = {
        "form": form,
        "memberships": selectors.memberships(request.user),
        "deleted": selectors.deleted_memberships(request.user),
    }
    return render(request, "accounts/organizations.html", context)


@organization_page(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def settings(request: OrganizationRequest) -> HttpResponse:
    """Show what an organization is; POST renames it."""
    form = NameForm(request.POST or None, initial={"name": request.organization.name})
    if form.is_valid():
        name = form.cleaned_data["name"]
        services.rename_organization(request.organization, name, request.user)
        messages.success(request, "The organization is renamed.")
        return redirect("organization_settings", request.organization.slug)
    return _settings_page(request, form=form)


@organization_page(Role.OWNER, with_deleted=True)
@require_POST
def delete(request: OrganizationRequest) -> HttpResponse:
    """Delete the organization, if its name was typed."""
    organization = request.organization
    if organization.deleted_at:
        return redirect("organizations")  # two clicks
    form = DeleteForm(request.POST, name=organization.name)
    if not form.is_valid():
        return _settings_page(request, delete_form=form)
    services.delete_organization(organization, request.user)
    messages.success(request, f"{organization.name} is deleted. You can bring it back below.")
    return redirect("organizations")


@organization_page(Role.OWNER, with_deleted=True)
@require_POST
def bring_back(request: OrganizationRequest) -> HttpResponse:
    """Bring the organization back; one that is there stays as it is."""
    services.bring_back_organization(request.organization, request.user)
    messages.success(request, f"{request.organization.name} is back as it was.")
    return redirect("projects", request.organization.slug)


def _settings_page(request: OrganizationRequest, **forms: Form) -> HttpResponse:
    """The page, with new forms in place of those that are not given."""
    organization = request.organization
    context = {
        "form": NameForm(initial={"name": organization.name}),
        "delete_form": DeleteForm(name=organization.name),
        "days": BROUGHT_BACK_FOR.days,
        "projects": selectors.projects(organization).count(),
        "members": selectors.members(organization).count(),
        "may_delete": request.role.includes(Role.OWNER),
        **forms,
    }
    return render(request, "accounts/organization_settings.html", context)
