"""The projects of an organization, and what they are."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings as django_settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.access import (
    OrganizationRequest,
    ProjectRequest,
    organization_page,
    project_page,
    require_role,
)
from accounts.forms import DeleteForm, LLMForm, NameForm, SessionGapForm
from accounts.listing import listing
from accounts.models import BROUGHT_BACK_FOR, Role
from accounts.views.api_keys import keep_for_display


@organization_page()
@require_http_methods(["GET", "POST"])
def projects(request: OrganizationRequest) -> HttpResponse:
    """List the projects of an organization; POST creates another."""
    form = NameForm(request.POST or None)
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if form.is_valid():
            name = form.cleaned_data["name"]
            key = services.start_project(request.organization, name, request.user)
            keep_for_display(request, key)
            return redirect("overview", key.api_key.project.slug)
    found = list(selectors.projects(request.organization))
    may_manage = request.role.includes(Role.ADMIN)
    context = {
        "form": form,
        "listing": listing(request, found, str),
        "has_sample": any(not project.is_metered for project in found),
        "may_manage": may_manage,
        "deleted": selectors.deleted_projects(request.organization) if may_manage else (),
    }
    return render(request, "accounts/projects.html", context)


@organization_page(Role.ADMIN)
@require_POST
def bring_back(request: OrganizationRequest, deleted: int) -> HttpResponse:
    project = get_object_or_404(selectors.deleted_projects(request.organization), pk=deleted)
    services.bring_back(project, request.user)
    messages.success(request, f"{project.name} is back as it was. Its API keys work again.")
    return redirect("projects", request.organization.slug)


@project_page()
@require_http_methods(["GET", "POST"])
def settings(request: ProjectRequest) -> HttpResponse:
    """Show what a project is; POST renames it."""
    form = NameForm(request.POST or None, initial={"name": request.project.name})
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if form.is_valid():
            services.rename_project(request.project, form.cleaned_data["name"], request.user)
            messages.success(request, "The project is renamed.")
            return redirect("project_settings", request.project.slug)
    return _settings_page(request, form=form)


@project_page(Role.ADMIN)
@require_POST
def llm(request: ProjectRequest) -> HttpResponse:
    """Choose what an LLM may see of the project's texts."""
    form = LLMForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, llm_form=form)
    services.set_llm_examples(request.project, form.cleaned_data["llm_examples"], request.user)
    messages.success(request, "Saved. It holds from the next name on.")
    return redirect("project_settings", request.project.slug)


@project_page(Role.ADMIN)
@require_POST
def session_gap(request: ProjectRequest) -> HttpResponse:
    """Choose how long a session must be quiet to be over."""
    form = SessionGapForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, gap_form=form)
    gap = timedelta(minutes=form.cleaned_data["minutes"])
    services.set_session_gap(request.project, gap, request.user)
    messages.success(request, "Saved. Journeys are counted by it from now on.")
    return redirect("project_settings", request.project.slug)


@project_page(Role.ADMIN)
@require_POST
def delete(request: ProjectRequest) -> HttpResponse:
    """Delete the project, if its name was typed."""
    form = DeleteForm(request.POST, name=request.project.name)
    if not form.is_valid():
        return _settings_page(request, delete_form=form)
    services.delete_project(request.project, request.user)
    messages.success(request, f"{request.project.name} is deleted. You can bring it back below.")
    return redirect("projects", request.organization.slug)


def _settings_page(request: ProjectRequest, **forms: Form) -> HttpResponse:
    """The page, with new forms in place of those that are not given."""
    project = request.project
    minutes = project.session_gap // timedelta(minutes=1)
    context = {
        "form": NameForm(initial={"name": project.name}),
        "llm_form": LLMForm(initial={"llm_examples": project.llm_examples}),
        "gap_form": SessionGapForm(initial={"minutes": minutes}),
        "delete_form": DeleteForm(name=project.name),
        "days": BROUGHT_BACK_FOR.days,
        "gap_minutes": minutes,
        "has_llm": bool(django_settings.ANTHROPIC_API_KEY),
        "shown_to_llm": project.get_llm_examples_display(),
        "may_manage": request.role.includes(Role.ADMIN),
        **forms,
    }
    return render(request, "accounts/project_settings.html", context)
