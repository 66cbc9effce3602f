"""Pick the few texts that show an LLM what a topic is about, and what it is not about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.labelling.label import TopicTexts, clean

CENTRAL = 5
DIVERSE = 5
SIBLINGS = 3
PER_SIBLING = 2
LONGEST_EXAMPLE = 280
"""Characters; what users want stands at the beginning of what they write."""

_SAME = 0.97
"""Cosine from which one example tells no more than another."""
_FRINGE = 0.1
"""Share of a topic's texts, the farthest from its centroid, that may be there by mistake."""
_LARGEST_SAMPLE = 2000
"""Texts of one topic that are looked at."""


Redact = Callable[[str], str]
"""Masks in a text what must not leave the machine."""


@dataclass(frozen=True)
class TopicExamples:
    """What is shown of a topic: cleaned, cut texts, best first."""

    central: tuple[str, ...]
    """Nearest to the centroid: what the topic is about."""
    diverse: tuple[str, ...]
    """Far from each other: how wide it is."""
    contrast: tuple[tuple[str, ...], ...]
    """For each of the nearest sibling topics, the texts that come nearest to this topic."""


@dataclass(frozen=True)
class ThemeExamples:
    """What is shown of a theme: cleaned, cut."""

    topics: tuple[tuple[str, ...], ...]
    """Of each topic its name, its description and central texts."""
    contrast: tuple[tuple[str, ...], ...]
    """Of each of the nearest themes the names of topics."""


Examples = TopicExamples | ThemeExamples


def examples_digest(examples: Examples, asked: str = "") -> str:
    """Return a hash (64 hex digits) of the examples, for asking nothing twice.

    The order of examples does not count. `asked` is whatever else shapes the answer: the model,
    the wording of the question.
    """
    shown = {
        key: sorted(sorted(texts) if isinstance(texts, tuple) else texts for texts in value)
        for key, value in asdict(examples).items()
    }
    text = json.dumps([asked, shown], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def pick_examples(
    topics: Sequence[TopicTexts],
    wanted: Sequence[int] | None = None,
    *,
    redact: Redact | None = None,
) -> list[TopicExamples]:
    """Return examples for the topics at the places `wanted` (all by default), in that order.

    All live topics of a dimension belong in `topics`: the others are what a name must tell its
    topic from. `redact` sees a text before it is cut: half an address would pass it.
    """
    places = range(len(topics)) if wanted is None else wanted
    if not topics:
        return []
    centroids = np.stack([topic.centroid for topic in topics])
    alike = centroids @ centroids.T
    np.fill_diagonal(alike, -np.inf)
    return [_examples_of(topics, place, alike[place], redact) for place in places]


def central_examples(topic: TopicTexts, count: int, redact: Redact | None) -> tuple[str, ...]:
    """Of a topic, texts near its centroid, none of which says the same as another."""
    return _shown(topic, _unlike(topic, _trusted(topic), count), redact)


def _examples_of(
    topics: Sequence[TopicTexts], place: int, alike: NDArray[np.float32], redact: Redact | None
) -> TopicExamples:
    topic = topics[place]
    trusted = _trusted(topic)
    central = _unlike(topic, trusted, CENTRAL)
    siblings = [int(i) for i in np.argsort(-alike, kind="stable")[:SIBLINGS] if i != place]
    return TopicExamples(
        central=_shown(topic, central, redact),
        diverse=_shown(topic, _spread(topic, trusted, central), redact),
        contrast=tuple(_towards(topics[sibling], topic.centroid, redact) for sibling in siblings),
    )


def _trusted(topic: TopicTexts) -> list[int]:
    """Places of the texts that surely belong to a topic, nearest first; at least one."""
    ranked = topic.nearest_first[:_LARGEST_SAMPLE]
    return ranked[: max(1, round(len(ranked) * (1 - _FRINGE)))]


def _unlike(topic: TopicTexts, ranked: Sequence[int], count: int) -> list[int]:
    """Take from the front of `ranked`, skipping what says the same as one taken before."""
    taken: list[int] = []
    for i in ranked:
        if len(taken) == count:
            break
        if not taken or float((topic.vectors[taken] @ topic.vectors[i]).max()) < _SAME:
            taken.append(i)
    return taken


def _spread(topic: TopicTexts, trusted: Sequence[int], taken: Sequence[int]) -> list[int]:
    """Farthest-point sampling: each pick is the text least like all that were picked before."""
    if not taken:
        return []
    vectors = topic.vectors[list(trusted)]
    nearest = (vectors @ topic.vectors[list(taken)].T).max(axis=1)
    picked: list[int] = []
    while len(picked) < DIVERSE and float(nearest.min()) < _SAME:
        i = int(np.round(nearest, 5).argmin())
        picked.append(trusted[i])
        nearest = np.maximum(nearest, vectors @ vectors[i])
    return picked


def _towards(
    sibling: TopicTexts, centroid: NDArray[np.float32], redact: Redact | None
) -> tuple[str, ...]:
    """Of the sibling's trusted texts, those nearest to another topic's centroid."""
    trusted = _trusted(sibling)
    similarity = np.round(sibling.vectors[trusted] @ centroid, 5)
    order = sorted(range(len(trusted)), key=lambda i: (-similarity[i], i))
    near = _unlike(sibling, [trusted[i] for i in order], PER_SIBLING)
    return _shown(sibling, near, redact)


def _shown(topic: TopicTexts, places: Sequence[int], redact: Redact | None) -> tuple[str, ...]:
    seen = (clean(topic.texts[i][: 4 * LONGEST_EXAMPLE]) for i in places)
    cut = ((redact(text) if redact else text)[:LONGEST_EXAMPLE] for text in seen)
    return tuple(text for text in cut if text)
