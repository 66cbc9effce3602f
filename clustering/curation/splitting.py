"""Suggest parts of a topic, with names, to the person who may split it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.curation.parts import Parts, nearest_part, sensible, ways_to_cut
from clustering.curation.shaping import NewPart
from clustering.labelling.examples import examples_digest, pick_examples
from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import TopicTexts
from clustering.models import Text, Topic
from clustering.texts import vectors
from clustering.texts.contents import beginnings
from clustering.texts.vectors import EmbeddedTexts
from ingestion.models import Field

LOADED = 5_000
"""Texts of a topic that its parts are found and named from, at even steps from the centroid
outwards; the rest goes where it is nearest, so many at a time."""
NAMED_FROM = 100
"""Texts of a part that its name is found in, the nearest to its centroid."""
LONGEST_TEXT = 1_000
"""Characters of a text that are looked at."""
EXAMPLES = 5


@dataclass(frozen=True)
class SuggestedPart:
    """A part as it is shown. The first keeps the topic's name."""

    new: NewPart
    share: float
    """Of the topic's occurrences."""
    examples: Sequence[str]

    @property
    def texts(self) -> int:
        return len(self.new.text_ids)


@dataclass(frozen=True)
class Suggestion:
    """One way to split a topic."""

    sizes: Sequence[int]
    """The numbers of parts to choose from."""
    parts: Sequence[SuggestedPart]


def suggest(topic: Topic, size: int | None = None) -> Suggestion | None:
    """Cut a topic into `size` parts, or as many as is sensible; None if all its texts are alike.

    The same texts are always cut the same way.
    """
    own = Text.objects.filter(project=topic.project_id, topic=topic, embedded=True)
    by_rank = np.array(own.order_by("-similarity", "pk").values_list("pk", flat=True), np.int64)
    steps = np.linspace(0, len(by_rank) - 1, min(LOADED, len(by_rank))).astype(np.int64)
    sample = vectors.texts_by_id(topic.field, by_rank[steps].tolist())
    ways = ways_to_cut(sample.vectors, sample.occurrences)
    if not ways:
        return None
    parts = ways[size if size in ways else sensible(ways)]
    members = _members(topic.field, np.sort(by_rank), parts)
    return Suggestion(sorted(ways), _described(topic, sample, parts, members))


@dataclass(frozen=True)
class _Members:
    text_ids: list[int]
    occurrences: int


def _members(field: Field, text_ids: NDArray[np.int64], parts: Parts) -> list[_Members]:
    """All texts by the part that they are nearest to, with `LOADED` of their vectors at a time."""
    ids: list[list[int]] = [[] for _ in parts.centroids]
    occurrences = np.zeros(len(ids), np.int64)
    for start in range(0, len(text_ids), LOADED):
        texts = vectors.texts_by_id(field, text_ids[start : start + LOADED].tolist())
        labels = nearest_part(texts.vectors, parts.centroids)
        np.add.at(occurrences, labels, texts.occurrences)
        for part, own in enumerate(ids):
            own += texts.ids[labels == part].tolist()
    return [_Members(own, total) for own, total in zip(ids, occurrences.tolist(), strict=True)]


def _described(
    topic: Topic, texts: EmbeddedTexts, parts: Parts, members: Sequence[_Members]
) -> list[SuggestedPart]:
    central = []
    for part, centroid in enumerate(parts.centroids):
        rows = np.flatnonzero(parts.labels == part)
        nearest = np.argsort(-(texts.vectors[rows] @ centroid), kind="stable")
        central.append(rows[nearest[:NAMED_FROM]])
    contents = beginnings(
        topic.project_id, texts.ids[np.concatenate(central)].tolist(), LONGEST_TEXT
    )
    shown = [
        TopicTexts(
            [contents.get(pk, "") for pk in texts.ids[rows].tolist()],
            texts.occurrences[rows],
            texts.vectors[rows],
            centroid,
        )
        for rows, centroid in zip(central, parts.centroids, strict=True)
    ]
    live = Topic.objects.filter(project=topic.project_id, field=topic.field_id, retired_at=None)
    labels = label_by_keywords(shown, taken_names=list(live.values_list("label", flat=True)))
    total = max(sum(own.occurrences for own in members), 1)
    return [
        SuggestedPart(
            NewPart(label.name, label.description, examples_digest(examples), own.text_ids),
            own.occurrences / total,
            part.texts[:EXAMPLES],
        )
        for label, examples, own, part in zip(
            labels, pick_examples(shown), members, shown, strict=True
        )
    ]
