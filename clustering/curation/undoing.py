"""Taking a decision back, as far as it still makes sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from clustering.curation.shaping import (
    DecisionRefused,
    hold,
    hold_still,
    living,
    place,
    reshape,
    retire,
)
from clustering.models import Decision, DecisionKind, Text, Topic
from clustering.services import locked


@transaction.atomic
def undo(decision: Decision, user: User) -> Decision:
    """Restore what a decision changed. Raises DecisionRefused where it cannot."""
    scope = Decision.objects.select_for_update(no_key=True, of=("self",))
    scope = scope.select_related("field", "theme")
    field = decision.field
    topics = hold_still(field, decision.touched)
    decision = scope.filter(project=decision.project_id).get(pk=decision.pk)
    if decision.undone_at:
        raise DecisionRefused("This was undone already.")
    if later := _resting_on(decision):
        raise DecisionRefused(f"A later decision rests on it. Undo that first: {later}.")
    _UNDO[DecisionKind(decision.kind)](decision, topics)
    decision.undone_by, decision.undone_at = user, timezone.now()
    decision.save(update_fields=["undone_by", "undone_at"])
    return decision


def _resting_on(decision: Decision) -> Decision | None:
    """The latest decision that stands and rests on this one.

    Moves do not rest on each other: whether their texts are still where they were put is checked
    separately.
    """
    later = Decision.objects.filter(
        project=decision.project_id, field=decision.field_id, undone_at=None, pk__gt=decision.pk
    ).order_by("-pk")
    if decision.kind not in DecisionKind.of_texts():
        about = {"topic": decision.topic_id, "theme": decision.theme_id}
        return later.filter(kind=decision.kind, **about).first()
    kinds = set(DecisionKind.of_texts())
    if decision.kind == DecisionKind.MOVE:
        kinds -= {DecisionKind.MOVE}
    return later.filter(kind__in=kinds, touched__overlap=decision.touched).first()


def _undo_merge(decision: Decision, topics: dict[int, Topic]) -> None:
    """Give the merged topics back those of their texts that the target still has."""
    target, before = living(_topic_of(decision, topics)), decision.before
    own = Text.objects.filter(project=decision.project_id, topic=target)
    back = []
    for key, text_ids in before["texts"].items():
        source = topics[int(key)]
        if own.filter(pk__in=text_ids).update(topic=source, nearest_topic=source) or not text_ids:
            back.append(source.pk)
    if not back:
        raise DecisionRefused(f"None of the texts that came from there is in “{target}” any more.")
    _revive(decision, back)
    hold(target, before["held"])
    if not own.exists():
        retire(decision.field, [target.pk])
    reshape(decision.field, decision.touched)


def _undo_split(decision: Decision, topics: dict[int, Topic]) -> None:
    """Bring back the parts with all that they have now."""
    topic, parts = living(_topic_of(decision, topics)), decision.before["parts"]
    Text.objects.filter(project=decision.project_id, topic__in=parts).update(
        topic=topic, nearest_topic=topic
    )
    retire(decision.field, parts)
    hold(topic, decision.before["held"])
    reshape(decision.field, decision.touched)


def _undo_move(decision: Decision, topics: dict[int, Topic]) -> None:
    before = decision.before
    here = set(decision.touched) - {before["topic"]}
    text = (
        Text.objects.select_related("field")
        .filter(project=decision.project_id, pk=before["text"])
        .first()
    )
    if text is None or {text.topic_id} - {None} != here:
        raise DecisionRefused("The text is no longer where it was put.")
    source = topics[before["topic"]] if before["topic"] else None
    if source and before["retired"]:
        _revive(decision, [source.pk])
    elif source:
        living(source)
    place(text, source, is_held=before["held"])


def _revive(decision: Decision, topic_ids: list[int]) -> None:
    Topic.objects.filter(project=decision.project_id, pk__in=topic_ids).update(retired_at=None)


def _restore(decision: Decision, topics: dict[int, Topic]) -> None:
    """What a decision about the topic or the theme itself replaced: its name, a mark."""
    subject = locked(decision.theme) if decision.theme else _topic_of(decision, topics)
    before: dict[str, Any] = decision.before
    for name, value in before.items():
        gone = name.endswith("_by_id") and not User.objects.filter(pk=value).exists()
        setattr(subject, name, None if gone else value)
    subject.save(update_fields=list(before))


def _topic_of(decision: Decision, topics: dict[int, Topic]) -> Topic:
    assert decision.topic_id is not None
    return topics[decision.topic_id]


_UNDO: dict[DecisionKind, Callable[[Decision, dict[int, Topic]], None]] = {
    DecisionKind.MERGE: _undo_merge,
    DecisionKind.SPLIT: _undo_split,
    DecisionKind.MOVE: _undo_move,
    DecisionKind.RENAME: _restore,
    DecisionKind.PIN: _restore,
    DecisionKind.HIDE: _restore,
    DecisionKind.ACT: _restore,
}
