"""`/track` and `/track/batch` as OpenAPI operations: headers, examples and refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)

from billing.quota import Reason
from ingestion import limits
from ingestion.errors import Code
from ingestion.schema.components import Schema

_EXAMPLE = {
    "name": "user_prompt",
    "session_id": "conv_abc123",
    "user_id": "user_456",
    "metadata": {"prompt": "How do I reset my password?", "platform": "ios"},
}
_EXAMPLE_IDS = {"user_id": "user_456", "session_id": "conv_abc123"}
_WHEN: Mapping[int, str] = {
    400: "Not JSON, a wrong or missing value, or a string over its limit.",
    401: "No API key, or a mistyped, unknown or revoked one.",
    403: "An API key that reads. Sending takes one that sends events.",
    405: "Another method than POST.",
    411: "A body of unknown length, behind a server that cannot read one.",
    413: "A body, a batch or an event of it that is over its limit.",
    415: "Another content type, charset or content encoding.",
    429: "The plan's limit, or the API key's rate, is reached; `reason` says which.",
    503: "The store is down. Send the same again after `Retry-After` seconds.",
}
_MESSAGES: Mapping[int, tuple[Code, str]] = {
    400: (Code.MISSING_REQUIRED_FIELD, "Missing required field: name"),
    401: (Code.INVALID_API_KEY, "Missing API key. Send it in the header X-API-Key."),
    403: (Code.WRONG_SCOPE, "This API key reads results and sends no events."),
    405: (Code.INVALID_REQUEST, "Send events with POST."),
    411: (Code.INVALID_REQUEST, "Send the header Content-Length."),
    413: (Code.PAYLOAD_TOO_LARGE, "This is larger than the limit. Send less at once."),
    415: (Code.UNSUPPORTED_MEDIA_TYPE, "Send the header Content-Type: application/json."),
    429: (Code.RATE_LIMIT_EXCEEDED, "The plan's events of this period are used up."),
    503: (Code.UNAVAILABLE, "Events cannot be stored right now. Send this event again later."),
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _header(
    name: str, statuses: Sequence[int], schema: Schema, description: str, *, always: bool = False
) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        schema,
        OpenApiParameter.HEADER,
        description=description,
        required=always,
        response=list(statuses),
    )


def _headers(limited: Sequence[int], retry: Sequence[int]) -> list[OpenApiParameter]:
    """The headers of answers: `limited` statuses tell the quota, `retry` ones may tell to wait."""
    count: Schema = {"type": "integer", "minimum": 0}
    seconds: Schema = {"type": "integer", "minimum": 1}
    again = "Seconds after which to send again."
    return [
        _header("X-RateLimit-Limit", limited, count, "Events of the period."),
        _header("X-RateLimit-Remaining", limited, count, "Events left in the period."),
        _header(
            "X-RateLimit-Reset",
            limited,
            count,
            "When a period begins or the trial ends, as an epoch in seconds.",
        ),
        _header(
            "RateLimit-Policy",
            limited,
            {"type": "string", "pattern": r'^"(quota|burst)";q=[0-9]+'},
            "The limits in events (`q`) and their windows in seconds (`w`), as in"
            ' draft-ietf-httpapi-ratelimit-headers-10: `"quota";q=1000000;w=2678400,'
            ' "burst";q=50000;w=10`. Absent where nothing is limited.',
        ),
        _header(
            "RateLimit",
            limited,
            {"type": "string", "pattern": r'^"quota";r=[0-9]+(;t=[0-9]+)?$'},
            'What remains (`r`) and for how many seconds (`t`): `"quota";r=999999;t=86400`.',
        ),
        _header("Retry-After", retry, seconds, f"{again} Absent if waiting does not help."),
        _header("Retry-After", [503], seconds, again, always=True),
        _header("WWW-Authenticate", [401], {"type": "string"}, "How to send the key.", always=True),
        _header("Allow", [405], {"const": "POST"}, "The one method.", always=True),
    ]


def _refusals(schema: str) -> dict[int, OpenApiResponse]:
    """The answers other than 200; `schema` is that of those that may be about single events."""
    return {
        status: OpenApiResponse(
            _ref(schema if status in (400, 413, 429) else "Error"),
            description,
            [OpenApiExample(f"{status}", _example_error(status), status_codes=[f"{status}"])],
        )
        for status, description in _WHEN.items()
    }


def _example_error(status: int) -> dict[str, object]:
    code, message = _MESSAGES[status]
    field = "name" if code is Code.MISSING_REQUIRED_FIELD else None
    reason = {"reason": Reason.QUOTA_EXCEEDED.value} if status == 429 else {}
    return {"success": False, "error": message, "code": code.value, "field": field, **reason}


track = extend_schema(
    operation_id="track",
    summary="Send an event",
    description=f"Up to {limits.MAX_BODY:,} bytes of JSON in UTF-8, without a Content-Encoding.",
    tags=["Events"],
    parameters=[
        OpenApiParameter(
            "dry_run",
            {"type": "string", "enum": ["1", "true", "0", "false"]},
            description="With `1` or `true` nothing is stored or counted, and the answer says how"
            " each key would be typed.",
        ),
        *_headers(limited=[200, 400, 411, 413, 415, 429], retry=[429]),
    ],
    request={"application/json": _ref("Event")},
    examples=[OpenApiExample("A message", _EXAMPLE, request_only=True)],
    responses={
        200: OpenApiResponse(
            {"oneOf": [_ref("Stored"), _ref("Preview")]},
            "Stored; or, with `dry_run`, what would be.",
            [OpenApiExample("Stored", _EXAMPLE_IDS, status_codes=["200"])],
        ),
        **_refusals("Error"),
    },
)
"""Decorates the `post` of `/track`."""

_BATCH: Schema = {
    "type": "array",
    "items": _ref("Event"),
    "minItems": 1,
    "maxItems": limits.MAX_BATCH,
}
track_batch = extend_schema(
    operation_id="track_batch",
    summary="Send many events",
    description=f"""
A JSON array of up to {limits.MAX_BATCH:,} events, or one event a line, in up to
{limits.MAX_BATCH_BODY:,} bytes; with `Content-Encoding: gzip` that is the inflated size. No event
of it may be larger than {limits.MAX_BODY:,} bytes.

The good events are stored, the others told by their index. The answer is 200 if at least one was
stored; else its status is that of the first event that was refused.""",
    tags=["Events"],
    parameters=[
        OpenApiParameter(
            "Content-Encoding",
            {"type": "string", "enum": ["identity", "gzip", ""]},
            OpenApiParameter.HEADER,
            description="How the body is compressed.",
        ),
        *_headers(limited=[200, 400, 411, 413, 415, 429], retry=[200, 400, 413, 429]),
    ],
    request={
        "application/json": _BATCH,
        "application/x-ndjson": {**_BATCH, "description": "One event a line, each a JSON object."},
    },
    examples=[
        OpenApiExample(
            "Two messages", [_EXAMPLE, _EXAMPLE], request_only=True, media_type="application/json"
        ),
    ],
    responses={
        200: OpenApiResponse(
            _ref("BatchStored"),
            "At least one event is stored.",
            [
                OpenApiExample(
                    "One of two",
                    {
                        "accepted": 1,
                        "refused": 1,
                        "events": [
                            {"index": 0, **_EXAMPLE_IDS},
                            {"index": 1, **_example_error(400)},
                        ],
                    },
                    status_codes=["200"],
                )
            ],
        ),
        **_refusals("BatchRefused"),
    },
)
"""Decorates the `post` of `/track/batch`."""
