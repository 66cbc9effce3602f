"""Pages of topics, outliers and clustering runs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import ProjectRequest, project_page
from accounts.models import Role
from clustering import history, jobs, selectors, services
from clustering.charts import bar_chart
from clustering.forms import RenameForm
from clustering.models import Topic
from clustering.period import CHOICES
from clustering.progress import progress
from ingestion.models import Field, FieldType

PAGE_SIZE = 50


@project_page()
@require_GET
def project_home(request: ProjectRequest) -> HttpResponse:
    return redirect("topics", request.project.slug)


@project_page()
@require_GET
def topics(request: ProjectRequest) -> HttpResponse:
    """The topics of a dimension, or the texts that match a search."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return render(request, "clustering/no_dimension.html")
    context = _dimension(request, fields)
    if words := request.GET.get("q", "").strip():
        found = selectors.search(context["field"], words)
        context |= {"words": words, "page": _page(request, found)}
        return render(request, "clustering/search.html", context)
    sort = request.GET.get("sort", "share")
    table = selectors.topic_table(context["field"], context["period"], sort)
    page = _page(request, table.rows)
    selectors.with_examples(request.project, list(page))
    context |= {"table": table, "page": page, "sort": sort, "sorts": list(selectors.SORTS)}
    return render(request, "clustering/topics.html", context)


@project_page()
@require_GET
def topics_progress(request: ProjectRequest) -> HttpResponse:
    """The line that says what the pipeline is doing; reloads the page when that has ended."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return HttpResponseClientRefresh()
    known = _chosen(request, fields)
    now = progress(known)
    if now.state != request.GET.get("state"):
        return HttpResponseClientRefresh()
    return render(request, "clustering/progress.html", {"field": known, "progress": now})


@project_page()
@require_http_methods(["GET", "POST"])
def topic(request: ProjectRequest, topic: int) -> HttpResponse:
    """One topic; POST gives it a name."""
    found = _topic(request, topic)
    form = RenameForm.of(found, request.POST or None)
    if form.is_valid():
        services.rename(found, **form.cleaned_data, user=request.user)
        messages.success(request, "The name is yours now: later runs keep it.")
        return redirect("topic", request.project.slug, found.pk)
    when = selectors.period_of(found.field, request.GET.get("days", ""))
    details = selectors.topic_details(found, when)
    context = {
        "topic": found,
        "form": form,
        "period": when,
        "periods": CHOICES,
        "details": details,
        "chart": bar_chart(when.days_of_bars(), details.row.trend.bars),
        "breakdowns": selectors.breakdowns(found, when),
        "lineage": selectors.lineage_of(found),
        "neighbours": selectors.neighbours(found),
    }
    return render(request, "clustering/topic.html", context)


@project_page()
@require_POST
def reset_topic_name(request: ProjectRequest, topic: int) -> HttpResponse:
    """Undo a rename."""
    found = _topic(request, topic)
    services.reset_name(found)
    jobs.label(found.field_id).enqueue()
    messages.success(request, "The name is Turret’s again.")
    return redirect("topic", request.project.slug, found.pk)


@project_page()
@require_GET
def outliers(request: ProjectRequest) -> HttpResponse:
    """The texts of a dimension that no topic claims."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return render(request, "clustering/no_dimension.html")
    context = _dimension(request, fields)
    context["page"] = _page(request, selectors.outliers(context["field"]))
    return render(request, "clustering/outliers.html", context)


@project_page()
@require_GET
def runs(request: ProjectRequest) -> HttpResponse:
    """The clustering runs of a project, the latest first, and what each changed."""
    page = _page(request, history.runs(request.project))
    history.tell_changes(request.project, page.object_list)
    context = {
        "page": page,
        "fields": selectors.text_fields(request.project),
        "may_manage": request.role.includes(Role.ADMIN),
    }
    return render(request, "clustering/runs.html", context)


@project_page(Role.ADMIN)
@require_POST
def run_now(request: ProjectRequest) -> HttpResponse:
    """Ask for a clustering run."""
    known = get_object_or_404(
        Field.objects.filter(project=request.project, type=FieldType.TEXT),
        key=request.POST.get("field", ""),
    )
    jobs.cluster(known.pk, f"asked for by {request.user.get_short_name()}"[:100]).enqueue()
    messages.success(request, f"A run of {known.key} is queued. It shows here when it begins.")
    return redirect("runs", request.project.slug)


def _dimension(request: ProjectRequest, fields: list[Field]) -> dict[str, Any]:
    """What the pages of a dimension share: which one, the period, and what is going on."""
    known = _chosen(request, fields)
    return {
        "fields": fields,
        "field": known,
        "period": selectors.period_of(known, request.GET.get("days", "")),
        "periods": CHOICES,
        "progress": progress(known),
    }


def _chosen(request: ProjectRequest, fields: list[Field]) -> Field:
    key = request.GET.get("field")
    return next((known for known in fields if known.key == key), fields[0])


def _topic(request: ProjectRequest, topic: int) -> Topic:
    """A topic that is on the pages: its field is text."""
    found = Topic.objects.filter(project=request.project, field__type=FieldType.TEXT)
    return get_object_or_404(found.select_related("field", "edited_by"), pk=topic)


def _page(request: ProjectRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
