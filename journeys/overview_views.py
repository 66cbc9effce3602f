"""The page that a project opens with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from clustering import slices
from clustering.charts import bar_chart
from clustering.period import CHOICES
from clustering.progress import progress
from clustering.segmented import carried
from clustering.selectors import period_of, text_fields
from journeys.overview import Overview, overview
from journeys.pages import chosen_field


@project_page()
@require_GET
def home(request: ProjectRequest) -> HttpResponse:
    """What is going on in a dimension: each block leads to the page that says more."""
    fields = text_fields(request.project)
    context: dict[str, Any] = {"fields": fields}
    if fields:
        field = chosen_field(request, fields)
        period, now = period_of(field, request.GET.get("days", "")), progress(field)
        context |= {
            "field": field,
            "period": period,
            "periods": CHOICES,
            "progress": now,
            "carried": carried(slices.EVERYTHING, period),
        }
        if now.has_topics:
            context |= _shown(overview(slices.load(field), period, period.end))
    return render(request, "journeys/home.html", context)


def _shown(found: Overview) -> dict[str, Any]:
    days = found.period.days_of_bars()
    return {
        "overview": found,
        "charts": [
            ("Messages over time", "messages", bar_chart(days, found.messages.bars)),
            ("Sessions over time", "sessions", bar_chart(days, found.sessions.bars)),
        ],
    }
