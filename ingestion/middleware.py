"""What stands before all other middleware."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ingestion.track import BatchView, TrackView

Respond = Callable[[HttpRequest], HttpResponseBase]


def ingest_first(get_response: Respond) -> Respond:
    """Answer the ingestion endpoints at once.

    Sessions, cookies, pages' security headers and static files mean nothing to them, and together
    take longer than accepting an event.
    """
    track, batch = TrackView.as_view(), BatchView.as_view()
    views: dict[str, Respond] = {
        "/track": track,
        "/track/": track,
        "/track/batch": batch,
        "/track/batch/": batch,
    }

    def respond(request: HttpRequest) -> HttpResponseBase:
        return views.get(request.path_info, get_response)(request)

    return respond
