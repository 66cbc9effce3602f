"""The OpenAPI description of `/track` and `/track/batch`, with the limits that are enforced.

Reading describes itself (`ingestion.api.description`); what belongs to the whole document is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)

from billing.quota import Reason
from ingestion import limits
from ingestion.errors import Code

Schema = dict[str, Any]
Endpoint = tuple[str, str, str, Any]

PATHS = ("/track", "/track/batch")
"""What events are sent to. Each is also answered with a slash at its end."""

READING = "/api/v1/"
"""What all paths for reading begin with; `ingestion.api.description` describes them."""

INTRODUCTION = f"""
Send one event for each message of a user, from your backend. What is answered 200 is stored.

Every answer but an export is JSON, whatever your `Accept` says. `/track/` and `/track/batch/` are
the same as without the slash; neither redirects.

| limit | |
|---|---|
| body of an event | {limits.MAX_BODY:,} bytes |
| body of a batch, inflated | {limits.MAX_BATCH_BODY:,} bytes, {limits.MAX_BATCH:,} events |
| a string in the metadata | {limits.MAX_TEXT:,} characters |
| `name`, each id, each metadata key | {limits.KEY_LENGTH:,} characters |
| nesting of the metadata | {limits.MAX_DEPTH:,} levels; the first {limits.ANALYSED_DEPTH} become \
dotted keys |
| fields of a project | {limits.MAX_FIELDS:,}; further keys are kept but not analysed |
| a timestamp | at most {limits.MAX_AHEAD.total_seconds() / 60:.0f} minutes ahead |

What became of the events is read below `{READING}`, with an API key that reads: topics, texts,
journeys, segments, clustering runs and usage of the key's project. Times are in UTC, numbers carry
what they rest on, ids stay. A parameter that is not known is refused.
"""

_ID: Schema = {
    "oneOf": [
        {"type": "string", "maxLength": limits.KEY_LENGTH},
        {"type": "integer"},
        {"type": "null"},
    ]
}
_ANSWERED_ID: Schema = {"type": ["string", "integer"]}
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""The years 1 and 9999 as epochs: what a timestamp can be."""

