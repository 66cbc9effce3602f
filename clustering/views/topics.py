"""Pages of topics, outliers and clustering runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import ProjectRequest, project_page
from accounts.csv_files import download
from accounts.listing import PAGE_SIZE, listing, query_listing
from accounts.models import Role
from accounts.throttling import is_too_often
from clustering import jobs, services
from clustering.forms import ActForm, MergeForm, RenameForm
from clustering.models import ClusteringRun, RunState, Topic
from clustering.reports import exports, history, search, selectors, slices, table
from clustering.reports.charts import bar_chart
from clustering.reports.period import CHOICES
from clustering.reports.progress import progress
from clustering.reports.segmented import panel_of, segmented, slice_of
from clustering.runs.emerging import emerging
from clustering.views.curation import decisions_about, offer_undo, refusals_told
from ingestion.models import Field, FieldType

SEARCHES = 30
"""Questions that one person may have embedded in a minute. Each goes before the events of all."""


@project_page()
@require_GET
def project_home(request: ProjectRequest) -> HttpResponse:
    return redirect("overview", request.project.slug)


@project_page()
@require_GET
@segmented
def topics(request: ProjectRequest) -> HttpResponseBase:
    """The topics of a dimension, or what matches a search: that as CSV if the query says so."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return render(request, "clustering/no_dimension.html")
    context = _dimension(request, fields)
    if query := search.query_of(request.GET.get("q", "")):
        found = selectors.search(context["field"], query)
        if request.GET.get("format") == "csv":
            texts = exports.found_rows(found)
            return download(request, request.project, "search", exports.FOUND_COLUMNS, texts)
        context |= {"query": query, "page": _page(request, found)}
        if context["page"].number == 1:
            context |= _meaning(request, context["field"], query, attempt=0)
        return render(request, "clustering/search.html", context)
    sort = request.GET.get("sort", "")
    of = slice_of(request, context["field"])
    shown = table.topic_table(of, context["period"], sort)
    theme, rows = _asked_rows(request, shown)
    listed = listing(request, rows, table.words, parameter="find")
    table.with_examples(request.project, list(listed.page))
    context |= {"table": shown, "listing": listed, "heads": table.order(sort).heads}
    context |= {
        "theme": theme,
        "shows_hidden": rows is shown.hidden,
        "is_whole": rows is shown.rows and not listed.query,
        "emerging": emerging(context["field"], of.loaded),
        **panel_of(request, of, context["period"]),
    }
    return render(request, "clustering/topics.html", context)


@project_page()
@require_GET
def search_by_meaning(request: ProjectRequest) -> HttpResponse:
    """What is nearest to a query; until a worker has embedded it, a line that asks again."""
    fields = selectors.text_fields(request.project)
    query = search.query_of(request.GET.get("q", ""))
    if not fields or not query:
        return HttpResponseClientRefresh()
    field = selectors.field_or_first(fields, request.GET.get("field"))
    code = request.GET.get("attempt", "")
    is_number = code.isascii() and code.isdecimal() and len(code) < 4
    attempt = int(code) if is_number else search.ATTEMPTS
    context = {"field": field, "query": query, **_meaning(request, field, query, attempt)}
    return render(request, "clustering/by_meaning.html", context)


def _meaning(request: ProjectRequest, field: Field, query: str, attempt: int) -> dict[str, Any]:
    """What a page says of a search by meaning at its nth attempt to find it done."""
    if not search.is_comparable(field):
        return {"meaning": "no_vectors"}
    if (vector := search.vector_of(query)) is not None:
        return {"meaning": "found", "nearest": search.nearest(field, vector)}
    if not attempt and is_too_often(f"search {request.user.pk}", SEARCHES, timedelta(minutes=1)):
        return {"meaning": "too_often"}
    if attempt >= search.ATTEMPTS or not (attempt or search.ask(query)):
        return {"meaning": "no_worker"}
    return {"meaning": "waiting", "attempt": attempt + 1}


@project_page()
@require_GET
@segmented
def export_topics(request: ProjectRequest) -> HttpResponseBase:
    """The topics of a dimension in a period as CSV: all, or those that the page is narrowed to."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return redirect("topics", request.project.slug)
    field = selectors.field_or_first(fields, request.GET.get("field"))
    when = selectors.period_of(field, request.GET.get("days", ""))
    sort = request.GET.get("sort", "")
    shown = table.topic_table(slice_of(request, field), when, sort)
    _, wanted = _asked_rows(request, shown)
    listed = listing(request, wanted, table.words, parameter="find")
    is_whole = wanted is shown.rows and not listed.query
    rows = exports.table_rows(shown) if is_whole else exports.topic_rows(listed.rows)
    name = f"topics-{slugify(field.key) or field.pk}-{slugify(when.label)}"
    return download(request, request.project, name, exports.TOPIC_COLUMNS, rows)


def _asked_rows(
    request: ProjectRequest, shown: table.TopicTable
) -> tuple[table.ThemeRow | None, list[table.TopicRow]]:
    """The theme that a query names, if any, and the topics: of it, hidden ones, or all others."""
    wanted = request.GET.get("theme")
    theme = next((each for each in shown.themes if str(each.theme.pk) == wanted), None)
    if request.GET.get("hidden") == "show":
        return theme, shown.hidden
    if theme is None:
        return None, shown.rows
    return theme, [row for row in shown.rows if row.topic.theme_id == theme.theme.pk]


@project_page()
@require_GET
def topics_progress(request: ProjectRequest) -> HttpResponse:
    """The line that says what the pipeline is doing; reloads the page when that has ended."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return HttpResponseClientRefresh()
    field = selectors.field_or_first(fields, request.GET.get("field"))
    now = progress(field)
    if now.state != request.GET.get("state"):
        return HttpResponseClientRefresh()
    return render(request, "clustering/progress.html", {"field": field, "progress": now})


