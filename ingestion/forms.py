"""What people decide about fields."""

from __future__ import annotations

from typing import Any

from django import forms

from ingestion.effects import Choice
from ingestion.models import SavedSegment
from ingestion.segments import Segment, shown


class FieldTypeForm(forms.Form):
    """A field's type; the empty value is whichever is detected."""

    type = forms.ChoiceField(
        required=False, error_messages={"invalid_choice": "Choose one of the types."}
    )

    def __init__(self, *args: Any, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(choice.value, choice.label) for choice in choices]


class SegmentNameForm(forms.Form):
    """What a saved segment is called, on one line that reads in one direction."""

    name = forms.CharField(
        max_length=SavedSegment._meta.get_field("name").max_length,
        error_messages={
            "required": "Give the segment a name.",
            "max_length": "The name is too long: %(limit_value)d characters at most.",
        },
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return shown(name, len(name))


class SegmentForm(SegmentNameForm):
    """A segment to save."""

    segment = forms.CharField(required=False)

    def clean_segment(self) -> Segment:
        return Segment.parse(self.cleaned_data["segment"])