_EVENT: Schema = {
    "type": "object",
    "description": "What happened. Keys that are not named here are ignored.",
    "required": ["name", "metadata"],
    "properties": {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.KEY_LENGTH,
            "pattern": r"[^\s\x1c-\x1f\x85]",  # what Python's strip() leaves
            "description": "What happened, such as `user_prompt`.",
        },
        "metadata": {
            "type": "object",
            "propertyNames": {"maxLength": limits.KEY_LENGTH},
            "additionalProperties": {"$ref": "#/components/schemas/Value"},
            "description": "What the user wrote, and under which circumstances. Up to"
            f" {limits.MAX_DEPTH} levels.",
        },
        "session_id": {
            **_ID,
            "description": 'The conversation; generated if absent, null or `""`. Send the one of'
            " the first answer with each message that follows.",
        },
        "user_id": {**_ID, "description": 'The person; generated if absent, null or `""`.'},
        "event_id": {
            **_ID,
            "description": "An idempotency key. An event whose `event_id` the project has is not"
            " stored again; the answer is that to the first.",
        },
        "timestamp": {
            "description": 'When it happened; now if absent, null or `""`. ISO 8601, in UTC unless'
            " it says otherwise, or an epoch in seconds or milliseconds. At most"
            f" {limits.MAX_AHEAD.total_seconds() / 60:.0f} minutes ahead.",
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "format": "date"},
                {"type": "string", "pattern": r"^[0-9]{9,13}(\.[0-9]+)?$"},
                {"type": "string", "maxLength": 0},
                {"type": "number", "minimum": _FIRST_SECOND, "maximum": _LAST_SECOND * 1000},
                {"type": "number", "minimum": _FIRST_SECOND * 1000, "maximum": -1e11},
                {"type": "null"},
            ],
        },
    },
}
_VALUE: Schema = {
    "description": "JSON. Numbers are finite.",
    "anyOf": [
        {"type": "string", "maxLength": limits.MAX_TEXT},
        {"type": ["number", "boolean", "null"]},
        {"type": "array", "items": {"$ref": "#/components/schemas/Value"}},
        {
            "type": "object",
            "propertyNames": {"maxLength": limits.KEY_LENGTH},
            "additionalProperties": {"$ref": "#/components/schemas/Value"},
        },
    ],
}
_ERROR: Schema = {
    "type": "object",
    "required": ["success", "error", "code", "field"],
    "properties": {
        "success": {"const": False},
        "error": {"type": "string", "description": "What is wrong, in words."},
        "code": {"enum": [code.value for code in Code]},
        "field": {"type": ["string", "null"], "description": "The key at fault, if it is one."},
        "reason": {
            "enum": [reason.value for reason in Reason],
            "description": f"Only with `{Code.RATE_LIMIT_EXCEEDED}`: which limit it is.",
        },
    },
}
_STORED: Schema = {
    "type": "object",
    "description": "The ids that the event has: yours as you sent them, or generated ones.",
    "required": ["user_id", "session_id"],
    "properties": {"user_id": _ANSWERED_ID, "session_id": _ANSWERED_ID},
    "additionalProperties": False,
}
_PREVIEW: Schema = {
    "type": "object",
    "description": "What the event would do. Nothing was stored.",
    "required": ["dry_run", "user_id", "session_id", "fields"],
    "properties": {
        "dry_run": {"const": True},
        "user_id": _ANSWERED_ID,
        "session_id": _ANSWERED_ID,
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "type", "source", "why"],
                "properties": {
                    "field": {"type": "string"},
                    "type": {"enum": ["text", "enum", "number", None]},
                    "source": {"enum": ["detected", "overridden", None]},
                    "why": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": False,
}
_OUTCOMES: Schema = {
    "accepted": {"type": "integer", "minimum": 0, "maximum": limits.MAX_BATCH},
    "refused": {"type": "integer", "minimum": 0, "maximum": limits.MAX_BATCH},
    "events": {
        "type": "array",
        "maxItems": limits.MAX_BATCH,
        "description": "What became of each event, in the order in which they were sent.",
        "items": {
            "type": "object",
            "required": ["index"],
            "properties": {
                "index": {"type": "integer", "minimum": 0, "maximum": limits.MAX_BATCH - 1},
                "user_id": _ANSWERED_ID,
                "session_id": _ANSWERED_ID,
                **_ERROR["properties"],
            },
            "oneOf": [{"required": _STORED["required"]}, {"required": _ERROR["required"]}],
        },
    },
}
_BATCH_STORED: Schema = {
    "type": "object",
    "required": ["accepted", "refused", "events"],
    "properties": {**_OUTCOMES, "accepted": {**_OUTCOMES["accepted"], "minimum": 1}},
    "additionalProperties": False,
}
_BATCH_REFUSED: Schema = {
    **_ERROR,
    "description": "With `accepted`, `refused` and `events` where single events were looked at.",
    "properties": {**_ERROR["properties"], **_OUTCOMES},
}
COMPONENTS: Mapping[str, Schema] = {
    "Event": _EVENT,
    "Value": _VALUE,
    "Stored": _STORED,
    "Preview": _PREVIEW,
    "Error": _ERROR,
    "BatchStored": _BATCH_STORED,
    "BatchRefused": _BATCH_REFUSED,
}

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


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The two headers that a key may come in; one of them is enough."""

    target_class = "ingestion.authentication.ApiKeyAuthentication"
    name = ["X-API-Key", "Bearer"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[Schema]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "http", "scheme": "bearer", "description": "The same key."},
        ]


def only_the_api(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """A hook of drf-spectacular: what is described."""
    return [
        endpoint
        for endpoint in endpoints
        if endpoint[0] in PATHS or endpoint[0].startswith(READING)
    ]


def with_components(result: Schema, **_: Any) -> Schema:
    """A hook of drf-spectacular: what it does not take from the views. No body is optional."""
    result["info"]["description"] = INTRODUCTION
    result["components"]["schemas"] = dict(COMPONENTS)
    for path in PATHS:
        result["paths"][path]["post"]["requestBody"]["required"] = True
    return result
