"""What the OpenAPI document says of reading: decorators of a view's `get`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from ingestion.api.asked import EVENT, WHERE, Parameter
from ingestion.api.shapes import Schema, columns_of, schema_of

Described = Callable[[Any], Any]

_ERROR: Schema = {"$ref": "#/components/schemas/Error"}
_REFUSALS: Mapping[int, str] = {
    400: "A parameter that cannot be; `field` names it.",
    401: "No API key, or a mistyped, unknown or revoked one.",
    403: "An API key that sends events. Reading takes one that reads.",
    404: "The project has no such thing.",
    405: "Another method than GET or HEAD.",
    429: "The API key reads faster than its plan allows.",
    503: "The store is down, or what a segment asks for is being prepared.",
}


def one(view: Any, summary: str, answer: Any, takes: Iterable[Parameter]) -> Described:
    """Describe an answer that is one object."""
    return _described(view, view.__name__, summary, takes, {200: schema_of(answer)})


def page(view: Any, summary: str, row: Any, about: Any, takes: Iterable[Parameter]) -> Described:
    """Describe an answer that is a page of a list."""
    properties: Schema = {
        "data": {"type": "array", "items": schema_of(row)},
        "next_cursor": {
            "type": ["string", "null"],
            "description": "What to ask for the next page with; null where this is the last one.",
        },
    }
    if about is not None:
        properties = schema_of(about)["properties"] | properties
    answer = {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }
    return _described(view, view.__name__, summary, takes, {200: answer})


def export(view: Any, summary: str, row: Any, takes: Iterable[Parameter]) -> Described:
    """Describe an answer that is a list, streamed whole."""
    answers = {
        (200, "text/csv"): {
            "type": "string",
            "description": f"In UTF-8, with a header: `{','.join(columns_of(row))}`. A text that a"
            " spreadsheet would take for a formula has an apostrophe before it.",
        },
        (200, "application/jsonl"): {
            "type": "string",
            "description": "One object a line, as those of the pages.",
        },
    }
    return _described(view, f"export_{view.__name__}", f"{summary}, as a file", takes, answers)


def _described(
    view: Any, name: str, summary: str, takes: Iterable[Parameter], answers: Mapping[Any, Schema]
) -> Described:
    refusals = {
        (status, "application/json"): OpenApiResponse(_ERROR, said)
        for status, said in _REFUSALS.items()
    }
    described: Described = extend_schema(
        operation_id=name,
        summary=summary,
        description=" ".join((view.__doc__ or "").split()),
        tags=["Reading"],
        parameters=[*map(_parameter, takes), *_headers()],
        responses={**{_typed(status): each for status, each in answers.items()}, **refusals},
    )
    return described


def _typed(status: int | tuple[int, str]) -> tuple[int, str]:
    return status if isinstance(status, tuple) else (status, "application/json")


def _parameter(parameter: Parameter) -> OpenApiParameter:
    explodes = parameter in (EVENT, WHERE)
    return OpenApiParameter(
        parameter.name,
        dict(parameter.schema),
        description=parameter.description,
        style="form" if explodes else None,
        explode=True if explodes else None,
    )


def _headers() -> list[OpenApiParameter]:
    seconds: Schema = {"type": "integer", "minimum": 1}

    def header(
        name: str, statuses: list[int], schema: Schema, said: str, *, always: bool = True
    ) -> OpenApiParameter:
        return OpenApiParameter(
            name,
            schema,
            OpenApiParameter.HEADER,
            description=said,
            required=always,
            response=statuses,
        )

    return [
        header(
            "RateLimit-Policy",
            [200, 400, 404, 429],
            {"type": "string", "pattern": r'^"burst";q=[0-9]+;w=[0-9]+$'},
            "How many requests (`q`) the key may make in so many seconds (`w`). Absent where"
            " nothing limits them.",
            always=False,
        ),
        header("Retry-After", [429, 503], seconds, "Seconds after which to ask again."),
        header("WWW-Authenticate", [401], {"type": "string"}, "How to send the key."),
        header("Allow", [405], {"const": "GET, HEAD"}, "The methods."),
    ]
