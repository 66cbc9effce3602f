"""What a project keeps, masks, and forgets."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, services
from accounts.access import ProjectRequest, project_page, require_role
from accounts.csv_files import download
from accounts.models import Action, Project, Role
from clustering.forms import ForgetUserForm, MaskingForm, RetentionForm, SampleForm
from clustering.privacy import erasure, project_export, retention
from ingestion.models import Event
from ingestion.redaction import redact

PAGE = 50
EXAMPLE = "It still says no at the till. Call me on +49 170 5550199 or write to jo@example.com."

_RECEIPT = {
    "user_digest": "user_digest",
    "asked": "requested_at",
    "by": "requested_by_email",
    "events": "events",
    "texts": "texts",
    "deleted": "finished_at",
}
"""The columns of a file of receipts, and what of a receipt each has."""


@project_page()
@require_GET
def privacy(request: ProjectRequest) -> HttpResponseBase:
    """How long events are kept, what is masked, and whose data was deleted: that as CSV, too."""
    if request.GET.get("format") != "csv":
        return _page(request)
    require_role(request, Role.ADMIN)
    rows = erasure.receipts(request.project).values_list(*_RECEIPT.values())
    return download(request, request.project, "receipts", list(_RECEIPT), rows)


@project_page(Role.ADMIN)
@require_POST
def keep(request: ProjectRequest) -> HttpResponse:
    """Choose how long events are kept; asks first where some are older."""
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, retention_form=form)
    project, days = request.project, form.cleaned_data["days"]
    project.retention_days = days
    before = retention.cutoff(project)
    old = Event.objects.filter(project=project, timestamp__lt=before) if before else None
    if old is not None and not request.POST.get("confirmed") and (count := old.count()):
        context = {"days": days, "before": before, "old_events": count}
        return render(request, "clustering/privacy_keep.html", context)
    services.set_retention(project, days, request.user)
    messages.success(request, _kept(days))
    return redirect("privacy", project.slug)


def _kept(days: int | None) -> str:
    if days is None:
        return "Events are kept for ever."
    return f"Events are kept for {days:,} days. Older ones are deleted in the background."


@project_page(Role.ADMIN)
@require_POST
def mask(request: ProjectRequest) -> HttpResponse:
    """Choose whether events are masked before they are stored."""
    form = MaskingForm(request.POST)
    form.is_valid()
    wanted = form.cleaned_data["masks_events"]
    services.set_masking(request.project, wanted, request.user)
    messages.success(request, "Events are masked now." if wanted else "Events are stored as sent.")
    return redirect("privacy", request.project.slug)


@project_page(Role.ADMIN)
@require_POST
def sample(request: ProjectRequest) -> HttpResponse:
    """Show what masking makes of a text. It is not kept."""
    form = SampleForm(request.POST)
    if not form.is_valid():
        return render(request, "clustering/privacy_sample.html", {"too_long": True})
    context = {"masked": redact(form.cleaned_data["sample"])}
    return render(request, "clustering/privacy_sample.html", context)


@project_page(Role.ADMIN)
@require_POST
def forget(request: ProjectRequest) -> HttpResponse:
    """Delete a user's data; asks first, and says how much it is."""
    form = ForgetUserForm(request.POST)
    if not form.is_valid():
        return _page(request, forget_form=form)
    project, user_id = request.project, form.cleaned_data["user_id"]
    found = erasure.extent(project, user_id)
    if not found:
        form.add_error("user_id", f"No event has this user_id.{_receipt_of(project, user_id)}")
        return _page(request, forget_form=form)
    if not request.POST.get("confirmed"):
        context = {"user_id": user_id, "extent": found}
        return render(request, "clustering/privacy_forget.html", context)
    erasure.request(project, user_id, request.user)
    messages.success(request, "The data is being deleted. The receipt is below.")
    return redirect("privacy", project.slug)


def _receipt_of(project: Project, user_id: str) -> str:
    found = erasure.receipts(project, user_id).first()
    return f" Receipt {found.user_digest[:12]} says what of it was deleted." if found else ""


@project_page(Role.ADMIN)
@require_GET
def export(request: ProjectRequest) -> StreamingHttpResponse:
    """Download all that is held of the project."""
    audit.record(request.project, Action.EXPORTED, request.user, "all of the project")
    lines = project_export.lines(request.project)
    response = StreamingHttpResponse(lines, content_type="application/jsonl")
    name = f"{request.project.slug}.jsonl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(request: ProjectRequest, **forms: Form) -> HttpResponse:
    """The page, with new forms in place of those that are not given."""
    project = request.project
    erasures = erasure.receipts(project)
    context = {
        "retention_form": RetentionForm(initial={"days": project.retention_days}),
        "masking_form": MaskingForm(initial={"masks_events": project.masks_events}),
        "forget_form": ForgetUserForm(),
        "example": EXAMPLE,
        "masked": redact(EXAMPLE),
        "page": Paginator(erasures, PAGE).get_page(request.GET.get("page")),
        "may_manage": request.role.includes(Role.ADMIN),
        "is_busy": erasures.filter(finished_at=None).exists(),
        **forms,
    }
    return render(request, "clustering/privacy.html", context)
