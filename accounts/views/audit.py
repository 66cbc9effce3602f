"""What was done in an organization, for its admins."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import selectors
from accounts.access import OrganizationRequest, organization_page
from accounts.forms import AuditForm
from accounts.models import Role

PAGE = 50


@organization_page(Role.ADMIN)
@require_GET
def audit(request: OrganizationRequest) -> HttpResponse:
    """The audit log, the latest first; filtered by kind, person and project."""
    form = AuditForm(request.GET, organization=request.organization)
    entries = form.filtered(selectors.audit_entries(request.organization))
    context = {
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "page": Paginator(entries, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "accounts/audit.html", context)
