"""Pages of events and fields."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from drf_spectacular.generators import SchemaGenerator

from accounts.access import ProjectRequest, project_page
from accounts.csv_files import download
from accounts.listing import SHORT, listing
from accounts.models import Role
from accounts.snippets import KEY_TO_REPLACE, snippets
from ingestion import effects, field_table, learning, selectors
from ingestion.forms import FieldTypeForm
from ingestion.limits import MAX_FIELDS
from ingestion.models import Field, FieldType

OPENAPI_JSON = "application/vnd.oai.openapi+json"


@project_page()
@require_GET
def send_events(request: ProjectRequest) -> HttpResponse:
    """How to send events to this project, and whether any arrive."""
    context = {
        "snippets": snippets(settings.BASE_URL, KEY_TO_REPLACE),
        "key_to_replace": KEY_TO_REPLACE,
        "received": selectors.received(request.project),
    }
    return render(request, "ingestion/send_events.html", context)


@project_page()
@require_GET
def received(request: ProjectRequest) -> HttpResponse:
    """The part of that page that is asked for every few seconds."""
    context = {"received": selectors.received(request.project)}
    return render(request, "ingestion/received.html", context)


@project_page()
@require_GET
def metadata(request: ProjectRequest) -> HttpResponseBase:
    """The fields of a project and their types; `?type=` asks for those of one."""
    rows = selectors.field_rows(request.project)
    counts = Counter(row.field.type for row in rows)
    chosen = request.GET.get("type")
    wanted = [row for row in rows if row.field.type == chosen] if chosen in counts else rows
    listed = listing(request, wanted, lambda row: row.field.key, field_table.SORTS)
    if request.GET.get("format") == "csv":
        cells = map(field_table.cells, listed.rows)
        return download(request, request.project, "fields", field_table.COLUMNS, cells)
    context = {
        "listing": listed,
        "type": chosen if chosen in counts else None,
        "types": [(each, counts[each]) for each in FieldType if counts[each]],
        "fields": len(rows),
        "is_full": len(rows) >= MAX_FIELDS,
        "is_long": len(rows) > SHORT,
        "max_fields": MAX_FIELDS,
        "may_manage": request.role.includes(Role.ADMIN),
    }
    return render(request, "ingestion/metadata.html", context)


@require_safe
def api_schema(request: HttpRequest) -> HttpResponse:
    """The description of the API for machines. It is the same for everybody."""
    return JsonResponse(
        openapi(), content_type=OPENAPI_JSON, json_dumps_params={"ensure_ascii": False}
    )


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """That description for people, with a form to try it."""
    return render(request, "ingestion/api_docs.html")


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document of the ingestion endpoints."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


@project_page(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def field(request: ProjectRequest, field: int) -> HttpResponse:
    """One field: what each type would do to it; POST chooses one."""
    known = get_object_or_404(Field, project=request.project, pk=field)
    choices = effects.choices(known, selectors.topics_of(known))
    form = FieldTypeForm(request.POST or None, choices=choices, initial={"type": known.override})
    if form.is_valid():
        chosen = form.cleaned_data["type"]
        if chosen:
            learning.override_type(known, FieldType(chosen), request.user)
        else:
            learning.reset_type(known, request.user)
        known.refresh_from_db(from_queryset=Field.objects.filter(project=request.project))
        effect = next(choice.effect for choice in choices if choice.value == chosen)
        messages.success(
            request, f"{known.key} is used as {known.type_label.lower()} now. {effect}"
        )
        return redirect("metadata", request.project.slug)
    context = {
        "field": known,
        "coverage": selectors.coverage(known),
        "form": form,
        "choices": choices,
    }
    return render(request, "ingestion/field.html", context)
