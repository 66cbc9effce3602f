"""Pages of journeys and sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from accounts.models import Project
from clustering.models import Topic
from clustering.reports import slices
from clustering.reports.segmented import carried, segmented, slice_of
from clustering.reports.selectors import field_or_first, period_of, text_fields
from ingestion.api.asked import is_id
from ingestion.models import Field, FieldType
from journeys import conversation, reports, selectors, session_exports, sessions
from journeys.around import around
from journeys.findings import findings
from journeys.flow import NARROW, SHOWN, WIDE, flow
from journeys.folding import Journeys
from journeys.pages import Shown, journeys_page, named_state, topic_state
from journeys.reports import OUTLIER_STATE, State, States, Table
from journeys.sorting import SortedTable, Sorting, sorted_table
from journeys.statistics import MINIMUM_SUPPORT

ROWS = 10
"""Rows of a report at first: what one reads."""

ALL_ROWS = 500
"""Rows of a report when all are asked for: what a browser shows without stutter."""


@project_page()
@require_GET
@segmented
def journeys(request: ProjectRequest) -> HttpResponseBase:
    """How sessions move between the topics of a dimension."""
    return journeys_page(request, "journeys/journeys.html", _report)


def _report(request: ProjectRequest, shown: Shown) -> dict[str, Any]:
    log, found, states = shown.log, shown.journeys, shown.states
    overview = reports.overview(found, log.topic, len(log.is_open))
    if not overview.sessions:
        return {"overview": overview}
    everything = request.GET.get("rows") == "all"
    limit = ALL_ROWS if everything else ROWS

    def sort(
        name: str, report: Callable[[Journeys, States, int], Table[Any]], first: int = limit
    ) -> SortedTable[Any]:
        wanted = request.GET.get("sort", "")
        return sorted_table(name, wanted, first, lambda most: report(found, states, most))

    transitions = sort("transitions", reports.strongest_transitions, max(limit, SHOWN))
    strongest: Table[Any] = transitions
    if not transitions.sorting.is_usual:
        strongest = reports.strongest_transitions(found, states, SHOWN)
    drawn = strongest.rows[:SHOWN]
    return {
        "overview": overview,
        "everything": everything,
        "all_rows": ALL_ROWS,
        "findings": findings(found, states),
        "transitions": transitions,
        "drawn": reports.together(drawn),
        "flows": [flow(drawn, layout) for layout in (WIDE, NARROW)],
        "starts": sort("starts", reports.starts),
        "drop_offs": sort("drop_offs", reports.drop_offs),
        "back_and_forth": sort("back_and_forth", reports.back_and_forth),
        "repeats": sort("repeats", reports.repeats),
        **_follow_ups(request, shown, [row.source for row in drawn], limit),
    }


def _follow_ups(
    request: ProjectRequest, shown: Shown, leading: Sequence[State], limit: int
) -> dict[str, Any]:
    """What comes after the topic that was asked for, or after the one that leads on most often."""
    visited = reports.visited(shown.journeys, shown.states)
    code = request.GET.get("topic", "")
    chosen = next((state for state, _ in visited if state.code == code), None)
    if chosen is None and is_id(code):
        # It has no session in this period. Say so, if it is a topic at all.
        return {"visited": visited, "absent": topic_state(shown.field, code)}
    if chosen is None:
        first = (*leading, *(state for state, _ in visited))
        chosen = next((state for state in first if state.topic_id), first[0])
    source = shown.states.index(chosen)
    sorting = Sorting.parse("follow_ups", request.GET.get("sort", ""))
    return {
        "visited": visited,
        "follow_ups": reports.follow_ups(
            shown.journeys, shown.states, source, limit, sorting.arranged
        ),
        "follow_ups_sorting": sorting,
    }


@project_page()
@require_GET
@segmented
def topic_around(request: ProjectRequest, topic: int) -> HttpResponse:
    """What comes before and after a topic, for the topic's page to load."""
    topics = Topic.objects.filter(project=request.project, field__type=FieldType.TEXT)
    found = get_object_or_404(
        topics.select_related("field__project").only("label", "field", "hidden"), pk=topic
    )
    period = period_of(found.field, request.GET.get("days", ""))
    of = slice_of(request, found.field)
    log = selectors.load_log(of, period.start, period.end)
    codes = {state.topic_id: code for code, state in enumerate(log.topics)}
    report = None
    if found.pk in codes:
        states = (*log.topics, OUTLIER_STATE)
        report = around(log.journeys(outliers=False), states, codes[found.pk])
    context = {
        "topic": found,
        "period": period,
        "segment": of.segment,
        "carried": carried(of.segment, period),
        "around": report,
        "minimum_support": MINIMUM_SUPPORT,
    }
    return render(request, "journeys/around.html", context)


@project_page()
@require_GET
@segmented
def session_list(request: ProjectRequest) -> HttpResponseBase:
    """The latest sessions of a project, of a topic or of a user; as CSV if the query says so."""
    fields = text_fields(request.project)
    field = field_or_first(fields, request.GET.get("field")) if fields else None
    before = sessions.Cursor.parse(request.GET.get("before", ""))
    state = named_state(field, request.GET.get("topic", "")) if field else None
    user_id = _text_parameter(request, "user")
    if request.GET.get("format") == "csv":
        ids = session_exports.all_ids(request.project, field, state, user_id)
        return session_exports.download_sessions(request, field, ids)
    if state and field:
        found = sessions.sessions_with(slices.load(field).loaded, state, before)
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
    field = field_or_first(fields, request.GET.get("field")) if fields else None
    summary = _summary(request.project, field, session_id)
    events = conversation.events_of(request.project, session_id)
    page = Paginator(events, conversation.PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "fields": fields,
        "field": field,
        "summary": summary,
        "session_gap": request.project.session_gap,
        "page": page,
        "turns": conversation.turns(request.project, fields, page.object_list),
    }
    return render(request, "journeys/session.html", context)


def _summary(project: Project, field: Field | None, session_id: str) -> sessions.Summary:
    found = sessions.summaries(project, field, [session_id], timezone.now())
    if not found:
        raise Http404("There is no such session.")
    return found[0]


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
