"""Pages of plans and usage."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import OrganizationRequest, organization_page
from billing import chart, llm_budget, selectors


@organization_page()
@require_GET
def usage(request: OrganizationRequest) -> HttpResponse:
    """What the organization used of its plan, by day."""
    report = selectors.usage(request.organization)
    context = {
        "report": report,
        "points": chart.used_by_day(report),
        "llm": llm_budget.standing(request.organization),
        "has_llm": bool(settings.ANTHROPIC_API_KEY),
        "busiest": max(report.days, key=lambda day: day.accepted + day.refused),
    }
    return render(request, "billing/usage.html", context)
