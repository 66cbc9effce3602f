"""The page on which a project chooses how much its topics claim."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.access import ProjectRequest, project_page, require_role
from accounts.forms import CoverageForm
from accounts.models import Coverage, Role
from clustering import coverage, jobs
from clustering.reports import selectors

EXAMPLES = 8


@project_page()
@require_http_methods(["GET", "POST"])
def choose(request: ProjectRequest) -> HttpResponse:
    """What each level would change in a dimension; POST chooses one for the project."""
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        return _choose(request)
    fields = selectors.text_fields(request.project)
    if not fields:
        return render(request, "clustering/no_dimension.html")
    field = selectors.field_or_first(fields, request.GET.get("field"))
    now = Coverage(request.project.coverage)
    asked = CoverageForm(request.GET)
    wanted = asked.cleaned_data["coverage"] if asked.is_valid() else now
    context = {
        "fields": fields,
        "field": field,
        "levels": coverage.levels(field),
        "now": now,
        "wanted": wanted,
        "joining": coverage.joining(field, wanted)[:EXAMPLES],
        "leaving": coverage.leaving(field, wanted)[:EXAMPLES],
        "is_behind": bool(coverage.behind(request.project)),
        "may_manage": request.role.includes(Role.ADMIN),
    }
    return render(request, "clustering/coverage.html", context)


def _choose(request: ProjectRequest) -> HttpResponse:
    form = CoverageForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the levels.")
        return redirect("coverage", request.project.slug)
    level = form.cleaned_data["coverage"]
    services.set_coverage(request.project, level, request.user)
    if coverage.is_quick(request.project):
        coverage.put_into_force(request.project)
    else:
        jobs.cover(request.project.pk).enqueue()
    messages.success(request, f"Coverage is {level.label.lower()} now. You can change it back.")
    return redirect("coverage", request.project.slug)
