"""What the pages of journeys share: a dimension, a period, a segment, and how outliers count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode

from accounts.access import ProjectRequest
from clustering.columns.reading import WAITING
from clustering.models import Topic
from clustering.reports.period import CHOICES, Period
from clustering.reports.progress import progress
from clustering.reports.segmented import panel_of, slice_of
from clustering.reports.selectors import field_or_first, period_of, text_fields
from clustering.reports.slices import Slice
from ingestion.api.asked import is_id
from ingestion.models import Field
from journeys import selectors
from journeys.folding import Journeys
from journeys.reports import OUTLIER_STATE, State, States
from journeys.selectors import Log
from journeys.statistics import MINIMUM_SUPPORT


@dataclass(frozen=True)
class Shown:
    """The journeys that a page is about."""

    of: Slice
    period: Period
    outliers: bool
    """Whether outliers are steps."""

    @property
    def field(self) -> Field:
        return self.of.loaded.field

    @cached_property
    def log(self) -> Log:
        return selectors.load_log(self.of, self.period.start, self.period.end)

    @cached_property
    def journeys(self) -> Journeys:
        return self.log.journeys(outliers=self.outliers)

    @cached_property
    def states(self) -> States:
        """By their codes in the journeys, with the outlier state at the end."""
        return (*self.log.topics, OUTLIER_STATE)

    @property
    def skipped(self) -> int:
        """Sessions of the period that have no step."""
        return len(self.log.is_open) - self.journeys.sessions

    @property
    def is_being_compared(self) -> bool:
        """Whether a text of these sessions has yet to be compared with topics."""
        return bool((self.of.loaded.topic[self.log.rows] == WAITING).any())

    def code_of(self, state: str) -> int | None:
        """The code of a state that a URL names, if any session of the journeys comes to it."""
        codes = {each.code: code for code, each in enumerate(self.states)}
        code = codes.get(state)
        if code is None or code >= self.journeys.states or not self.journeys.visits[code]:
            return None
        return code


def journeys_page(
    request: ProjectRequest,
    template: str,
    fill: Callable[[ProjectRequest, Shown], dict[str, Any] | HttpResponseBase],
    *,
    with_panel: bool = True,
) -> HttpResponseBase:
    """A page about the journeys of a dimension; `fill` says what it shows of them, or answers.

    The panel of segments counts every message of the period.
    """
    context, shown = _context_of(request)
    if not context["fields"]:
        return render(request, "journeys/no_dimension.html")
    if shown and with_panel:
        context |= panel_of(request, shown.of, shown.period)
    if shown:
        filled = fill(request, shown)
        if isinstance(filled, HttpResponseBase):
            return filled
        context |= {"shown": shown, **filled}
    return render(request, template, context)


def _context_of(request: ProjectRequest) -> tuple[dict[str, Any], Shown | None]:
    """The context that all of these pages need, and what each of them is about.

    The latter is None where there is nothing yet: `fields` or `progress` in the context say why.
    """
    fields = text_fields(request.project)
    context: dict[str, Any] = {"fields": fields, "session_gap": request.project.session_gap}
    if not fields:
        return context, None
    field = field_or_first(fields, request.GET.get("field"))
    period, outliers = period_of(field, request.GET.get("days", "")), with_outliers(request)
    context |= {
        "field": field,
        "period": period,
        "periods": CHOICES,
        "progress": progress(field),
        "outliers": outliers,
        "hidden_topics": selectors.hidden_topics(field),
        "minimum_support": MINIMUM_SUPPORT,
        "between_pages": between_pages(request.GET),
    }
    if not context["progress"].has_topics:
        return context, None
    return context, Shown(slice_of(request, field), period, outliers)


def with_outliers(request: ProjectRequest) -> bool:
    return request.GET.get("outliers") == "show"


def between_pages(query: QueryDict) -> str:
    """What a query has that every page of journeys understands, for the links between them."""
    kept = [
        (name, value)
        for name, values in query.lists()
        if name in ("field", "days", "outliers", "event") or name.startswith("where.")
        for value in values
    ]
    return f"?{urlencode(kept)}" if kept else ""


def named_state(field: Field, code: str) -> State | None:
    """The topic or outlier that a URL names; 404 if there is no such topic, None for no name."""
    if code == OUTLIER_STATE.code:
        return OUTLIER_STATE
    return topic_state(field, code) if is_id(code) else None


def topic_state(field: Field, code: str) -> State:
    """The topic that a URL names by its id; 404 if there is none."""
    topics = Topic.objects.filter(project=field.project_id, field=field).only("label")
    topic = get_object_or_404(topics, pk=code)
    return State(topic.pk, str(topic))
