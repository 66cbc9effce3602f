"""Organizations and their projects."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import selectors, services
from accounts.access import (
    MemberRequest,
    OrganizationRequest,
    ProjectRequest,
    organization_page,
    project_page,
    require_role,
    signed_in,
)
from accounts.forms import NameForm
from accounts.models import Role


@signed_in
@require_http_methods(["GET", "POST"])
def organizations(request: MemberRequest) -> HttpResponse:
    """List the organizations of a user; POST creates another."""
    form = NameForm(request.POST or None)
    if form.is_valid():
        organization = services.create_organization(form.cleaned_data["name"], request.user)
        messages.success(request, f"{organization.name} is created. Now create its first project.")
        return redirect("projects", organization.slug)
    context = {"form": form, "memberships": selectors.memberships(request.user)}
    return render(request, "accounts/organizations.html", context)


@organization_page()
@require_http_methods(["GET", "POST"])
def projects(request: OrganizationRequest) -> HttpResponse:
    """List the projects of an organization; POST creates another."""
    form = NameForm(request.POST or None)
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if form.is_valid():
            project = services.create_project(request.organization, form.cleaned_data["name"])
            messages.success(request, f"{project.name} is created. Now create an API key for it.")
            return redirect("api_keys", project.slug)
    context = {
        "form": form,
        "projects": selectors.projects(request.organization),
        "may_manage": request.role.includes(Role.ADMIN),
    }
    return render(request, "accounts/projects.html", context)


@project_page()
@require_http_methods(["GET", "POST"])
def settings(request: ProjectRequest) -> HttpResponse:
    """Show what a project is; POST renames it."""
    form = NameForm(request.POST or None, initial={"name": request.project.name})
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if form.is_valid():
            services.rename_project(request.project, form.cleaned_data["name"])
            messages.success(request, "The project is renamed.")
            return redirect("project_settings", request.project.slug)
    context = {"form": form, "may_manage": request.role.includes(Role.ADMIN)}
    return render(request, "accounts/project_settings.html", context)
