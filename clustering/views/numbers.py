"""What number fields come to in topics: for one topic's page, and as a table of all of them."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from accounts.csv_files import download
from accounts.listing import listing
from accounts.ordering import sorted_rows
from clustering.columns import filtering
from clustering.models import Topic
from clustering.reports import exports, numbers, selectors
from clustering.reports.number_order import order
from clustering.reports.numbers import LISTED
from clustering.reports.period import CHOICES
from clustering.reports.segmented import panel_of, segmented, slice_of
from ingestion import hints
from ingestion.models import FieldType


@project_page()
@require_GET
@segmented
def topic_numbers(request: ProjectRequest, topic: int) -> HttpResponse:
    """The number fields of a topic's events, for its page to load."""
    topics = Topic.objects.filter(project=request.project, field__type=FieldType.TEXT)
    found = get_object_or_404(
        topics.select_related("field__project").only("label", "field"), pk=topic
    )
    when = selectors.period_of(found.field, request.GET.get("days", ""))
    of = slice_of(request, found.field)
    listed = numbers.number_fields(found.field)[:LISTED]
    ready = filtering.prepared(of.loaded, listed)
    if being_read := [field for field in listed if field not in ready]:
        hints.hint(request.project.pk)
    context = {
        "topic": found,
        "period": when,
        "segment": of.segment,
        "numbers": numbers.of_topic(of, found, when, ready),
        "being_read": being_read,
    }
    return render(request, "clustering/numbers.html", context)


@project_page()
@require_GET
@segmented
def numbers_by_topic(request: ProjectRequest) -> HttpResponseBase:
    """A number field in all topics of a dimension; as CSV where the query says so."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return redirect("topics", request.project.slug)
    field = selectors.field_or_first(fields, request.GET.get("field"))
    when = selectors.period_of(field, request.GET.get("days", ""))
    of = slice_of(request, field)
    context = {"fields": fields, "field": field, "period": when, "periods": CHOICES}
    if listed := numbers.number_fields(field):
        number = selectors.field_or_first(listed, request.GET.get("number"))
        table = numbers.by_topic(of, when, number)
        by = order(request.GET.get("sort", ""))
        found = listing(request, sorted_rows(table.rows, by), lambda row: row.label)
        if request.GET.get("format") == "csv":
            name = "-".join(slugify(part) for part in (number.key, "by", field.key, when.label))
            cells = exports.number_rows(found.rows)
            columns = exports.NUMBER_COLUMNS
            return download(request, request.project, name, columns, cells)
        context |= {"numbers": listed, "number": number, "table": table, "listing": found}
        context["heads"] = by.heads
    context |= panel_of(request, of, when)
    return render(request, "clustering/numbers_by_topic.html", context)
