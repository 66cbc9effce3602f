"""Pages of whole journeys, of paths several steps deep, and of what people come back about."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import ProjectRequest, project_page
from clustering.reports.segmented import segmented
from journeys import paths as found_paths
from journeys import reports, returns, selectors, session_exports, sessions
from journeys.folding import Integers
from journeys.pages import Shown, journeys_page, named_state
from journeys.paths import Direction
from journeys.reports import State
from journeys.returns import Returns
from journeys.sorting import sorted_table

ROWS = 10
ALL_ROWS = 200
BRANCHES = 8
"""Ways on from a place that are listed; the rest are told together."""

DEEPEST = 8
"""Steps of a path that is explored. Beyond, hardly a session is left."""


@project_page()
@require_GET
@segmented
def paths(request: ProjectRequest) -> HttpResponseBase:
    """The commonest whole journeys, and where people go from a topic or come from to it."""
    return journeys_page(request, "journeys/paths.html", _paths)


def _paths(request: ProjectRequest, shown: Shown) -> dict[str, Any]:
    found = {"sessions": shown.journeys.sessions}
    if not shown.journeys.sessions:
        return found
    return found | _whole(request, shown) | _explorer(request, shown)


def _whole(request: ProjectRequest, shown: Shown) -> dict[str, Any]:
    everything = request.GET.get("rows") == "all"
    limit = ALL_ROWS if everything else ROWS
    lengths = found_paths.length_distribution(shown.journeys)
    return {
        "everything": everything,
        "all_rows": ALL_ROWS,
        "whole": sorted_table(
            "whole",
            request.GET.get("sort", ""),
            limit,
            lambda most: found_paths.whole_journeys(shown.journeys, shown.states, most),
        ),
        "lengths": lengths,
        "longest_bar": max((each.share.rate for each in lengths), default=1.0),
    }


def _explorer(request: ProjectRequest, shown: Shown) -> dict[str, Any]:
    direction, (path, absent) = _direction(request), _path(request, shown)
    states = [shown.states[code] for code in path]
    levels = found_paths.explore(shown.journeys, shown.states, path, direction, BRANCHES)
    return {
        "visited": reports.visited(shown.journeys, shown.states),
        "direction": direction,
        "path": states,
        "absent": absent,
        "levels": [
            {
                "level": level,
                "path": ",".join(state.code for state in states[: depth + 1]),
                "taken": states[depth + 1] if depth + 1 < len(states) else None,
            }
            for depth, level in enumerate(levels)
        ],
        "deepest": len(path) >= DEEPEST,
    }


def _direction(request: ProjectRequest) -> Direction:
    return "backwards" if request.GET.get("way") == "back" else "forwards"


def _path(request: ProjectRequest, shown: Shown) -> tuple[list[int], State | None]:
    """The path that the URL asks for, up to the first topic without a session, and that topic.

    Where the path has no other topic, it is the commonest start instead.
    """
    codes: list[int] = []
    absent = None
    for state in request.GET.get("path", "").split(",")[:DEEPEST]:
        code = shown.code_of(state)
        if code is None:
            absent = named_state(shown.field, state)
            break
        codes.append(code)
    return codes or [_commonest_start(shown)], absent


def _commonest_start(shown: Shown) -> int:
    begun = [row.state for row in reports.starts(shown.journeys, shown.states, ROWS).rows]
    first = next((state for state in begun if state.topic_id), begun[0])
    return shown.states.index(first)


@project_page()
@require_GET
@segmented
def path_sessions(request: ProjectRequest) -> HttpResponseBase:
    """The sessions that took a path, the latest first; as CSV where the query says so."""
    return journeys_page(request, "journeys/path_sessions.html", _sessions_behind, with_panel=False)


def _sessions_behind(request: ProjectRequest, shown: Shown) -> dict[str, Any] | HttpResponseBase:
    if not shown.journeys.sessions:
        return {}
    (path, absent), direction = _path(request, shown), _direction(request)
    ending = request.GET.get("next")
    outcome = {"ended": shown.journeys.ended, "open": shown.journeys.still_open}.get(ending or "")
    behind = found_paths.sessions_behind(shown.journeys, path, direction, outcome)
    behind = behind[:0] if absent else behind
    started = shown.of.loaded.log.time[shown.log.rows[shown.log.first[behind]]]
    latest = behind[np.argsort(-started, kind="stable")]
    if request.GET.get("format") == "csv":
        events = selectors.first_events(shown.of, shown.log, latest)
        batches = session_exports.batches_of(request.project, events)
        return session_exports.download_sessions(request, shown.field, batches)
    page = Paginator(latest, sessions.PAGE_SIZE).get_page(request.GET.get("page"))
    ids = selectors.session_ids(shown.of, shown.log, np.asarray(page.object_list))
    return {
        "segment": shown.of.segment,
        "path": [] if absent else [shown.states[code] for code in path],
        "absent": absent,
        "direction": direction,
        "ending": ending if outcome is not None else None,
        "page": page,
        "sessions": sessions.summaries(request.project, shown.field, ids, timezone.now()),
    }


@project_page()
@require_GET
@segmented
def coming_back(request: ProjectRequest) -> HttpResponseBase:
    """What users come back about: from the last topic of a session to the first of their next."""
    return journeys_page(request, "journeys/coming_back.html", _returns)


def _returns(request: ProjectRequest, shown: Shown) -> dict[str, Any]:
    if not shown.journeys.sessions:
        return {"sessions": 0}
    everything = request.GET.get("rows") == "all"
    limit = ALL_ROWS if everything else ROWS
    found, states = shown.journeys, shown.states
    user, times = returned(shown)
    sort = request.GET.get("sort", "")
    return {
        "sessions": found.sessions,
        "everything": everything,
        "all_rows": ALL_ROWS,
        "users": np.count_nonzero(np.bincount(user[user >= 0])),
        "returning": np.count_nonzero(np.bincount(times.user)),
        "times": len(times.user),
        "pairs": sorted_table(
            "pairs", sort, limit, lambda most: returns.return_pairs(found, times, states, most)
        ),
        "come_backs": sorted_table(
            "come_backs", sort, limit, lambda most: returns.come_backs(found, times, states, most)
        ),
    }


def returned(shown: Shown) -> tuple[Integers, Returns]:
    """(sessions,) the code of each journey's user, and each time that one came back."""
    log, found = shown.log, shown.journeys
    time = shown.of.loaded.log.time[log.rows]
    user = selectors.user_codes(shown.of, log)[found.origin]
    start, end = time[log.first][found.origin], time[log.last][found.origin]
    return user, returns.returns(found, user, start, end)
