"""`POST /track`: the endpoint that every customer's backend calls. Every answer is JSON."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.quota import Reason, Reservation
from ingestion import services
from ingestion.authentication import ApiKeyAuthentication, Credential
from ingestion.body import read_body
from ingestion.errors import Code, Refused
from ingestion.payload import parse_event, parse_json

RETRY_AFTER = 5
"""Seconds after which to try again when the store is down: it restarts in about as many."""

_REASONS = {
    Reason.QUOTA_EXCEEDED: "The plan's events of this period are used up.",
    Reason.TRIAL_EXPIRED: "The trial has ended. Choose a plan to go on.",
}

logger = logging.getLogger(__name__)


class AlwaysJson(BaseContentNegotiation):
    """There is one form of answer, whatever a client says that it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class TrackView(APIView):
    """Accept one event. What is answered 200 is committed."""

    authentication_classes = [ApiKeyAuthentication]
    content_negotiation_class = AlwaysJson
    http_method_names = ["post"]

    def post(self, request: Request) -> Response:
        now = timezone.now()
        credential = cast("Credential", request.auth)
        event = parse_event(parse_json(read_body(request._request)), now)
        reservation = services.accept(credential.project_id, credential.terms, [event], now)
        if not reservation.granted:
            raise _over_quota(reservation)
        credential.touch(now)
        return Response(event.answer(), headers=_quota_headers(reservation))

    def perform_authentication(self, request: Request) -> None:
        """Left to `request.auth`, so that a wrong method is told before a missing key."""

    def handle_exception(self, exc: Exception) -> Response:
        refused = _as_refused(exc)
        return Response(refused.body(), status=refused.status, headers=refused.headers)


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> JsonResponse:
    """Any other path below `/track/`, where no client expects a page."""
    refused = Refused(Code.INVALID_REQUEST, "There is nothing here. Send to /track.", status=404)
    return JsonResponse(refused.body(), status=refused.status)


def _as_refused(error: Exception) -> Refused:
    """The answer to an exception. One that is our fault is logged, and the client may try again."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, MethodNotAllowed):
        return Refused(
            Code.INVALID_REQUEST, "Send events with POST.", status=405, headers={"Allow": "POST"}
        )
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("store down: %s", error)
    else:
        logger.error("event not accepted", exc_info=error)
    return Refused(
        Code.UNAVAILABLE,
        "Events cannot be stored right now. Send this event again later.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


def _over_quota(reservation: Reservation) -> Refused:
    headers = _quota_headers(reservation)
    if reservation.retry_after is not None:
        headers["Retry-After"] = str(reservation.retry_after)
    reason = reservation.reason or Reason.QUOTA_EXCEEDED
    return Refused(Code.RATE_LIMIT_EXCEEDED, _REASONS[reason], reason=reason.value, headers=headers)


def _quota_headers(reservation: Reservation) -> dict[str, str]:
    """Limit and what remains of it, in events; when it is counted anew, in epoch seconds."""
    if reservation.remaining is None or reservation.terms.limit is None:
        return {}
    headers = {
        "X-RateLimit-Limit": str(reservation.terms.limit),
        "X-RateLimit-Remaining": str(reservation.remaining),
    }
    if reservation.resets_at is not None:
        headers["X-RateLimit-Reset"] = str(int(reservation.resets_at.timestamp()))
    return headers
