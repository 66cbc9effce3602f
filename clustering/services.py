"""What people decide about a topic itself, its name and marks, and about the name of a theme."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from clustering import locks
from clustering.curation.shaping import DecisionRefused, record
from clustering.models import Decision, DecisionKind, LabelSource, Theme, Topic

Subject = TypeVar("Subject", Topic, Theme)

_NAME = ["label", "description", "label_source"]
_NAMING = [*_NAME, "replaced", "edited_by_id"]


@transaction.atomic
def rename(subject: Subject, label: str, description: str, user: User) -> Decision:
    """Give a topic or a theme a name of its own, which every later run keeps."""
    subject = locked(subject)
    new: dict[str, Any] = {"label": label, "description": description, "edited_by_id": user.pk}
    new["label_source"] = LabelSource.EDITED
    if subject.label_source != LabelSource.EDITED:
        new["replaced"] = {name: getattr(subject, name) for name in _NAME}
    if subject.label == label:
        summary = f"Described {_called(subject)} anew"
    else:
        summary = f"Renamed {_called(subject)} to “{label}”"
    return _change(subject, DecisionKind.RENAME, summary, user, new, _NAMING)


@transaction.atomic
def reset_name(subject: Subject, user: User) -> Decision | None:
    """Return to the name that a user's own replaced; it is renewed if its texts have changed."""
    subject = locked(subject)
    if subject.label_source != LabelSource.EDITED:
        return None
    new: dict[str, Any] = {name: subject.replaced.get(name, "") for name in _NAME}
    new |= {"replaced": {}, "edited_by_id": None}
    summary = f"Reset the name of {_called(subject)} to “{new['label']}”"
    return _change(subject, DecisionKind.RENAME, summary, user, new, _NAMING)


@transaction.atomic
def pin(topic: Topic, pinned: bool, user: User) -> Decision:
    """List a topic before the others, or no longer."""
    topic = locked(topic)
    summary = f"{'Pinned' if pinned else 'Unpinned'} “{topic}”"
    return _change(topic, DecisionKind.PIN, summary, user, {"pinned": pinned})


@transaction.atomic
def hide(topic: Topic, hidden: bool, user: User) -> Decision:
    """Leave a topic out of the list, or list it again."""
    topic = locked(topic)
    summary = f"{'Hid' if hidden else 'Listed'} “{topic}”{'' if hidden else ' again'}"
    return _change(topic, DecisionKind.HIDE, summary, user, {"hidden": hidden})


@transaction.atomic
def act_on(topic: Topic, note: str, user: User) -> Decision:
    """Mark that something was done about a topic, and what."""
    topic = locked(topic)
    new = {"acted_on_at": timezone.now(), "acted_on_by_id": user.pk, "acted_on_note": note}
    summary = f"Acted on “{topic}”" + (f": {note}" if note else "")
    return _change(topic, DecisionKind.ACT, summary, user, new)


@transaction.atomic
def clear_acted_on(topic: Topic, user: User) -> Decision:
    topic = locked(topic)
    new = {"acted_on_at": None, "acted_on_by_id": None, "acted_on_note": ""}
    summary = f"No longer marked as acted on: “{topic}”"
    return _change(topic, DecisionKind.ACT, summary, user, new)


def _change(
    subject: Topic | Theme,
    kind: DecisionKind,
    summary: str,
    user: User,
    new: dict[str, Any],
    restored: list[str] | None = None,
) -> Decision:
    """Write new values of a topic or theme, and the old ones into the decision.

    Raises DecisionRefused where it has all of them, as a page says that is shown since before.
    """
    if all(getattr(subject, name) == value for name, value in new.items()):
        raise DecisionRefused("Nothing has changed: it was so already.")
    before = {name: getattr(subject, name) for name in restored or new}
    for name, value in new.items():
        setattr(subject, name, value)
    subject.save(update_fields=list(new))
    return record(kind, subject, summary, user, before)


def _called(subject: Topic | Theme) -> str:
    return f"the theme “{subject}”" if isinstance(subject, Theme) else f"“{subject}”"


def locked(subject: Subject) -> Subject:
    """The topic or theme as it is now. A run that ends at this moment waits, or has ended before.

    Raises DecisionRefused for a theme that has no topic any more.
    """
    locks.refer(subject.field_id)
    known = type(subject).objects.filter(project=subject.project_id, pk=subject.pk)
    found = known.select_for_update(no_key=True).first()
    if found is None or (isinstance(found, Theme) and not live_topics(found).exists()):
        raise DecisionRefused(
            f"The theme “{subject}” is no more: its topics are grouped otherwise now."
        )
    return found


def live_topics(theme: Theme) -> QuerySet[Topic]:
    return Topic.objects.filter(project=theme.project_id, theme=theme, retired_at=None)
