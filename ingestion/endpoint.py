"""What `/track` and `/track/batch` do with a request, whatever framework brings it.

A request is its WSGI environ (PEP 3333); `HttpRequest.META` is one.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from rest_framework.exceptions import MethodNotAllowed

from billing.quota import Reason, Reservation, reserve
from ingestion import batch, ratelimit
from ingestion.authentication import sent_key
from ingestion.body import Environ, read_batch, read_body
from ingestion.credentials import Credential, find_credential
from ingestion.errors import Code, Refused
from ingestion.payload import NewEvent, dump_json, parse_event, parse_json
from ingestion.preview import preview
from ingestion.services import Submission, accept_grouped

RETRY_AFTER = 5
"""Seconds after which to try again when the store is down: it restarts in about as many."""

REASONS = {
    Reason.QUOTA_EXCEEDED: "The plan's events of this period are used up.",
    Reason.TRIAL_EXPIRED: "The trial has ended. Choose a plan to go on.",
    Reason.BURST: "This API key sends faster than its plan allows. Slow down, or send batches.",
}
_DRY_RUN = {"1": True, "true": True, "0": False, "false": False}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A response: a JSON object, headers beside those of its content, and a status."""

    body: Mapping[str, Any]
    extra: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def content(self) -> bytes:
        return dump_json(self.body)

    def headers(self, content: bytes) -> dict[str, str]:
        length = str(len(content))
        return {"Content-Type": "application/json", "Content-Length": length, **self.extra}

    def refusals(self) -> Counter[str]:
        """How many events were refused, by reason."""
        if self.status == 200 and not self.body.get("refused"):
            return Counter()
        parts = self.body.get("events", [self.body])
        return Counter(each.get("reason", each["code"].lower()) for each in parts if "code" in each)


def track(environ: Environ, credential: Credential) -> Answer:
    """Accept one event. What is answered 200 is committed."""
    event = parse_event(parse_json(read_body(environ)), timezone.now())
    if _is_dry_run(environ):
        return Answer(preview(credential.project_id, event), _limits(credential))
    submission = _submit(environ, credential, [event])
    reservation = _reservation(submission)
    if submission.stored[0] is None:
        raise over_quota(reservation)
    return Answer(submission.stored[0].answer(), ratelimit.headers(reservation))


def track_batch(environ: Environ, credential: Credential) -> Answer:
    """Accept up to `MAX_BATCH` events. The good ones are stored, the others refused one by one."""
    if _is_dry_run(environ):
        raise Refused(Code.INVALID_REQUEST, "dry_run works with single events, at /track.")
    body, is_lines = read_batch(environ)
    outcomes = batch.parse_batch(body, is_lines, timezone.now())
    places = [i for i, outcome in enumerate(outcomes) if isinstance(outcome, NewEvent)]
    headers = {} if places else _limits(credential)
    if places:
        events = [cast("NewEvent", outcomes[place]) for place in places]
        submission = _submit(environ, credential, events)
        reservation = _reservation(submission)
        headers = ratelimit.headers(reservation)
        refused = over_quota(reservation)
        for place, stored in zip(places, submission.stored, strict=True):
            outcomes[place] = stored or refused
    answer = batch.answer(outcomes)
    if answer["accepted"]:
        return Answer(answer, headers)
    first = next(outcome for outcome in outcomes if isinstance(outcome, Refused))
    return Answer({**first.body(), **answer}, headers | first.headers, first.status)


def over_quota(reservation: Reservation) -> Refused:
    """The answer to an event that the quota has no room for."""
    reason = reservation.reason or Reason.QUOTA_EXCEEDED
    return Refused(
        Code.RATE_LIMIT_EXCEEDED,
        REASONS[reason],
        reason=reason.value,
        headers=ratelimit.headers(reservation),
    )


def refuse(error: Exception, credential: Credential | None = None) -> Answer:
    """The answer to an exception, with the limits of whoever is known to have sent the request.

    An exception that is our fault is logged, and the client may try again.
    """
    refused = _as_refused(error)
    limits = _limits(credential) if credential else {}
    return Answer(refused.body(), limits | refused.headers, refused.status)


def _submit(environ: Environ, credential: Credential, events: Sequence[NewEvent]) -> Submission:
    """Store events by what the key and its plan are now, not when the credential was read."""
    submission = accept_grouped(credential, events, timezone.now())
    if submission.is_stale or not any(submission.stored):
        current = find_credential(sent_key(environ), anew=True)
        if submission.is_stale or current.terms != credential.terms:
            credential = current
            submission = accept_grouped(current, events, timezone.now())
    if submission.is_stale:  # changed twice within a moment
        raise OperationalError("the API key or its plan is being changed")
    if any(submission.stored):
        credential.touch(submission.now)
    return submission


def _reservation(submission: Submission) -> Reservation:
    assert submission.reservation is not None
    return submission.reservation


def _limits(credential: Credential) -> dict[str, str]:
    """The quota's headers for an answer to a request that used nothing of it."""
    try:
        nothing = reserve(credential.terms, 0, timezone.now(), credential.api_key_id)
    except (OperationalError, InterfaceError):
        return {}
    return ratelimit.headers(nothing)


def _is_dry_run(environ: Environ) -> bool:
    query = environ.get("QUERY_STRING")
    if not query:
        return False
    said = parse_qs(query, keep_blank_values=True).get("dry_run", ["0"])[-1].lower()
    if said not in _DRY_RUN:
        raise Refused(Code.INVALID_REQUEST, "dry_run is 1 or 0.", "dry_run")
    return _DRY_RUN[said]


def _as_refused(error: Exception) -> Refused:
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
