"""`POST /track` and `/track/batch`: what every customer's backend calls. Every answer is JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.quota import Reason, Reservation, reserve
from ingestion import batch, ratelimit, schema
from ingestion.authentication import ApiKeyAuthentication, sent_key
from ingestion.body import read_batch, read_body
from ingestion.credentials import Credential, find_credential
from ingestion.errors import Code, Refused
from ingestion.payload import NewEvent, parse_event, parse_json
from ingestion.preview import preview
from ingestion.services import Submission, accept_grouped

RETRY_AFTER = 5
"""Seconds after which to try again when the store is down: it restarts in about as many."""

_REASONS = {
    Reason.QUOTA_EXCEEDED: "The plan's events of this period are used up.",
    Reason.TRIAL_EXPIRED: "The trial has ended. Choose a plan to go on.",
    Reason.BURST: "This API key sends faster than its plan allows. Slow down, or send batches.",
}
_DRY_RUN = {"1": True, "true": True, "0": False, "false": False}

logger = logging.getLogger(__name__)


class IngestView(APIView):
    """What both endpoints share: the key, and JSON whatever happens.

    There is one form of answer, whatever a client says that it accepts, so nothing is negotiated.
    """

    authentication_classes = [ApiKeyAuthentication]
    http_method_names = ["post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing. The key is `request.auth`, so a wrong method is told before a missing key."""

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        refused = _as_refused(exc)
        headers = {**self._limits(), **refused.headers}
        return _answer(refused.body(), headers, refused.status)

    def _limits(self) -> dict[str, str]:
        """The headers of an answer that cost nothing, where it is known whose limits they tell."""
        credential: Credential | None = getattr(self.request, "_auth", None)
        if credential is None:
            return {}
        try:
            nothing = reserve(credential.terms, 0, timezone.now(), credential.api_key_id)
        except (OperationalError, InterfaceError):
            return {}
        return ratelimit.headers(nothing)


class TrackView(IngestView):
    """Accept one event. What is answered 200 is committed."""

    @schema.track
    def post(self, request: Request) -> HttpResponse:
        credential = cast("Credential", request.auth)
        event = parse_event(parse_json(read_body(request._request)), timezone.now())
        if _is_dry_run(request):
            return _answer(preview(credential.project_id, event), self._limits())
        submission = _submit(request, credential, [event])
        reservation = _reservation(submission)
        if submission.stored[0] is None:
            raise over_quota(reservation)
        return _answer(submission.stored[0].answer(), ratelimit.headers(reservation))


class BatchView(IngestView):
    """Accept up to 2,000 events: the good ones are stored, the others told by their index."""

    @schema.track_batch
    def post(self, request: Request) -> HttpResponse:
        credential = cast("Credential", request.auth)
        if _is_dry_run(request):
            raise Refused(Code.INVALID_REQUEST, "dry_run works with single events, at /track.")
        body, is_lines = read_batch(request._request)
        outcomes = batch.parse_batch(body, is_lines, timezone.now())
        places = [i for i, outcome in enumerate(outcomes) if isinstance(outcome, NewEvent)]
        headers = {} if places else self._limits()
        if places:
            events = [cast("NewEvent", outcomes[place]) for place in places]
            submission = _submit(request, credential, events)
            reservation = _reservation(submission)
            headers = ratelimit.headers(reservation)
            refused = over_quota(reservation)
            for place, stored in zip(places, submission.stored, strict=True):
                outcomes[place] = stored or refused
        answer = batch.answer(outcomes)
        if answer["accepted"]:
            return _answer(answer, headers)
        first = next(outcome for outcome in outcomes if isinstance(outcome, Refused))
        return _answer({**first.body(), **answer}, headers | first.headers, first.status)


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other path below `/track/`, where no client expects a page."""
    refused = Refused(
        Code.INVALID_REQUEST, "There is nothing here. Send to /track or /track/batch.", status=404
    )
    return _answer(refused.body(), status=refused.status)


def over_quota(reservation: Reservation) -> Refused:
    """The answer to an event that the quota has no room for."""
    reason = reservation.reason or Reason.QUOTA_EXCEEDED
    return Refused(
        Code.RATE_LIMIT_EXCEEDED,
        _REASONS[reason],
        reason=reason.value,
        headers=ratelimit.headers(reservation),
    )


def _submit(request: Request, credential: Credential, events: Sequence[NewEvent]) -> Submission:
    """Store events as the key's plan is now, not as it was when its credential was read."""
    submission = accept_grouped(credential, events, timezone.now())
    if submission.is_stale or not any(submission.stored):
        current = find_credential(sent_key(request._request), anew=True)
        if submission.is_stale or current.terms != credential.terms:
            credential = current
            submission = accept_grouped(current, events, timezone.now())
    if submission.is_stale:  # changed twice within a moment
        raise OperationalError("the API key or its plan is being changed")
    if any(submission.stored):
        credential.touch(submission.now)
    return submission


def _answer(
    body: Mapping[str, Any], headers: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    content = json.dumps(body, separators=(",", ":")).encode()
    response = HttpResponse(content, content_type="application/json", status=status)
    response["Content-Length"] = str(len(content))
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _reservation(submission: Submission) -> Reservation:
    assert submission.reservation is not None
    return submission.reservation


def _is_dry_run(request: Request) -> bool:
    if not request._request.META.get("QUERY_STRING"):
        return False
    said = request._request.GET.get("dry_run", "0").lower()
    if said not in _DRY_RUN:
        raise Refused(Code.INVALID_REQUEST, "dry_run is 1 or 0.", "dry_run")
    return _DRY_RUN[said]


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
