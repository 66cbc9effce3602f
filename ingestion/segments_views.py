"""Pages of saved segments. A segment itself needs none: it is in the URL of what it filters."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.access import ProjectRequest, project_page
from accounts.listing import listing
from ingestion import segments_saved
from ingestion.forms import SegmentForm, SegmentNameForm
from ingestion.models import SavedSegment
from ingestion.segments_saved import NotSaved


@project_page()
@require_GET
def segments(request: ProjectRequest) -> HttpResponse:
    """The saved segments of a project."""
    context = {
        "listing": listing(request, segments_saved.saved_segments(request.project), str),
        "max_length": SavedSegment._meta.get_field("name").max_length,
    }
    return render(request, "ingestion/segments.html", context)


@project_page()
@require_POST
def save_segment(request: ProjectRequest) -> HttpResponse:
    """Keep a segment under a name, and go back to the page it was chosen on."""
    form = SegmentForm(request.POST)
    if form.is_valid():
        try:
            kept = segments_saved.save(request.project, **form.cleaned_data, actor=request.user)
        except NotSaved as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{kept}” is saved.")
    else:
        messages.error(request, _complaint(form))
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return HttpResponseRedirect(back)  # redirect() would take a word for the name of a page
    return redirect("segments", request.project.slug)


@project_page()
@require_POST
def rename_segment(request: ProjectRequest, segment: int) -> HttpResponse:
    kept = _saved(request, segment)
    form = SegmentNameForm(request.POST)
    if form.is_valid():
        try:
            segments_saved.rename(kept, form.cleaned_data["name"], request.user)
        except NotSaved as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"It is called “{kept}” now.")
    else:
        messages.error(request, _complaint(form))
    return redirect("segments", request.project.slug)


@project_page()
@require_POST
def delete_segment(request: ProjectRequest, segment: int) -> HttpResponse:
    kept = _saved(request, segment)
    segments_saved.delete(kept, request.user)
    messages.success(request, f"“{kept}” is deleted. Links to it still work.")
    return redirect("segments", request.project.slug)


def _complaint(form: SegmentNameForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _saved(request: ProjectRequest, segment: int) -> SavedSegment:
    return get_object_or_404(SavedSegment, project=request.project, pk=segment)
