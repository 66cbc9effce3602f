"""What a change of a field's type will do, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.models import Field, FieldType
from ingestion.sketch import is_exact

_OF = {
    FieldType.ENUM: "Its values become filters on the pages of topics and journeys.",
    FieldType.NUMBER: "Its values are kept as numbers. It is neither clustered nor a filter.",
    FieldType.IGNORED: "It is neither clustered nor a filter. Events go on keeping its values.",
}


@dataclass(frozen=True)
class Choice:
    """A type to choose, and what choosing it does to this field."""

    value: str
    label: str
    effect: str


def choices(field: Field) -> list[Choice]:
    """The types that a field can be given; the empty value returns it to the detected one."""
    detected = FieldType(field.detected_type)
    return [
        Choice("", f"As detected: {detected.label.lower()}", _effect(field, detected)),
        *(Choice(kind.value, kind.label, _effect(field, kind)) for kind in FieldType),
    ]


def _effect(field: Field, kind: FieldType) -> str:
    if kind == field.type:
        return "What it is now."
    if kind == FieldType.TEXT:
        about = "" if is_exact(field.sketch) else "about "
        return (
            f"It becomes a dimension: its {about}{field.distinct:,} different values in"
            f" {field.events:,} events, past ones included, are grouped into topics."
            " The first topics appear within minutes."
        )
    if field.type == FieldType.TEXT:
        return (
            "Its topics and journeys leave the pages. They are kept, and come back with everything"
            f" edited if you make it text again. {_OF[kind]}"
        )
    return _OF[kind]
