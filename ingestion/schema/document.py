"""What belongs to the whole document: its introduction, its paths, and how a key is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from ingestion import limits
from ingestion.schema.components import COMPONENTS, Schema

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
| body of a batch, inflated | {limits.MAX_BATCH_BODY:,} bytes, {limits.MAX_BATCH:,} events, \
{limits.MAX_VALUES:,} values, lists and objects |
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
