"""What people decide about which topic texts belong to: merge, split, move.

Each decision is one transaction under the field's lock, so that neither a run nor a worker nor
another person's decision comes between, and leaves a row that says what it takes to undo it
(`clustering.curation.undoing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from accounts.ellipsis import with_ellipsis
from accounts.models import User
from clustering import coverage, locks
from clustering.centroids import members_of, unit_centroids
from clustering.curation.held import rows_of
from clustering.models import Decision, DecisionKind, LabelSource, Text, Theme, Topic
from clustering.models.decisions import SUMMARY_LENGTH
from clustering.texts import vectors
from clustering.texts.assignment import THRESHOLD_FLOOR, settle, thresholds
from clustering.texts.vectors import EmbeddedTexts
from ingestion.models import Field

SHOWN_OF_A_TEXT = 60
"""Characters of it in a summary."""


class DecisionRefused(Exception):
    """A decision that makes no sense as things stand now; says why, to the person."""


@dataclass(frozen=True)
class NewPart:
    """A part of a topic that is to become a topic."""

    label: str
    description: str
    labelled_from: str
    text_ids: Sequence[int]


@transaction.atomic
def merge(sources: Iterable[Topic], target: Topic, user: User) -> Decision:
    """Move all texts of some topics to another one, and retire them."""
    found = hold_still(target.field, [target.pk, *(topic.pk for topic in sources)])
    target = living(found.pop(target.pk))
    if not found:
        raise DecisionRefused("A topic cannot be merged with itself.")
    merged = [living(topic) for topic in found.values()]
    texts: dict[int, list[int]] = {topic.pk: [] for topic in merged}
    own = Text.objects.filter(project=target.project_id, topic__in=merged)
    for topic_id, text_id in own.order_by("pk").values_list("topic", "pk"):
        texts[topic_id].append(text_id)
    own.update(topic=target, nearest_topic=target)
    retire(target.field, list(texts))
    before = {"held": target.held, "texts": texts}
    hold(target, True)
    reshape(target.field, [target.pk, *texts])
    names = ", ".join(f"“{topic}”" for topic in merged)
    return record(
        DecisionKind.MERGE, target, f"Merged {names} into “{target}”", user, before, texts
    )


@transaction.atomic
def split(topic: Topic, parts: Sequence[NewPart], user: User) -> Decision:
    """Make topics of parts of a topic. What is in none of them stays, and keeps its id and name."""
    topic = living(hold_still(topic.field, [topic.pk])[topic.pk])
    made = [
        Topic(
            project_id=topic.project_id,
            field_id=topic.field_id,
            theme_id=topic.theme_id,
            label=part.label,
            description=part.description,
            label_source=LabelSource.KEYWORDS,
            labelled_from=part.labelled_from,
            threshold=THRESHOLD_FLOOR,
            held=True,
        )
        for part in parts
    ]
    Topic.objects.bulk_create(made)
    own = Text.objects.filter(project=topic.project_id, topic=topic)
    for part, born in zip(parts, made, strict=True):
        moved = own.filter(pk__in=part.text_ids).update(topic=born, nearest_topic=born)
        if moved < max(len(part.text_ids), 1):  # its name may quote one that is gone
            raise DecisionRefused(f"The texts of “{topic}” have changed: look at its parts again.")
    if not made or not own.exists():
        raise DecisionRefused(f"“{topic}” cannot be split like that: each part needs a text.")
    ids = [born.pk for born in made]
    before = {"held": topic.held, "parts": ids}
    hold(topic, True)
    reshape(topic.field, [topic.pk, *ids])
    names = ", ".join(f"“{born}”" for born in made)
    return record(DecisionKind.SPLIT, topic, f"Split {names} off “{topic}”", user, before, ids)


@transaction.atomic
def move(text: Text, topic: Topic | None, user: User) -> Decision:
    """Put a text into another topic, or among the outliers (None); there it stays.

    A topic that loses its last text is retired. Returns the decision, which is told to the topic
    that the text left, or that it came to from the outliers.
    """
    field = text.field
    hold_still(field)
    text = _movable(text)
    wanted = [text.topic_id, topic.pk if topic else None]
    found = hold_still(field, [pk for pk in wanted if pk])
    left = found[text.topic_id] if text.topic_id else None
    joined = living(found[topic.pk]) if topic else None
    subject = left or joined
    if left == joined or subject is None:
        where = f"in “{left}”" if left else "an outlier"
        raise DecisionRefused(f"This text is already {where}.")
    before = {"text": text.pk, "topic": text.topic_id, "held": text.held}
    before["retired"] = place(text, joined, is_held=True)
    shown = with_ellipsis(" ".join(text.content[: 4 * SHOWN_OF_A_TEXT].split()), SHOWN_OF_A_TEXT)
    ways = f"from {_named(left)} to {_named(joined)}"
    return record(DecisionKind.MOVE, subject, f"Moved “{shown}” {ways}", user, before, found)


def _movable(text: Text) -> Text:
    """The text as it is now. Raises DecisionRefused if it is gone, or has no vector yet."""
    found = Text.objects.select_related("field").filter(project=text.project_id, pk=text.pk).first()
    if found is None:
        raise DecisionRefused("This text is no more: the messages that carried it were deleted.")
    if not found.embedded:
        raise DecisionRefused("This text has no vector yet: try again in a moment.")
    return found


def _named(topic: Topic | None) -> str:
    return f"“{topic}”" if topic else "the outliers"


def place(text: Text, topic: Topic | None, *, is_held: bool) -> bool:
    """Write a text's topic; returns whether the one that it left had no other and is retired."""
    left_id = text.topic_id
    text.topic, text.held = topic, is_held
    if topic:
        text.nearest_topic = topic
    text.save(update_fields=["topic", "nearest_topic", "held"])
    measure(text.field, vectors.texts_by_id(text.field, [text.pk]))
    left = Text.objects.filter(project=text.project_id, topic=left_id)
    if left_id is None or left.exists():
        return False
    retire(text.field, [left_id])
    reshape(text.field, [left_id])
    return True


