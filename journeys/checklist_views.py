"""The checklist of a new project, which a page asks for again while it is not done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import services
from accounts.access import ProjectRequest, project_page
from accounts.snippets import KEY_TO_REPLACE, snippets
from accounts.views.api_keys import shown_once
from clustering.reports.selectors import text_fields
from journeys import checklist as checklists
from journeys.checklist import Checklist


@project_page()
@require_GET
def checklist(request: ProjectRequest) -> HttpResponse:
    """The part of a page that watches; nothing once it was dismissed."""
    if not request.project.shows_checklist:
        return HttpResponse()
    now = checklists.standing(request.project, text_fields(request.project))
    code = request.GET.get("asked", "")
    asked = int(code) if code.isascii() and code.isdecimal() and len(code) < 4 else 0
    is_new = now.state != request.GET.get("state")
    return render(request, "journeys/checklist.html", watched(now, 0 if is_new else asked + 1))


@project_page()
@require_POST
def show_checklist(request: ProjectRequest) -> HttpResponse:
    """Dismiss the checklist, or have it back."""
    services.show_checklist(request.project, "again" in request.POST)
    return redirect("overview", request.project.slug)


def watched(now: Checklist, asked: int = 0) -> dict[str, Any]:
    """What the checklist's template takes, when a page has asked so often in vain."""
    return {"checklist": now, "asked": asked, "pause_ms": checklists.pause_ms(asked)}


def first_event(request: ProjectRequest, now: Checklist) -> dict[str, Any]:
    """How to send a first event: with the key that was just created, which is then forgotten."""
    kept = shown_once(request)
    if kept is None and (now.received.count or not now.project.is_metered):
        return {}
    secret = kept["secret"] if kept else KEY_TO_REPLACE
    return {"new_key": kept, "snippets": snippets(settings.BASE_URL, secret)}
