"""Pages of plans and usage."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import OrganizationRequest, organization_page
from accounts.csv_files import download
from billing import chart, llm_budget, selectors

_COLUMNS = ["day", "accepted", "refused"]


@organization_page()
@require_GET
def usage(request: OrganizationRequest) -> HttpResponseBase:
    """What the organization used of its plan, by day; as CSV if the query says so."""
    report = selectors.usage(request.organization)
    if request.GET.get("format") == "csv":
        rows = ((day.day.isoformat(), day.accepted, day.refused) for day in report.days)
        return download(request, request.organization, "usage", _COLUMNS, rows)
    context = {
        "report": report,
        "points": chart.used_by_day(report),
        "llm": llm_budget.standing(request.organization),
        "has_llm": bool(settings.ANTHROPIC_API_KEY),
        "busiest": max(report.days, key=lambda day: day.accepted + day.refused),
    }
    return render(request, "billing/usage.html", context)
