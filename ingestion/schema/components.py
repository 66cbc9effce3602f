"""What is sent to `/track` and `/track/batch`, and what they answer, as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.quota import Reason
from ingestion import limits
from ingestion.errors import Code

Schema = dict[str, Any]

_ID: Schema = {
    "oneOf": [
        {"type": "string", "maxLength": limits.KEY_LENGTH},
        {"type": "integer"},
        {"type": "null"},
    ]
}
_ANSWERED_ID: Schema = {"type": ["string", "integer"]}
_FIRST_SECOND, _LAST_SECOND = int(limits.EARLIEST.timestamp()), 253_402_300_799
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
            f" {limits.MAX_AHEAD.total_seconds() / 60:.0f} minutes ahead, and not of"
            " the first day of the year 1.",
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
                    "type": {"enum": ["text", "enum", "number", "ignored", None]},
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
