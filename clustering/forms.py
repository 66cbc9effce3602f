"""What people may change about topics."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clustering.models import Theme, Topic
from ingestion.limits import KEY_LENGTH
from ingestion.models import Field


class RenameForm(forms.Form):
    """A topic's or a theme's own name and description."""

    label = forms.CharField(label="Name", max_length=80)
    description = forms.CharField(max_length=300, required=False, widget=forms.TextInput)

    def clean(self) -> dict[str, Any]:
        """One line each, without spaces around or doubled."""
        return {name: " ".join(value.split()) for name, value in self.cleaned_data.items()}

    @classmethod
    def of(cls, subject: Topic | Theme, data: Any = None) -> RenameForm:
        return cls(data, initial={"label": subject.label, "description": subject.description})


class LongSelect(forms.Select):
    """A choice among hundreds. Django's own renders a template for each of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = (
            (flatatt({"value": option["value"], **option["attrs"]}), option["label"])
            for _, group, _ in widget["optgroups"]
            for option in group
        )
        attributes = flatatt({"name": widget["name"], **widget["attrs"]})
        listed = format_html_join("", "<option{}>{}</option>", options)
        return format_html("<select{}>{}</select>", attributes, listed)


def _live_topics(field: Field, without: int | None) -> QuerySet[Topic]:
    live = Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
    vectors = ("centroid", "labelled_centroid")
    return live.exclude(pk=without or 0).defer(*vectors).order_by("label", "pk")


class MergeForm(forms.Form):
    """A topic to merge into the one at hand."""

    other = forms.ModelChoiceField(
        Topic.objects.none(), label="Topic", empty_label=None, widget=LongSelect
    )

    def __init__(self, topic: Topic, data: Any = None) -> None:
        super().__init__(data)
        other = self.fields["other"]
        assert isinstance(other, forms.ModelChoiceField)
        other.queryset = _live_topics(topic.field, topic.pk)


class MoveForm(forms.Form):
    """Where a text belongs, in a person's eyes. `now` is the topic where it is."""

    topic = forms.ModelChoiceField(
        Topic.objects.none(),
        label="Move to",
        required=False,
        empty_label="No topic: make it an outlier",
        widget=LongSelect,
    )

    def __init__(self, field: Field, now: int | None, data: Any = None) -> None:
        super().__init__(data)
        topic = self.fields["topic"]
        assert isinstance(topic, forms.ModelChoiceField)
        if now is None:
            topic.empty_label, topic.required = None, True
        topic.queryset = _live_topics(field, now)


class ActForm(forms.Form):
    """What was done about a topic."""

    note = forms.CharField(
        label="What was done", max_length=500, required=False, widget=forms.TextInput
    )

    def clean_note(self) -> str:
        return " ".join(self.cleaned_data["note"].split())


class RetentionForm(forms.Form):
    """For how many days a project keeps events."""

    days = forms.IntegerField(
        label="Days that events are kept",
        required=False,
        min_value=1,
        max_value=36_500,
        help_text="By their timestamps. Empty: for ever.",
    )


class MaskingForm(forms.Form):
    """Whether events are masked before they are stored."""

    masks_events = forms.BooleanField(
        label="Mask e-mail addresses, phone, card, IP and social security numbers, and secrets",
        required=False,
        help_text="In metadata, from the next second on. What was stored before stays as it is.",
    )


class SampleForm(forms.Form):
    """A text to try the masks on."""

    sample = forms.CharField(max_length=2_000, required=False, strip=False)


class ForgetUserForm(forms.Form):
    """The user whose data must go."""

    user_id = forms.CharField(
        label="user_id",
        max_length=KEY_LENGTH,
        strip=False,
        help_text="As your backend sends it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
