"""Pick what shows an LLM what a theme is about: its topics, and those of the themes beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, members_of, unit_centroids
from clustering.labelling.examples import (
    LONGEST_EXAMPLE,
    SIBLINGS,
    Redact,
    ThemeExamples,
    central_examples,
)
from clustering.labelling.label import TopicTexts, clean

MOST_TOPICS = 15
"""Topics of a theme that are shown, the nearest to its centroid."""
TEXTS = 2
"""Central texts of each."""
TOPICS_OF_SIBLINGS = 5


@dataclass(frozen=True)
class NamedTopics:
    """The live topics of a dimension: k of each, and the theme of each, 0..m-1 or -1 for none."""

    texts: Sequence[TopicTexts]
    names: Sequence[str]
    descriptions: Sequence[str]
    themes: Labels

    def members(self) -> dict[int, NDArray[np.int64]]:
        """The places of each theme's topics, the nearest to its centroid first."""
        centroids = np.stack([topic.centroid for topic in self.texts])
        middles = unit_centroids(centroids, self.themes)
        return {
            theme: places[np.argsort(-(centroids[places] @ middles[theme]), kind="stable")]
            for places, theme in members_of(self.themes)
        }


def pick_theme_examples(
    topics: NamedTopics, wanted: Sequence[int], *, redact: Redact | None = None
) -> list[ThemeExamples]:
    """Return examples for the themes `wanted`, in that order. `redact` sees all that is shown."""
    members = topics.members()
    centroids = unit_centroids(np.stack([topic.centroid for topic in topics.texts]), topics.themes)
    alike = centroids @ centroids.T

    def shown(text: str) -> str:
        return (redact(clean(text)) if redact else clean(text))[:LONGEST_EXAMPLE]

    picked: list[ThemeExamples] = []
    for theme in wanted:
        places = members[theme][:MOST_TOPICS].tolist()
        siblings = [i for i in np.argsort(-alike[theme], kind="stable").tolist() if i != theme]
        picked.append(
            ThemeExamples(
                tuple(
                    (
                        shown(topics.names[i]),
                        shown(topics.descriptions[i]),
                        *central_examples(topics.texts[i], TEXTS, redact),
                    )
                    for i in places
                ),
                tuple(
                    tuple(shown(topics.names[i]) for i in members[each][:TOPICS_OF_SIBLINGS])
                    for each in siblings[:SIBLINGS]
                ),
            )
        )
    return picked
