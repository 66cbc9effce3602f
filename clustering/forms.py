"""What people may change about topics."""

from __future__ import annotations

from typing import Any

from django import forms

from clustering.models import Topic


class RenameForm(forms.Form):
    """A topic's own name and description."""

    label = forms.CharField(label="Name", max_length=80)
    description = forms.CharField(max_length=300, required=False, widget=forms.TextInput)

    def clean(self) -> dict[str, Any]:
        """One line each, without spaces around or doubled."""
        return {name: " ".join(value.split()) for name, value in self.cleaned_data.items()}

    @classmethod
    def of(cls, topic: Topic, data: Any = None) -> RenameForm:
        return cls(data, initial={"label": topic.label, "description": topic.description})
