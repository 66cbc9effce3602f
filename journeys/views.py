"""Pages of journeys and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from accounts.models import Project
from clustering.models import Topic
from clustering.period import CHOICES, Period
from clustering.progress import progress
from clustering.selectors import period_of, text_fields
from ingestion.models import Field, FieldType
from journeys import conversation, reports, selectors, sessions
from journeys.around import around
from journeys.flow import NARROW, SHOWN, WIDE, flow
from journeys.reports import OUTLIER_STATE, State, States
from journeys.statistics import MINIMUM_SUPPORT
from journeys.transitions import Journeys

ROWS = 10
"""Rows of a report at first: what one reads."""

ALL_ROWS = 500
"""Rows of a report when all are asked for: what a browser shows without stutter."""


@project_page()
@require_GET
def journeys(request: ProjectRequest) -> HttpResponse:
    """How sessions move between the topics of a dimension."""
    fields = text_fields(request.project)
    if not fields:
        return render(request, "journeys/no_dimension.html")
    field = _chosen_field(request, fields)
    period, outliers = period_of(field, request.GET.get("days", "")), _with_outliers(request)
    context: dict[str, Any] = {
        "fields": fields,
        "field": field,
        "period": period,
        "periods": CHOICES,
        "progress": progress(field),
        "outliers": outliers,
        "session_gap": selectors.SESSION_GAP,
    }
    if context["progress"].has_topics:
        context |= _report(request, field, period, outliers)
    return render(request, "journeys/journeys.html", context)


def _report(
    request: ProjectRequest, field: Field, period: Period, outliers: bool
) -> dict[str, Any]:
    log = selectors.load_log(field, period.start, period.end)
    found = log.journeys(outliers=outliers)
    states = (*log.topics, OUTLIER_STATE)
    overview = reports.overview(found, log.topic, len(log.is_open))
    if not overview.sessions:
        return {"overview": overview}
    everything = request.GET.get("rows") == "all"
    limit = ALL_ROWS if everything else ROWS
    strongest = reports.strongest_transitions(found, states, ALL_ROWS if everything else SHOWN)
    drawn = strongest.rows[:SHOWN]
    return {
        "overview": overview,
        "everything": everything,
        "minimum_support": MINIMUM_SUPPORT,
        "transitions": strongest,
        "drawn": reports.together(drawn),
        "flows": [flow(drawn, layout) for layout in (WIDE, NARROW)],
        "starts": reports.starts(found, states, limit),
        "drop_offs": reports.drop_offs(found, states, limit),
        "back_and_forth": reports.back_and_forth(found, states, limit),
        "repeats": reports.repeats(found, states, limit),
        **_follow_ups(request, field, found, states, [row.source for row in drawn], limit),
    }


def _follow_ups(
    request: ProjectRequest,
    field: Field,
    found: Journeys,
    states: States,
    leading: Sequence[State],
    limit: int,
) -> dict[str, Any]:
    """What comes after the topic that was asked for, or after the one that leads on most often."""
    visited = reports.visited(found, states)
    code = request.GET.get("topic", "")
    chosen = next((state for state, _ in visited if state.code == code), None)
    if chosen is None and _is_id(code):
        # It has no session in this period. Say so, if it is a topic at all.
        return {"visited": visited, "absent": _topic_state(field, code)}
    if chosen is None:
        first = (*leading, *(state for state, _ in visited))
        chosen = next((state for state in first if state.topic_id), first[0])
    return {
        "visited": visited,
        "follow_ups": reports.follow_ups(found, states, states.index(chosen), limit),
    }


@project_page()
@require_GET
def topic_around(request: ProjectRequest, topic: int) -> HttpResponse:
    """What comes before and after a topic, for the topic's page to load."""
    topics = Topic.objects.filter(project=request.project, field__type=FieldType.TEXT)
    found = get_object_or_404(topics.select_related("field").only("label", "field"), pk=topic)
    period = period_of(found.field, request.GET.get("days", ""))
    log = selectors.load_log(found.field, period.start, period.end)
    codes = {state.topic_id: code for code, state in enumerate(log.topics)}
    told = None
    if found.pk in codes:
        states = (*log.topics, OUTLIER_STATE)
        told = around(log.journeys(outliers=False), states, codes[found.pk])
    context = {
        "topic": found,
        "period": period,
        "around": told,
        "minimum_support": MINIMUM_SUPPORT,
    }
    return render(request, "journeys/around.html", context)


