"""What a change of a field's type will do, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.defaultfilters import pluralize

from ingestion.learning import LOOK_AGAIN_AT
from ingestion.models import Field, FieldType
from ingestion.templatetags.fields import distinct

_OF = {
    FieldType.ENUM: "The pages of topics and journeys can be filtered by its {values}.",
    FieldType.NUMBER: "Its values are kept as numbers. It is neither clustered nor a filter.",
    FieldType.IGNORED: "It is neither clustered nor a filter. Events go on keeping its values.",
}


@dataclass(frozen=True)
class Choice:
    """A type to choose, and what choosing it does to this field."""

    value: str
    label: str
    effect: str


def choices(field: Field, topics: int) -> list[Choice]:
    """The types that a field can be given; the empty value returns it to the detected one.

    `topics` is how many rest on the field, on the pages or kept.
    """
    detected = FieldType(field.detected_type)
    return [
        Choice("", f"As detected: {detected.label.lower()}", _effect(field, detected, topics)),
        *(_choice(field, kind, topics) for kind in FieldType),
    ]


def _choice(field: Field, kind: FieldType, topics: int) -> Choice:
    effect = _effect(field, kind, topics)
    is_settled = field.events_learnt >= LOOK_AGAIN_AT[-1]
    if kind == field.type and not field.is_overridden and not is_settled:
        effect += " Set by you, it stays that when more events have come."
    return Choice(kind.value, kind.label, effect)


def _effect(field: Field, kind: FieldType, topics: int) -> str:
    if kind == field.type:
        return "What it is now."
    carried = f"{field.events:,} {'event carries' if field.events == 1 else 'events carry'} it."
    kept = f"{topics:,} topic{pluralize(topics)}"
    values = f"{distinct(field)} different value{pluralize(field.distinct)}"
    if kind == FieldType.TEXT and topics:
        return (
            f"{carried} The {kept} that it had come{pluralize(topics, 's,')} back to the pages with"
            " the same names, and with what has been sent since."
        )
    if kind == FieldType.TEXT:
        return (
            f"{carried} It becomes a dimension: its {values}, past ones included, are embedded and"
            " grouped into topics. The first topics appear within minutes."
        )
    rest = _OF[kind].format(values=values)
    if field.type == FieldType.TEXT and topics:
        return (
            f"{carried} Its {kept} and their journeys leave the pages, are kept, and come back with"
            f" everything edited if you make it text again. {rest}"
        )
    if field.type == FieldType.TEXT:
        return f"{carried} It has no topics yet, and gets none. {rest}"
    if field.type == FieldType.ENUM:
        return f"{carried} Nothing can be filtered by its {values} any more. {rest}"
    return f"{carried} {rest}"
