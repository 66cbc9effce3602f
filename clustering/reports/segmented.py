"""What pages that a segment filters have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode

from accounts.access import ProjectRequest
from clustering import jobs
from clustering.columns.filtering import BeingPrepared
from clustering.columns.stored import undisturbed
from clustering.reports import slices
from clustering.reports.period import DEFAULT, Period
from clustering.reports.slices import Slice
from ingestion.models import Field
from ingestion.segments import Segment
from ingestion.segments_panel import FIND, Panel, panel

P = ParamSpec("P")
View = Callable[Concatenate[ProjectRequest, P], HttpResponseBase]


def segmented(view: View[P]) -> Callable[..., HttpResponseBase]:
    """A page of columns, made again where a block of them is deleted meanwhile.

    It says so while workers have yet to read a field that its segment asks for.
    """

    @wraps(view)
    def page(request: ProjectRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return undisturbed(partial(view, request, *args, **kwargs))
        except BeingPrepared as waiting:
            jobs.seal(request.project.pk).enqueue()
            return render(request, "clustering/being_prepared.html", {"waiting": waiting})

    return page


def segment_of(request: ProjectRequest) -> Segment:
    return Segment.of(request.GET.lists())


def slice_of(request: ProjectRequest, field: Field) -> Slice:
    """As much of a dimension as the request's segment holds."""
    return slices.load(field, segment_of(request))


def panel_of(request: ProjectRequest, found: Slice, when: Period) -> dict[str, Any]:
    """The panel of a page, and the query of its links to other pages."""
    return {
        "panel": _panel(request, found, when),
        "segment": found.segment,
        "carried": carried(found.segment, when),
    }


def carried(segment: Segment, when: Period) -> str:
    """The query of a link that keeps segment and period; nothing where both are the usual ones."""
    days = "" if when.code == DEFAULT else urlencode({"days": when.code})
    query = "&".join(part for part in (days, segment.query) if part)
    return f"?{query}" if query else ""


def _panel(request: ProjectRequest, found: Slice, when: Period) -> Panel:
    return panel(
        request, found.segment, slices.facets(found, when.start, request.GET.get(FIND, ""))
    )
