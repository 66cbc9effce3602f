"""What people decide about fields."""

from __future__ import annotations

from typing import Any

from django import forms

from ingestion.effects import Choice


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
