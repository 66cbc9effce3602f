"""The page of a dimension's map, and what it loads."""

from __future__ import annotations

import re

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_GET, require_POST

from accounts.access import ProjectRequest, project_page
from clustering.mapping import selectors as map_selectors
from clustering.mapping import stored
from clustering.reports import selectors
from clustering.reports.progress import progress

_ID = re.compile(r"[0-9]{1,18}")


@project_page()
@require_GET
def topic_map(request: ProjectRequest) -> HttpResponse:
    """The map of a dimension; while there is none, what it waits for."""
    fields = selectors.text_fields(request.project)
    if not fields:
        return render(request, "clustering/no_dimension.html")
    field = selectors.field_or_first(fields, request.GET.get("field"))
    now = progress(field)
    drawn = map_selectors.map_of(field) if now.has_topics else None
    context = {
        "fields": fields,
        "field": field,
        "progress": now,
        "picture": map_selectors.picture(drawn) if drawn else None,
        "share_drawn": stored.progress_of(field),
    }
    return render(request, "clustering/map.html", context)


@project_page()
@require_GET
@cache_control(private=True, no_cache=True)
@conditional_page
def points(request: ProjectRequest) -> HttpResponse:
    """The texts of a map as points, as JSON."""
    fields = selectors.text_fields(request.project)
    field = selectors.field_or_first(fields, request.GET.get("field")) if fields else None
    drawn = map_selectors.map_of(field) if field else None
    if drawn is None:
        return JsonResponse({"error": "There is no map of this field yet."}, status=404)
    return JsonResponse(map_selectors.packed(map_selectors.picture(drawn)))


@project_page()
@require_GET
def texts(request: ProjectRequest) -> HttpResponse:
    """What the texts say that somebody points at, as JSON."""
    fields = selectors.text_fields(request.project)
    ids = _ids(request.GET.get("ids", ""))[: map_selectors.HOVERED]
    field = selectors.field_or_first(fields, request.GET.get("field")) if fields else None
    found = map_selectors.texts_by_id(field, ids) if field else []
    return JsonResponse({"texts": found})


@project_page()
@require_POST
def chosen_texts(request: ProjectRequest) -> HttpResponse:
    """A list of the texts that somebody put a line around."""
    field = selectors.text_field(request.project, request.POST.get("field"))
    if field is None:
        raise Http404
    found = map_selectors.chosen(field, _ids(request.POST.get("ids", "")))
    return render(request, "clustering/map_chosen.html", {"field": field, "chosen": found})


def _ids(typed: str) -> list[int]:
    """Ids between commas; whatever else stands there is passed over."""
    parts = typed.split(",")[: stored.LIMIT]
    return [int(part) for part in parts if _ID.fullmatch(part)]
