"""Name topics without an LLM: the phrase of its own texts that means what a topic means.

Candidates come from `phrases`. A good name is near the topic's centroid, and nearer to it than to
any other. What the words of each mean, by `meaning`, says which few are likely; among these the
embedding model chooses, which takes long for a phrase.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.labelling.label import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MOST_WORDS,
    Embed,
    Label,
    TopicTexts,
    clean,
    name_key,
    sentence_case,
    shorten,
)
from clustering.labelling.meaning import Meanings
from clustering.labelling.phrases import Candidate, candidates, read
from clustering.labelling.words import LONGEST_WORD, clauses, language_of, readable

_ASKED = 3
"""Candidates of a topic that the embedding model is asked about."""
_MARGIN, _MARGIN_OF_WORDS = 1.5, 2.5
"""Weights of being nearer than siblings, where being near has 1: by the model, and by words."""
_SHARPNESS = 10.0
"""Of the softmax over centroids: cosines 0.1 apart differ by a factor e."""
_QUESTION = 0.02
"""What a whole question must be better by than a phrase."""
_WORSE = 0.12
"""How much worse than the best a candidate may be that is taken where the best name is not free."""

Vectors = NDArray[np.float32]
Scored = list[tuple[float, Candidate]]

_PRONOUN = re.compile(r"\bi\b(?=[ ']|$)")


def label_by_keywords(
    topics: Sequence[TopicTexts],
    embed: Embed | None = None,
    *,
    wanted: Sequence[int] | None = None,
    taken_names: Collection[str] = (),
) -> list[Label]:
    """Return a label for each topic at the places `wanted` (all by default), in that order.

    All live topics of a dimension belong in `topics`, also those that keep their name: they are
    what the others are told from. `taken_names` are the names of those that keep theirs. The
    names returned differ from these and from each other; larger topics choose first. Without
    `embed`, as in a web process, which loads no model, words decide alone.
    """
    places = list(range(len(topics)) if wanted is None else wanted)
    if not places:
        return []
    centroids = np.stack([topic.centroid for topic in topics])
    ranked = _by_words(topics, places, centroids)
    if embed is not None:
        ranked = _by_model([scored[:_ASKED] for scored in ranked], places, centroids, embed)
    names = _Names(taken_names)
    chosen: dict[int, str] = {}
    sizes = {i: int(np.sum(topics[i].occurrences)) for i in places}
    for place, scores in sorted(
        zip(places, ranked, strict=True), key=lambda pair: (-sizes[pair[0]], pair[0])
    ):
        chosen[place] = names.choose(scores, topics[place])
    return [Label(chosen[i], _description(topics[i]), "keywords") for i in places]


def _by_words(
    topics: Sequence[TopicTexts], places: Sequence[int], centroids: Vectors
) -> list[Scored]:
    """Score the candidates of the topics at `places`, best first, in units of cosine."""
    readings = [read(topic) for topic in topics]
    every = candidates(readings)
    meanings = Meanings(
        [bag for reading in readings for bag in reading.bags],
        np.concatenate([reading.vectors for reading in readings]),
    )
    found = [every[place] for place in places]
    vectors = meanings.of([candidate.bag for each in found for candidate in each])
    return _scored(found, vectors, places, centroids, _MARGIN_OF_WORDS)


def _by_model(
    likely: Sequence[Scored], places: Sequence[int], centroids: Vectors, embed: Embed
) -> list[Scored]:
    """Score them again, by what the embedding model makes of each as a whole."""
    found = [[candidate for _, candidate in each] for each in likely]
    names = sorted({candidate.name for each in found for candidate in each})
    if not names:
        return list(likely)
    rows = [bisect_left(names, candidate.name) for each in found for candidate in each]
    return _scored(found, embed(names)[rows], places, centroids, _MARGIN)


def _scored(
    found: Sequence[Sequence[Candidate]],
    vectors: Vectors,
    places: Sequence[int],
    centroids: Vectors,
    margin: float,
) -> list[Scored]:
    """Those of each topic, best first; `vectors` has a row for each, one topic after the other."""
    ends = np.cumsum([len(each) for each in found])
    parts = np.split(vectors @ centroids.T, ends[:-1])
    scored = []
    for own, similarity, place in zip(found, parts, places, strict=True):
        fits = _fit(similarity, place, margin).tolist()
        pairs = [
            (round(fit - _QUESTION * each.question, 4), each)
            for fit, each in zip(fits, own, strict=True)
        ]
        scored.append(sorted(pairs, key=lambda pair: -pair[0]))
    return scored


def _fit(similarity: NDArray[np.float32], place: int, margin: float) -> NDArray[np.float32]:
    """(m,) how near m names are to the centroid at `place`, and how much nearer than to all,
    of (m, k) similarities to k centroids."""
    logits = _SHARPNESS * similarity
    largest = logits.max(axis=1)
    share = logits[:, place] - largest - np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    fit: NDArray[np.float32] = similarity[:, place] + margin * share / _SHARPNESS
    return fit


class _Names:
    """The names that are taken, as readers tell names apart."""

    def __init__(self, taken: Collection[str]) -> None:
        self._keys = {name_key(name) for name in taken}
        self._stems = {_stems_of(name) for name in taken} - {frozenset()}

    def choose(self, scored: Sequence[tuple[float, Candidate]], topic: TopicTexts) -> str:
        """Take the best name that is free, or tell the best one apart by a word of the topic."""
        for score, candidate in scored:
            if score < scored[0][0] - _WORSE:
                break
            if _stems(candidate.words) not in self._stems and self._free(_shown(candidate)):
                return self._take(_shown(candidate), candidate.words)
        best = _shown(scored[0][1]) if scored else _without_words(topic)
        for _, candidate in scored[1:]:
            for word in sorted(candidate.words - scored[0][1].words):
                told_apart = f"{best}: {word}"
                if len(told_apart.split()) <= MOST_WORDS and self._free(told_apart):
                    return self._take(told_apart, scored[0][1].words | {word})
        return self._take(self._numbered(best), frozenset())

    def _free(self, name: str) -> bool:
        return name_key(name) not in self._keys and len(name) <= LONGEST_NAME

    def _numbered(self, name: str) -> str:
        if self._free(name):
            return name
        short = shorten(name, words=MOST_WORDS - 1, characters=LONGEST_NAME - 6)
        number = 2
        while not self._free(f"{short} {number}"):
            number += 1
        return f"{short} {number}"

    def _take(self, name: str, words: frozenset[str]) -> str:
        self._keys.add(name_key(name))
        if words:
            self._stems.add(_stems(words))
        return name


def _shown(candidate: Candidate) -> str:
    name = clean(candidate.name)
    if name.isupper() and (" " in name or len(name) > 5):  # shouted, not an acronym
        name = name.lower()
    if candidate.question:
        name = _PRONOUN.sub("I", name)
    return sentence_case(name)


def _stems(words: Collection[str]) -> frozenset[str]:
    """Return words without their endings, roughly: "cards" and "card" are no two names."""
    return frozenset(word.rstrip("s")[:6] for word in words)


def _stems_of(name: str) -> frozenset[str]:
    parts = clauses(name, language_of([name]))
    return _stems({word.fold for part in parts for word in part if word.kind == "content"})


def _without_words(topic: TopicTexts) -> str:
    """Name a topic whose texts hold no phrase: the text itself, or what kind of thing it is."""
    text = topic.texts[topic.nearest_first[0]]
    plain = readable(text)
    short = shorten(plain)
    if any(char.isalpha() for char in short):
        long = max(map(len, short.split())) > LONGEST_WORD
        return f"{short[:24]}…" if long else sentence_case(short)
    if short:
        kind = "Numbers" if any(char.isdigit() for char in short) else "Messages"
        return f"{kind} like {shorten(short, words=3, characters=20)}"
    if "@" in text or "://" in text:
        return "Links and addresses"
    if any(char.isdigit() for char in text):
        return "Numbers"
    return "Messages without readable text"


def _description(topic: TopicTexts) -> str:
    """One sentence that claims no more than is known: the most central text, quoted."""
    room = LONGEST_DESCRIPTION - 20
    central = [clean(topic.texts[i][: 8 * room]) for i in topic.nearest_first[:5]]
    shown = [text for text in central if text]
    if not shown:
        return "Its messages hold nothing that can be shown."
    text = next((text for text in shown if len(text) <= room), shown[0])
    if len(text) > room:
        text = shorten(text, words=room, characters=room) + "…"
    return f"Typical: “{text}”"
