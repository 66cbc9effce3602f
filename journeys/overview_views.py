"""The page that a project opens with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from clustering.columns.stored import undisturbed
from clustering.reports import slices
from clustering.reports.charts import bar_chart
from clustering.reports.period import CHOICES
from clustering.reports.progress import progress
from clustering.reports.segmented import carried
from clustering.reports.selectors import field_or_first, period_of, text_fields
from journeys import checklist_views
from journeys.checklist import checklist
from journeys.overview import Overview, overview


@project_page()
@require_GET
def home(request: ProjectRequest) -> HttpResponse:
    """What is going on in a dimension: each block leads to the page that says more.

    A new project gets a checklist of what it still needs for that.
    """
    fields = text_fields(request.project)
    context: dict[str, Any] = {"fields": fields}
    if to_do := checklist(request.project, fields):
        context |= checklist_views.watched(to_do) | checklist_views.first_event(request, to_do)
    if fields:
        field = field_or_first(fields, request.GET.get("field"))
        period, now = period_of(field, request.GET.get("days", "")), progress(field)
        context |= {
            "field": field,
            "period": period,
            "periods": CHOICES,
            "progress": now,
            "carried": carried(slices.EVERYTHING, period),
        }
        if now.has_topics:
            found = undisturbed(lambda: overview(slices.load(field), period, period.end))
            context |= _shown(found)
    response = render(request, "journeys/home.html", context)
    if context.get("new_key"):
        add_never_cache_headers(response)
    return response


def _shown(found: Overview) -> dict[str, Any]:
    days, messages, sessions = found.period.days_of_bars(), found.messages, found.sessions
    return {
        "overview": found,
        "charts": [
            ("Messages over time", "messages", bar_chart(days, messages.bars, messages.earlier)),
            ("Sessions over time", "sessions", bar_chart(days, sessions.bars, sessions.earlier)),
        ],
    }
