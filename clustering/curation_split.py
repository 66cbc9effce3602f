"""Suggest parts of a topic, with names, to the person who may split it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering import vectors
from clustering.centroids import unit_rows
from clustering.contents import beginnings
from clustering.curation import NewPart
from clustering.labelling.examples import examples_digest, pick_examples
from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import TopicTexts, clean
from clustering.models import Topic
from clustering.parts import Parts, sensible, ways_to_cut
from clustering.vectors import EmbeddedTexts

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
    everything = vectors.texts_around(topic.field, [topic.pk])
    texts = everything.only(everything.topic_ids == topic.pk)
    ways = ways_to_cut(texts.vectors, texts.occurrences)
    if not ways:
        return None
    parts = ways[size if size in ways else sensible(ways)]
    return Suggestion(sorted(ways), _described(topic, texts, parts))


def _described(topic: Topic, texts: EmbeddedTexts, parts: Parts) -> list[SuggestedPart]:
    members = [np.flatnonzero(parts.labels == part) for part in range(len(parts.centroids))]
    central = [
        rows[np.argsort(-(texts.vectors[rows] @ centroid), kind="stable")[:NAMED_FROM]]
        for rows, centroid in zip(members, parts.centroids, strict=True)
    ]
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
    labels = label_by_keywords(
        shown, _by_texts(shown), taken_names=list(live.values_list("label", flat=True))
    )
    total = max(int(texts.occurrences.sum()), 1)
    return [
        SuggestedPart(
            NewPart(
                label.name, label.description, examples_digest(examples), texts.ids[rows].tolist()
            ),
            int(texts.occurrences[rows].sum()) / total,
            part.texts[:EXAMPLES],
        )
        for label, examples, rows, part in zip(
            labels, pick_examples(shown), members, shown, strict=True
        )
    ]


def _by_texts(topics: Sequence[TopicTexts]) -> Callable[[list[str]], NDArray[np.float32]]:
    """Vectors of phrases without the model, which no web process loads.

    A phrase stands where the texts that hold it do.
    """
    texts = [clean(text).casefold() for topic in topics for text in topic.texts]
    all_vectors = np.concatenate([topic.vectors for topic in topics])

    def embed(phrases: list[str]) -> NDArray[np.float32]:
        sums = np.empty((len(phrases), all_vectors.shape[1]), np.float32)
        for row, phrase in enumerate(phrases):
            wanted = clean(phrase).casefold()
            holding = [place for place, text in enumerate(texts) if wanted in text]
            sums[row] = all_vectors[holding or slice(None)].sum(axis=0)
        return unit_rows(sums)

    return embed
