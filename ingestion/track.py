"""The ingestion endpoints as Django REST framework views. Every answer is JSON.

The web server reaches `POST /track` and `/track/batch` by a shorter way (`ingestion.wsgi`); other
methods, OpenAPI and whoever serves Turret in another way come here.
"""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.views import APIView

from ingestion import endpoint, schema
from ingestion.authentication import ApiKeyAuthentication
from ingestion.credentials import Credential
from ingestion.errors import Code, Refused


class IngestView(APIView):
    """What both endpoints share: the key, and JSON whatever happens.

    There is one form of answer, whatever a client says that it accepts, so nothing is negotiated.
    """

    authentication_classes = [ApiKeyAuthentication]
    http_method_names = ["post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing. The key is `request.auth`, so a wrong method is told before a missing key."""

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        return _response(endpoint.refuse(exc, getattr(self.request, "_auth", None)))


class TrackView(IngestView):
    """Accept one event."""

    @schema.track
    def post(self, request: Request) -> HttpResponse:
        return _response(endpoint.track(request.META, cast("Credential", request.auth)))


class BatchView(IngestView):
    """Accept up to 2,000 events."""

    @schema.track_batch
    def post(self, request: Request) -> HttpResponse:
        return _response(endpoint.track_batch(request.META, cast("Credential", request.auth)))


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other path below `/track/`, where no client expects a page."""
    refused = Refused(
        Code.INVALID_REQUEST, "There is nothing here. Send to /track or /track/batch.", status=404
    )
    return _response(endpoint.refuse(refused))


def _response(answer: endpoint.Answer) -> HttpResponse:
    content = answer.content()
    return HttpResponse(content, status=answer.status, headers=answer.headers(content))