@project_page()
@require_http_methods(["GET", "POST"])
@segmented
def topic(request: ProjectRequest, topic: int) -> HttpResponse:
    """One topic; POST gives it a name."""
    found = _topic(request, topic)
    form = RenameForm.of(found, request.POST or None)
    if form.is_valid():
        with refusals_told(request):
            decision = services.rename(found, **form.cleaned_data, user=request.user)
            offer_undo(request, decision, "The name is yours now: later runs keep it.")
        return redirect("topic", request.project.slug, found.pk)
    when = selectors.period_of(found.field, request.GET.get("days", ""))
    of = slice_of(request, found.field)
    details = selectors.topic_details(found, of, when)
    trend = details.row.trend
    context = {
        "topic": found,
        "form": form,
        "period": when,
        "periods": CHOICES,
        "details": details,
        "chart": bar_chart(when.days_of_bars(), trend.bars, trend.earlier),
        "breakdowns": slices.breakdowns(of, found.pk, when),
        **panel_of(request, of, when),
        "lineage": selectors.lineage_of(found),
        "decisions": decisions_about(found),
        "neighbours": selectors.neighbours(found),
        "act_form": ActForm(),
        "merge_form": MergeForm(found),
    }
    return render(request, "clustering/topic.html", context)


@project_page()
@require_GET
def export_texts(request: ProjectRequest, topic: int) -> HttpResponseBase:
    """The texts of a topic that were sent in a period, as CSV."""
    found = _topic(request, topic)
    when = selectors.period_of(found.field, request.GET.get("days", ""))
    name = f"topic-{found.pk}-{slugify(when.label)}"
    rows = exports.text_rows(found, when)
    return download(request, request.project, name, exports.TEXT_COLUMNS, rows)


@project_page()
@require_POST
def reset_topic_name(request: ProjectRequest, topic: int) -> HttpResponse:
    """Undo a rename."""
    found = _topic(request, topic)
    services.reset_name(found, request.user)
    jobs.label(found.field_id).enqueue()
    messages.success(request, "The name is Turret’s again.")
    return redirect("topic", request.project.slug, found.pk)


@project_page()
@require_GET
def outliers(request: ProjectRequest) -> HttpResponseBase:
    """The texts of a dimension that no topic claims; as CSV where the query says so."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return render(request, "clustering/no_dimension.html")
    context = _dimension(request, fields)
    field = context["field"]
    found, sorts = selectors.outliers(field), selectors.OUTLIER_SORTS
    listed = query_listing(request, found, "content", sorts, usual="messages")
    if request.GET.get("format") == "csv":
        name, rows = f"outliers-{slugify(field.key) or field.pk}", exports.outlier_rows(listed.rows)
        return download(request, request.project, name, exports.OUTLIER_COLUMNS, rows)
    return render(request, "clustering/outliers.html", {**context, "listing": listed})


@project_page()
@require_GET
def runs(request: ProjectRequest) -> HttpResponseBase:
    """The clustering runs of a project, the latest first, and what each changed."""
    fields = selectors.text_fields(request.project)
    chosen = next((each for each in fields if each.key == request.GET.get("field")), None)
    found = history.runs(request.project, chosen)
    listed = query_listing(request, found, "reason", history.SORTS, usual="started")
    if request.GET.get("format") == "csv":
        rows = exports.run_rows(listed.rows)
        return download(request, request.project, "runs", exports.RUN_COLUMNS, rows)
    history.tell_changes(request.project, listed.page.object_list)
    context = {
        "listing": listed,
        "polls": _expects_a_run(request, list(listed.page)),
        "fields": fields,
        "field": chosen,
        "may_manage": request.role.includes(Role.ADMIN),
    }
    return render(request, "clustering/runs.html", context)


def _expects_a_run(request: ProjectRequest, shown: Sequence[ClusteringRun]) -> bool:
    """Whether one runs, or none has begun since somebody asked for one."""
    running = any(run.state == RunState.RUNNING for run in shown)
    latest = max((run.pk for run in shown), default=0)
    return running or request.GET.get("asked") == str(latest)


@project_page(Role.ADMIN)
@require_POST
def run_now(request: ProjectRequest) -> HttpResponse:
    """Ask for a clustering run."""
    field = selectors.text_field(request.project, request.POST.get("field"))
    if field is None:
        raise Http404
    run = jobs.cluster(field.pk, f"asked for by {request.user.get_short_name()}"[:100])
    if not run.enqueue():
        messages.error(request, "The queue does not answer. Ask again in a minute.")
        return redirect("runs", request.project.slug)
    messages.success(request, f"A run of {field.key} is queued. It shows here when it begins.")
    latest = history.runs(request.project).values_list("pk", flat=True).first() or 0
    return redirect(f"{reverse('runs', args=[request.project.slug])}?asked={latest}")


def _dimension(request: ProjectRequest, fields: list[Field]) -> dict[str, Any]:
    """What the pages of a dimension share: which one, the period, and what is going on."""
    field = selectors.field_or_first(fields, request.GET.get("field"))
    return {
        "fields": fields,
        "field": field,
        "period": selectors.period_of(field, request.GET.get("days", "")),
        "periods": CHOICES,
        "progress": progress(field),
    }


def _topic(request: ProjectRequest, topic: int) -> Topic:
    """A topic that is on the pages: its field is text."""
    found = Topic.objects.filter(project=request.project, field__type=FieldType.TEXT)
    found = found.select_related("field__project", "edited_by", "acted_on_by")
    return get_object_or_404(found, pk=topic)


def _page(request: ProjectRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
