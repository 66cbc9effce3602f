"""Names and descriptions that repeat the words of texts which had to go.

A local name is a phrase of its topic's texts, and a local description quotes one of them; so they
outlive what they were made of, in topics and themes, living or retired, and in the decisions that
replaced them. What a person wrote stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Value
from django.db.models.functions import Replace

from accounts.models import Project
from clustering.models import Decision, DecisionKind, LabelSource, Text, Theme, Topic
from clustering.privacy.deletion import GoneText

_QUOTED = 24
"""Characters that two texts hardly share by chance."""


def forget_quotations(project: Project, gone: Sequence[GoneText]) -> set[int]:
    """Take away what tells of these texts; return the fields that now have topics without a name.

    Call it in the transaction that deletes them. The next clustering run gives new names.
    """
    contents: dict[int, list[str]] = defaultdict(list)
    for text in gone:
        contents[text.field_id].append(_plain(text.content))
    unnamed = set()
    for field_id, texts in contents.items():
        words = GoneWords(project, field_id, texts)
        scope = {"project": project, "field": field_id}
        subjects: list[Topic | Theme] = [*Topic.objects.filter(**scope)]
        subjects += Theme.objects.filter(**scope)
        for subject in subjects:
            label = subject.label
            if "label" in _clear_subject(subject, words):
                unnamed.add(field_id)
                _clear_summaries(project, field_id, label)
        for decision in Decision.objects.filter(**scope, kind=DecisionKind.RENAME):
            _clear_decision(decision, words)
    return unnamed


@dataclass(frozen=True)
class GoneWords:
    """The texts of a field that are gone, plain, and how to tell what was made of them."""

    project: Project
    field_id: int
    texts: Sequence[str]

    def told_by(self, naming: Mapping[str, Any]) -> dict[str, str]:
        """The empty values for a label and a description that tell of these texts."""
        cleared = {}
        if self._is_quoted(_plain(naming.get("description") or "")):
            cleared["description"] = ""
        if self._is_only_here(naming.get("label") or ""):
            cleared["label"] = ""
        return cleared

    def _is_quoted(self, description: str) -> bool:
        """Whether it repeats one of them, or how a long one begins."""
        return any(text[:_QUOTED] in description for text in self.texts if text)

    def _is_only_here(self, label: str) -> bool:
        """Whether it stands in one of them, and in no text that is left."""
        plain = _plain(label)
        if not plain or not any(plain in text for text in self.texts):
            return False
        left = Text.objects.filter(project=self.project, field=self.field_id)
        return not left.filter(content__icontains=label).exists()


def _clear_subject(subject: Topic | Theme, words: GoneWords) -> dict[str, Any]:
    """Returns what was changed."""
    changes: dict[str, Any] = {}
    if subject.label_source != LabelSource.EDITED:
        changes |= words.told_by(vars(subject))
    if cleared := words.told_by(subject.replaced):
        changes["replaced"] = subject.replaced | cleared
    _save(subject, changes)
    return changes


def _clear_decision(decision: Decision, words: GoneWords) -> None:
    """What a renaming replaced is on record there."""
    before = decision.before
    cleared = words.told_by(before)
    if replaced := words.told_by(before.get("replaced") or {}):
        cleared["replaced"] = before["replaced"] | replaced
    changes: dict[str, Any] = {}
    if cleared:
        changes["before"] = before | cleared
    if "label" in cleared:
        _clear_summaries(decision.project, decision.field_id, before["label"])
    _save(decision, changes)


def _clear_summaries(project: Project, field_id: int, label: str) -> None:
    """Decisions on record say of which topics they were."""
    named = Decision.objects.filter(project=project, field=field_id, summary__contains=f"“{label}”")
    named.update(summary=Replace("summary", Value(f"“{label}”"), Value("“…”")))


def _save(row: Topic | Theme | Decision, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=list(changes))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