@project_page()
@require_GET
def session_list(request: ProjectRequest) -> HttpResponse:
    """The latest sessions of a project, of a topic or of a user."""
    fields = text_fields(request.project)
    field = _chosen_field(request, fields) if fields else None
    before = sessions.Cursor.parse(request.GET.get("before", ""))
    state, user_id = _wanted_state(request, field), _text_parameter(request, "user")
    if state and field:
        found = sessions.sessions_with(field, state, before)
    else:
        found = sessions.latest_sessions(request.project, before, user_id)
    page, more = found[: sessions.PAGE_SIZE], found[sessions.PAGE_SIZE :]
    context = {
        "fields": fields,
        "field": field,
        "state": state,
        "user_id": user_id,
        "before": before,
        "next": page[-1].cursor if more else None,
        "sessions": sessions.summaries(
            request.project, field, [each.session_id for each in page], timezone.now()
        ),
        "topics": field and _topics(field),
    }
    return render(request, "journeys/sessions.html", context)


@project_page()
@require_GET
def session(request: ProjectRequest) -> HttpResponse:
    """One session as it was sent. Its id may hold any character, so it is `id` in the query."""
    session_id = _text_parameter(request, "id")
    if not session_id:
        return redirect("sessions", request.project.slug)
    fields = text_fields(request.project)
    field = _chosen_field(request, fields) if fields else None
    summary = _summary(request.project, field, session_id)
    events = conversation.events_of(request.project, session_id)
    page = Paginator(events, conversation.PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "fields": fields,
        "field": field,
        "summary": summary,
        "session_gap": selectors.SESSION_GAP,
        "page": page,
        "turns": conversation.turns(request.project, fields, page.object_list),
    }
    return render(request, "journeys/session.html", context)


def _summary(project: Project, field: Field | None, session_id: str) -> sessions.Summary:
    found = sessions.summaries(project, field, [session_id], timezone.now())
    if not found:
        raise Http404("There is no such session.")
    return found[0]


def _chosen_field(request: ProjectRequest, fields: list[Field]) -> Field:
    key = request.GET.get("field")
    return next((field for field in fields if field.key == key), fields[0])


def _with_outliers(request: ProjectRequest) -> bool:
    return request.GET.get("outliers") == "show"


def _wanted_state(request: ProjectRequest, field: Field | None) -> State | None:
    """The topic or outlier that a list is narrowed to."""
    code = request.GET.get("topic", "")
    if code == OUTLIER_STATE.code:
        return OUTLIER_STATE
    return _topic_state(field, code) if field and _is_id(code) else None


def _topic_state(field: Field, code: str) -> State:
    topics = Topic.objects.filter(project=field.project_id, field=field).only("label")
    topic = get_object_or_404(topics, pk=code)
    return State(topic.pk, str(topic))


def _topics(field: Field) -> list[State]:
    """The topics of a dimension by name."""
    topics = Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
    states = [State(topic.pk, str(topic)) for topic in topics.only("label")]
    return sorted(states, key=lambda state: state.name.casefold())


def _text_parameter(request: ProjectRequest, name: str) -> str:
    """A value of the query that events may carry; PostgreSQL, and so no event, stores a NUL."""
    value = request.GET.get(name, "")
    if "\0" in value:
        raise Http404(f"No {name} holds a NUL character.")
    return value


def _is_id(code: str) -> bool:
    return code.isascii() and code.isdecimal() and len(code) < 19
