"""The page that says whether events are sent as Turret needs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from accounts.csv_files import Cell, download
from clustering.reports import slices
from clustering.reports.period import CHOICES
from clustering.reports.segmented import segmented
from clustering.reports.selectors import field_or_first, period_of, text_fields
from journeys import quality_selectors as selectors
from journeys.quality import checks


@project_page()
@require_GET
@segmented
def quality(request: ProjectRequest) -> HttpResponse:
    """Data quality: what looks wrong, and what to do in the client."""
    fields = text_fields(request.project)
    context: dict[str, Any] = {
        "fields": fields,
        "changed": selectors.changed_fields(request.project),
        "events_aside": selectors.set_aside_events(request.project),
        "texts_aside": selectors.set_aside_texts(request.project),
    }
    if fields:
        field = field_or_first(fields, request.GET.get("field"))
        period = period_of(field, request.GET.get("days", "7"))
        seen = selectors.seen(slices.load(field), period)
        context |= {
            "field": field,
            "period": period,
            "periods": CHOICES,
            "checks": checks(seen) if len(seen.sizes) else [],
        }
    return render(request, "journeys/quality.html", context)


@project_page()
@require_GET
@segmented
def quality_days(request: ProjectRequest) -> HttpResponseBase:
    """Events per name and day, for the page to load, as it counts every event of the period; as
    CSV if the query says so."""
    fields = text_fields(request.project)
    if not fields:
        raise Http404
    field = field_or_first(fields, request.GET.get("field"))
    period = period_of(field, request.GET.get("days", "7"))
    days = selectors.events_by_day(slices.load(field), period)
    if request.GET.get("format") == "csv":
        columns = ["day", "events", *days.names, "other names", f"without {field.key}"]
        return download(request, request.project, "events-by-day", columns, map(_cells, days.rows))
    return render(request, "journeys/quality_days.html", {"days": days, "field": field})


def _cells(day: selectors.Day) -> Sequence[Cell]:
    return day.day.isoformat(), day.all, *day.named.values(), day.others, day.textless
