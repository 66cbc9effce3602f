"""Names and descriptions that repeat the words of texts which had to go.

A local name is a phrase of its topic's texts, and a local description quotes one of them; so they
outlive what they were made of, in topics and themes, living or retired, in the decisions that
replaced them, and in summaries of others. What a person wrote stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Replace

from accounts.models import Project
from clustering.labelling.label import clean
from clustering.models import Decision, DecisionKind, LabelSource, Text, Theme, Topic
from clustering.privacy.deletion import GoneText
from clustering.texts.contents import LONGEST

_QUOTED = 24
"""Characters that two texts hardly share by chance."""

_NAME = re.compile("“([^“”]+)”")
"""Names of topics and themes in the summary of a decision."""


def forget_quotations(project: Project, gone: Sequence[GoneText]) -> None:
    """Take away what tells of these texts.

    Call it in the transaction that deletes them. The next clustering run gives new names.
    """
    contents: dict[int, list[str]] = defaultdict(list)
    for text in gone:
        contents[text.field_id].append(_plain(text.content[:LONGEST]))
    for field_id, texts in contents.items():
        words = GoneWords(project, field_id, texts)
        scope = {"project": project, "field": field_id}
        subjects: list[Topic | Theme] = [*Topic.objects.filter(**scope)]
        subjects += Theme.objects.filter(**scope)
        decisions = Decision.objects.filter(**scope)
        renamings = list(decisions.filter(kind=DecisionKind.RENAME))
        given = _given([*map(vars, subjects), *(each.before for each in renamings)])
        for subject in subjects:
            _clear_subject(subject, words)
        for renaming in renamings:
            _clear_renaming(renaming, words)
        _clear_summaries(decisions, words, given)


def _given(namings: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names among these that people gave."""
    return {each["label"] for each in namings if each.get("label_source") == LabelSource.EDITED}


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
        if self.is_only_here(naming.get("label") or ""):
            cleared["label"] = ""
        return cleared

    def _is_quoted(self, description: str) -> bool:
        """Whether it repeats one of them, or how a long one begins."""
        return any(text[:_QUOTED] in description for text in self.texts if text)

    def is_only_here(self, label: str) -> bool:
        """Whether it stands in one of them, and in no text that is left."""
        plain = _plain(label)
        if not plain or not any(plain in text for text in self.texts):
            return False
        left = Text.objects.filter(project=self.project, field=self.field_id)
        return not left.filter(content__icontains=label).exists()


def _clear_subject(subject: Topic | Theme, words: GoneWords) -> None:
    changes: dict[str, Any] = {}
    if subject.label_source != LabelSource.EDITED:
        changes |= words.told_by(vars(subject))
    if cleared := words.told_by(subject.replaced):
        changes["replaced"] = subject.replaced | cleared
    _save(subject, changes)


def _clear_renaming(decision: Decision, words: GoneWords) -> None:
    """What it replaced is on record there."""
    before = decision.before
    cleared = words.told_by(before)
    if replaced := words.told_by(before.get("replaced") or {}):
        cleared["replaced"] = before["replaced"] | replaced
    changes: dict[str, Any] = {}
    if cleared:
        changes["before"] = before | cleared
    _save(decision, changes)


def _clear_summaries(decisions: QuerySet[Decision], words: GoneWords, given: set[str]) -> None:
    """Decisions on record say of which topics they were, by the names that these had then."""
    summaries = decisions.filter(summary__contains="“").values_list("summary", flat=True)
    named = {name for summary in summaries for name in _NAME.findall(summary)}
    for name in sorted(named - given):
        if words.is_only_here(name):
            quoted = f"“{name}”"
            decisions.filter(summary__contains=quoted).update(
                summary=Replace("summary", Value(quoted), Value("“…”"))
            )


def _save(row: Topic | Theme | Decision, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        row.save(update_fields=list(changes))


def _plain(text: str) -> str:
    """As labellers see it, who drop what is invisible."""
    return clean(text).casefold()