def hold_still(field: Field, topic_ids: Iterable[int] = ()) -> dict[int, Topic]:
    """Lock a field against runs, workers and other people, and topics of it; returns these."""
    locks.refer(field.pk)
    locks.own(field.pk)
    found = (
        Topic.objects.select_for_update(no_key=True, of=("self",))
        .select_related("field")
        .filter(project=field.project_id, field=field, pk__in=set(topic_ids))
        .order_by("pk")
    )
    return {topic.pk: topic for topic in found}


def living(topic: Topic) -> Topic:
    if topic.retired_at:
        raise DecisionRefused(f"“{topic}” is no more: it was merged, emptied or retired meanwhile.")
    return topic


def hold(topic: Topic, is_held: bool) -> None:
    topic.held = is_held
    topic.save(update_fields=["held"])


def retire(field: Field, topic_ids: Iterable[int]) -> None:
    Topic.objects.filter(project=field.project_id, field=field, pk__in=list(topic_ids)).update(
        retired_at=timezone.now()
    )


def record(
    kind: DecisionKind,
    subject: Topic | Theme,
    summary: str,
    user: User | None,
    before: Mapping[str, Any],
    touched: Iterable[int] = (),
) -> Decision:
    """Write down what was decided. `touched` are topics that changed beside the one it is about."""
    topic, theme = (None, subject) if isinstance(subject, Theme) else (subject, None)
    return Decision.objects.create(
        project_id=subject.project_id,
        field_id=subject.field_id,
        topic=topic,
        theme=theme,
        kind=kind,
        summary=with_ellipsis(summary, SUMMARY_LENGTH),
        before=before,
        touched=sorted({*([topic.pk] if topic else []), *touched}),
        made_by=user,
    )


def reshape(field: Field, topic_ids: Iterable[int]) -> None:
    """After texts came or went: new centroids for those of these topics that live, and new
    similarities for the texts in them and for the outliers around them."""
    wanted = list(topic_ids)
    live = Topic.objects.filter(project=field.project_id, pk__in=wanted, retired_at=None)
    ids = np.array(sorted(live.values_list("pk", flat=True)), dtype=np.int64)
    texts = vectors.texts_around(field, wanted)
    labels = rows_of(texts.topic_ids, ids)
    centroids = unit_centroids(texts.vectors, labels)
    limits = thresholds(texts.vectors, labels, centroids)
    for _, row in members_of(labels):
        centroid = centroids[row].tolist()
        Topic.objects.filter(project=field.project_id, pk=int(ids[row])).update(
            centroid=centroid, labelled_centroid=centroid, threshold=float(limits[row])
        )
    coverage.set_thresholds(field.project_id, field.pk, ids.tolist())
    measure(field, texts)


_MEASURE = """
    UPDATE clustering_text AS text
    SET nearest_topic_id = nullif(new.nearest_topic_id, 0),
        similarity = new.similarity, margin = new.margin
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
         AS new (text_id, nearest_topic_id, similarity, margin)
    WHERE text.project_id = %s AND text.id = new.text_id
"""


def measure(field: Field, texts: EmbeddedTexts) -> None:
    """Compare texts with all topics anew. Members stay; an outlier may be near enough now."""
    if not len(texts):
        return
    live = vectors.live_topics(field)
    own = rows_of(texts.topic_ids, live.ids)
    members = settle(texts.vectors, own, live.centroids, live.thresholds)
    comparable = (own >= 0) | (texts.topic_ids == 0)
    nearest = np.append(live.ids, 0)[members.nearest]  # -1, no topic at all, is the last place
    columns = (texts.ids, nearest, members.similarity, members.margin)
    with connection.cursor() as cursor:
        values = [column[comparable].tolist() for column in columns]
        cursor.execute(_MEASURE, [*values, field.project_id])
    outliers = texts.ids[texts.topic_ids == 0]
    coverage.move_texts(field.project_id, field.pk, outliers.tolist())
