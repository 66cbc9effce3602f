"""What a request says of a dimension: which one, the period, the segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from django.http import Http404

from clustering import jobs
from clustering.columns import filtering
from clustering.columns.filtering import BeingPrepared
from clustering.columns.stored import undisturbed
from clustering.reports import selectors, slices
from clustering.reports.period import CHOICES, DEFAULT
from clustering.reports.period import Period as Stretch
from clustering.reports.slices import Slice
from ingestion.api.asked import SEGMENT, Asked, Parameter, invalid
from ingestion.errors import Code, Refused
from ingestion.models import Field
from ingestion.segments import PREFIX, Segment, shown

PREPARED_AFTER = 30
"""Seconds after which to ask again for a field that is being read: it takes about as many."""

FIELD = Parameter(
    "field",
    {"type": "string"},
    "Key of a text field. If absent, the one that most events carry.",
)
DAYS = Parameter(
    "days",
    {"type": "string", "enum": [*CHOICES], "default": DEFAULT},
    "The period: so many days (UTC), today included, or `all`.",
)
DIMENSION = (FIELD, DAYS, *SEGMENT)

_LISTED = 30
"""Fields that a refusal names."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, now; and the stretch before that it is compared with, if any."""

    start: datetime
    end: datetime
    compared_start: datetime | None
    compared_end: datetime | None


@dataclass(frozen=True)
class Dimension:
    """As much of a text field as a segment holds, in a period.

    `segment` is a filter as it stands in a URL, empty for none.
    """

    field: str
    period: Period
    segment: str


def prepared(view: Callable[P, T]) -> Callable[P, T]:
    """Read columns again where a block is deleted meanwhile; refuse while a field is unread."""

    @wraps(view)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return undisturbed(partial(view, *args, **kwargs))
        except BeingPrepared as waiting:
            jobs.seal(waiting.field.project_id).enqueue()
            message = f"{waiting.field.key} is being read for segments. Ask again later."
            headers = {"Retry-After": str(PREPARED_AFTER)}
            raise Refused(Code.UNAVAILABLE, message, headers=headers) from waiting

    return read


def chosen_field(asked: Asked) -> Field:
    """The text field that a request names, or the one that most events carry."""
    fields = selectors.text_fields(asked.project)
    key = asked.query.get(FIELD.name)
    if not fields and key is None:
        raise Http404("No text field has been sent yet.")
    if key is None:
        return fields[0]
    if found := next((field for field in fields if field.key == key), None):
        return found
    known = ", ".join(field.key for field in fields) or "none yet"
    raise invalid(FIELD.name, f"field is the key of a text field: {known}.")


def chosen_period(asked: Asked, field: Field) -> Stretch:
    return selectors.period_of(field, asked.choice(DAYS.name, [*CHOICES], DEFAULT))


def chosen_segment(asked: Asked, field: Field) -> Segment:
    known_to(field, asked.segment)
    return asked.segment


def known_to(field: Field, segment: Segment, parameter: str = "") -> None:
    """Refuse a condition on what is no enum field: no message could ever be in its segment."""
    known = [each.key for each in filtering.filterable(field)] if segment.conditions else []
    for key in segment.conditions:
        if key not in known:
            more = [f"{len(known) - _LISTED} more"] if len(known) > _LISTED else []
            listed = ", ".join([*map(shown, known[:_LISTED]), *more]) or "none"
            name = f"{PREFIX}{key}"
            message = f"{shown(name)} names no enum field. There are: {listed}."
            raise invalid(parameter or name, message)


def chosen_slice(asked: Asked) -> tuple[Slice, Stretch]:
    """Raises BeingPrepared."""
    field = chosen_field(asked)
    when = chosen_period(asked, field)
    return slices.load(field, chosen_segment(asked, field)), when


def about(of: Slice, when: Stretch) -> Dimension:
    return Dimension(of.loaded.field.key, period(when), of.segment.query)


def period(when: Stretch) -> Period:
    compared = when.compare_start is not None
    return Period(when.start, when.end, when.compare_start, when.compare_end if compared else None)


def dimension_parts(of: Slice, when: Stretch) -> dict[str, Any]:
    """The members of `Dimension`, for what has more."""
    return vars(about(of, when))
