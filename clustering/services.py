"""What people decide about a topic itself: its name, and marks."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from clustering import locks
from clustering.curation import record
from clustering.models import Decision, DecisionKind, LabelSource, Topic

_NAME = ["label", "description", "label_source"]
_NAMING = [*_NAME, "replaced", "edited_by_id"]


@transaction.atomic
def rename(topic: Topic, label: str, description: str, user: User) -> Decision:
    """Give a topic a name of its own, which every later run keeps."""
    topic = _locked(topic)
    new: dict[str, Any] = {"label": label, "description": description, "edited_by_id": user.pk}
    new["label_source"] = LabelSource.EDITED
    if topic.label_source != LabelSource.EDITED:
        new["replaced"] = {name: getattr(topic, name) for name in _NAME}
    if topic.label == label:
        summary = f"Described “{label}” anew"
    else:
        summary = f"Renamed “{topic}” to “{label}”"
    return _change(topic, DecisionKind.RENAME, summary, user, new, _NAMING)


@transaction.atomic
def reset_name(topic: Topic, user: User) -> Decision | None:
    """Return to the name that a user's own replaced; it is renewed if its texts have changed."""
    topic = _locked(topic)
    if topic.label_source != LabelSource.EDITED:
        return None
    new: dict[str, Any] = {name: topic.replaced.get(name, "") for name in _NAME}
    new |= {"replaced": {}, "edited_by_id": None}
    summary = f"Reset the name “{topic}” to “{new['label']}”"
    return _change(topic, DecisionKind.RENAME, summary, user, new, _NAMING)


@transaction.atomic
def pin(topic: Topic, pinned: bool, user: User) -> Decision:
    """List a topic before the others, or no longer."""
    topic = _locked(topic)
    summary = f"{'Pinned' if pinned else 'Unpinned'} “{topic}”"
    return _change(topic, DecisionKind.PIN, summary, user, {"pinned": pinned})


@transaction.atomic
def hide(topic: Topic, hidden: bool, user: User) -> Decision:
    """Leave a topic out of the list, or list it again."""
    topic = _locked(topic)
    summary = f"{'Hid' if hidden else 'Listed'} “{topic}”{'' if hidden else ' again'}"
    return _change(topic, DecisionKind.HIDE, summary, user, {"hidden": hidden})


@transaction.atomic
def act_on(topic: Topic, note: str, user: User) -> Decision:
    """Mark that something was done about a topic, and what."""
    topic = _locked(topic)
    new = {"acted_on_at": timezone.now(), "acted_on_by_id": user.pk, "acted_on_note": note}
    summary = f"Acted on “{topic}”" + (f": {note}" if note else "")
    return _change(topic, DecisionKind.ACT, summary, user, new)


@transaction.atomic
def clear_acted_on(topic: Topic, user: User) -> Decision:
    topic = _locked(topic)
    new = {"acted_on_at": None, "acted_on_by_id": None, "acted_on_note": ""}
    summary = f"No longer marked as acted on: “{topic}”"
    return _change(topic, DecisionKind.ACT, summary, user, new)


def _change(
    topic: Topic,
    kind: DecisionKind,
    summary: str,
    user: User,
    new: dict[str, Any],
    restored: list[str] | None = None,
) -> Decision:
    """Write new values of a topic, and the old ones into the decision."""
    before = {name: getattr(topic, name) for name in restored or new}
    for name, value in new.items():
        setattr(topic, name, value)
    topic.save(update_fields=list(new))
    return record(kind, topic, summary, user, before)


def _locked(topic: Topic) -> Topic:
    """The topic as it is now. A run that ends at this moment waits, or has ended before."""
    locks.refer(topic.field_id)
    return (
        Topic.objects.select_for_update(no_key=True)
        .filter(project=topic.project_id)
        .get(pk=topic.pk)
    )
