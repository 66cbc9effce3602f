"""The page that compares two segments."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.http import HttpResponseBase
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from clustering.columns import filtering
from clustering.reports.segmented import segmented
from ingestion.segments import Segment
from ingestion.segments_saved import saved_segments
from journeys import selectors
from journeys.comparison import FALSE_DISCOVERY, Comparison, Sides, compare, sides
from journeys.pages import Shown, journeys_page
from journeys.reports import OUTLIER_STATE
from journeys.sorting import Sorting

AGAINST = "against"
"""The parameter with the query of the other segment; without it, everybody else."""

MOST_OTHERS = 100


@project_page()
@require_GET
@segmented
def comparison(request: ProjectRequest) -> HttpResponseBase:
    """How the sessions of two segments differ, told apart from chance."""
    return journeys_page(request, "journeys/comparison.html", _sides)


def _sides(request: ProjectRequest, shown: Shown) -> dict[str, Any]:
    segment, against = shown.of.segment, Segment.parse(request.GET.get(AGAINST, ""))
    choices = _choices(request, segment, against)
    if not segment:
        return choices | {"is_asked": True}
    sorting = Sorting.parse("comparison", request.GET.get("sort", ""))
    return choices | _compared(shown, against, sorting)


def _choices(request: ProjectRequest, segment: Segment, against: Segment) -> dict[str, Any]:
    """What the other side may be, each with the query that asks for it."""

    def query(first: Segment, second: Segment) -> str:
        names = ("field", "days", "outliers")
        rest = [(name, request.GET[name]) for name in names if name in request.GET]
        other = [(AGAINST, second.query)] if second else []
        parts = [urlencode([*rest, *other]), first.query]
        return "?" + "&".join(part for part in parts if part)

    return {
        "against": against,
        "swapped": query(against, segment) if against else "",
        "everybody_else": query(segment, Segment()),
        "set_aside": query(Segment(), segment),
        "saved_sides": [
            (each, query(segment, each.segment)) for each in saved_segments(request.project)
        ],
        "false_discovery": FALSE_DISCOVERY,
    }


def _compared(shown: Shown, against: Segment, sorting: Sorting) -> dict[str, Any]:
    apart, found = compared(shown, against, MOST_OTHERS if sorting.is_usual else None)
    sizes = int(apart.first.sum()), int(apart.second.sum())
    context = {"apart": apart, "sizes": sizes, "skipped": (0, 0), "comparison": found}
    if not found:
        return context
    return context | {
        "skipped": (sizes[0] - found.first, sizes[1] - found.second),
        "sorting": sorting,
        "findings": sorting.arranged(found.findings),
        "others": sorting.arranged(found.others)[:MOST_OTHERS],
    }


def compared(
    shown: Shown, against: Segment, most_others: int | None = None
) -> tuple[Sides, Comparison | None]:
    """What is shown against another segment, or everybody else; None where a side is empty."""
    whole = selectors.log_of_period(shown.of, shown.period.start, shown.period.end)
    chosen = whole.with_any(shown.of.chosen)
    other = (
        whole.with_any(filtering.matching(shown.of.loaded, against))
        if against
        else np.ones(len(chosen), np.bool_)
    )
    apart = sides(chosen, other)
    if not (apart.first.any() and apart.second.any()):
        return apart, None
    either = apart.first | apart.second
    found = whole.only(either).journeys(outliers=shown.outliers)
    is_second = apart.second[either][found.origin]
    users = selectors.user_codes(shown.of, whole)[either][found.origin]
    states = (*whole.topics, OUTLIER_STATE)
    return apart, compare(found, is_second, states, users, most_others)
