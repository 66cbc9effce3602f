"""The tables of the pages of journeys as CSV: the lists of the API, for who is signed in."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from accounts.csv_files import download
from clustering.reports.period import CHOICES, DEFAULT
from ingestion.api.asked import Asked
from ingestion.api.shapes import cells, columns_of
from ingestion.errors import Refused
from journeys.api.addresses import LISTS

_TABLES = {listed.file_name.removeprefix("journeys-"): listed for listed in LISTS}


@project_page()
@require_GET
def export_journeys(request: ProjectRequest, table: str) -> HttpResponseBase:
    """A table with all of its rows, for the dimension, period and segment of a page's query."""
    if (listed := _TABLES.get(table)) is None:
        raise Http404("There is no such table.")
    try:
        found = listed.answering(Asked(request.project, request.path, request.GET))
    except Refused as refused:
        return HttpResponse(refused.message, "text/plain; charset=utf-8", refused.status)
    rows = map(cells, found.every())
    period = CHOICES[request.GET.get("days", DEFAULT)]
    name = f"{listed.file_name}-{slugify(period)}"
    return download(request, request.project, name, columns_of(listed.row), rows)
