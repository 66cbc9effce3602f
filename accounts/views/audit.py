"""What was done in an organization, for its admins."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import selectors
from accounts.access import OrganizationRequest, organization_page
from accounts.csv_files import Cell, download
from accounts.forms import AuditForm
from accounts.listing import PAGE_SIZE
from accounts.models import AuditEntry, Role

_COLUMNS = ["at", "who", "action", "what", "subject", "detail", "project"]


@organization_page(Role.ADMIN)
@require_GET
def audit(request: OrganizationRequest) -> HttpResponseBase:
    """The audit log, the latest first; filtered by kind, person and project."""
    form = AuditForm(request.GET, organization=request.organization)
    entries = form.filtered(selectors.audit_entries(request.organization))
    if request.GET.get("format") == "csv":
        rows = map(_cells, entries.iterator())
        return download(request, request.organization, "audit-log", _COLUMNS, rows)
    context = {
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "page": Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "accounts/audit.html", context)


def _cells(entry: AuditEntry) -> Sequence[Cell]:
    return (
        entry.at, entry.who, entry.action, entry.get_action_display(),
        entry.subject, entry.detail, entry.project.slug if entry.project else entry.project_name,
    )  # fmt: skip
