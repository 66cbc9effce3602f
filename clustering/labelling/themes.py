"""Name themes without an LLM: by what their topics share, and the topics of other themes do not.

Candidates are phrases of one or two words from the names and the texts of the topics. A good one
is in most topics of its theme and in few others (class-based TF-IDF with topics in place of
documents), means what these topics mean, and stands where nouns do, after an article. It covers a
topic as far as the topic's texts hold it and as far as it means the topic: "restaurant" covers
"Find good place to eat" too. Where no phrase covers most topics, two are joined: "Refunds and
payments".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

from clustering.labelling.label import (
    LONGEST_NAME,
    Embed,
    Label,
    TopicTexts,
    name_key,
    sentence_case,
    shorten,
)
from clustering.labelling.theme_examples import NamedTopics
from clustering.labelling.words import LANGUAGES, Language, Word, clauses, language_of

READ = 40
"""Texts of each topic that are read, the nearest to its centroid."""

_LONGEST = 2
"""Words of a phrase."""
_COMMON = 0.3
"""Share of a topic's texts from which a phrase is the whole topic's."""
_RARE = 0.1
"""Share of the texts of any one topic below which a phrase is not looked at."""
_CANDIDATES = 20
"""Of each theme, that are compared by meaning."""
_FIRST = 10
"""Of them, the best, that a name may begin with."""
_ENOUGH = 0.6
"""Share of a theme's topics that a phrase must cover to be its name alone."""
_MORE = 0.12
"""Share of a theme's topics that a second phrase must add, unless it adds a topic."""
_A_TOPIC = 0.9
"""How far a topic must be a phrase's to count as added."""
_FAR = 0.9
"""Quantile of the similarity to topics of other themes: what a phrase may be mistaken for."""
_FAR_WEIGHT = 0.5
_UNRELATED = 0.25
"""Cosine up to which a phrase says nothing of a topic, however far the others are."""
_MEANT = 0.25
"""How much nearer than that a phrase is to a topic that it means in full, in units of cosine."""
_MEANINGLESS = 0.02
"""The least that is left of a phrase whose meaning speaks against it."""
_NOUN = 0.2
"""Share of its occurrences in the place of a noun from which a phrase counts as one."""
_NO_NOUN = 0.05
"""What is left of the merit of a phrase that is never found there."""
_SURELY = 0.5
"""How surely a phrase must be used as a noun to be joined to another."""
_STEM = 5
"""Letters by which two words count as forms of one."""
_AND = {"en": " and ", "de": " und ", "es": " y ", "fr": " et "}


@dataclass(eq=False)
class _Phrase:
    """What was seen of a phrase of one language in all topics."""

    words: tuple[str, ...]
    language: Language
    parts: Sequence[_Phrase]
    """The phrase of each of its words, if it has two."""
    shares: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    """By topic, the share of its texts that hold it."""
    surfaces: Counter[str] = field(default_factory=Counter)
    nouns: int = 0
    """Times that it stood where nouns do."""

    @property
    def spellings(self) -> list[str]:
        """The commonest first: "virtual card", "virtual cards"."""
        return sorted(self.surfaces, key=lambda text: (-self.surfaces[text], text))

    @property
    def surface(self) -> str:
        return self.spellings[0]

    @property
    def noun(self) -> float:
        """From 0 to 1: how surely it is used as a noun; 1 in a language without articles."""
        if not self.language.determiners:
            return 1.0
        if self.parts and self.words[-1].endswith(self.language.participles):
            return self.parts[-1].noun  # "my card declined" is no noun, "the news feed" is
        return min(1.0, self.nouns / self.surfaces.total() / _NOUN)


@dataclass(frozen=True)
class _Candidate:
    phrase: _Phrase
    presence: NDArray[np.float32]
    """(m,) how far it covers each topic of the theme, from 0 to 1."""
    quality: float
    """How well it names the topics that it covers."""

    def covers(self, first: _Candidate | None = None) -> float:
        """The share of the topics that it covers; or that it does better than another."""
        more = self.presence if first is None else self.presence - first.presence
        return float(np.maximum(more, 0).mean())


def label_themes(
    topics: NamedTopics,
    embed: Embed,
    *,
    wanted: Sequence[int] | None = None,
    taken_names: Collection[str] = (),
) -> list[Label]:
    """Return a label for each theme in `wanted` (all by default), in that order.

    The names differ from `taken_names` and from each other; themes of more topics choose first.
    They come without a description.
    """
    members = topics.members()
    places = sorted(members) if wanted is None else wanted
    near = [[topic.texts[i] for i in topic.nearest_first[:READ]] for topic in topics.texts]
    languages = [language_of(texts) for texts in near]
    phrases = _read(near, topics.names, languages)
    spoken = {
        place: Counter(languages[i] for i in members[place]).most_common(1)[0][0]
        for place in places
    }
    found = _candidates(
        phrases, topics.texts, {place: members[place] for place in places}, spoken, embed
    )
    taken = {name_key(name) for name in taken_names}
    chosen: dict[int, str] = {}
    for place in sorted(places, key=lambda place: (-len(members[place]), place)):
        central = topics.names[members[place][0]]
        options = chain(_names(found[place], _joiner(spoken[place])), [central], _numbered(central))
        chosen[place] = next(name for name in options if name_key(name) not in taken)
        taken.add(name_key(chosen[place]))
    return [Label(chosen[place], "", "keywords") for place in places]


def _joiner(language: Language) -> str:
    return next((_AND[code] for code, each in LANGUAGES.items() if each == language), ", ")


def _read(
    near: Sequence[Sequence[str]], names: Sequence[str], languages: Sequence[Language]
) -> list[_Phrase]:
    """The phrases of topics' texts and names, in the language of each, that are not rare in all."""
    found: dict[tuple[Language, tuple[str, ...]], _Phrase] = {}

    def phrase_of(words: tuple[str, ...], language: Language) -> _Phrase:
        if (language, words) not in found:
            parts = [phrase_of((word,), language) for word in words] if len(words) > 1 else []
            found[language, words] = _Phrase(words, language, parts)
        return found[language, words]

    def see(text: str, language: Language) -> Iterator[_Phrase]:
        for words, is_noun in _cuts(text, language):
            phrase = phrase_of(tuple(_key(word) for word in words), language)
            phrase.surfaces[" ".join(word.surface for word in words)] += 1
            phrase.nouns += is_noun
            yield phrase

    for place, (texts, name, language) in enumerate(zip(near, names, languages, strict=True)):
        for text in texts:
            for phrase in {id(phrase): phrase for phrase in see(text, language)}.values():
                phrase.shares[place] += 1 / len(texts)
        for phrase in see(name, language):
            phrase.shares[place] = max(phrase.shares[place], _COMMON)
    return [phrase for phrase in found.values() if max(phrase.shares.values()) >= _RARE]


def _cuts(text: str, language: Language) -> Iterator[tuple[Sequence[Word], bool]]:
    """Each run of one or two different content words, and whether it stands as a noun does: after
    an article or a possessive, and not before another such word."""
    for clause in clauses(text, language):
        kinds = [word.kind for word in clause]
        for start in range(len(clause)):
            for end in range(start, min(start + _LONGEST, len(clause))):
                if kinds[end] != "content" or _key(clause[end]) in map(_key, clause[start:end]):
                    break
                after = start > 0 and clause[start - 1].fold in language.determining
                yield clause[start : end + 1], after and kinds[end + 1 : end + 2] != ["content"]


def _key(word: Word) -> str:
    return word.fold.rstrip("s") or word.fold


def _candidates(
    phrases: Sequence[_Phrase],
    topics: Sequence[TopicTexts],
    members: Mapping[int, NDArray[np.int64]],
    spoken: Mapping[int, Language],
    embed: Embed,
) -> dict[int, list[_Candidate]]:
    """The likeliest phrases of each theme in its language, by what they cover there and mean."""
    presence = _presence(phrases, len(topics))
    everywhere = presence.sum(axis=1)
    likely = {
        place: _likely(presence[:, own].sum(axis=1), everywhere, phrases, spoken[place])
        for place, own in members.items()
    }
    surfaces = sorted({phrases[row].surface for rows in likely.values() for row in rows})
    if not surfaces:
        return {place: [] for place in members}
    vectors = dict(zip(surfaces, embed(surfaces), strict=True))
    centroids = np.stack([topic.centroid for topic in topics])
    broad = _breadth(phrases, presence, members)
    found: dict[int, list[_Candidate]] = {}
    for place, own in members.items():
        elsewhere = np.delete(np.arange(len(topics)), own)
        found[place] = []
        for row in likely[place]:
            similarity = centroids @ vectors[phrases[row].surface]
            far = float(np.quantile(similarity[elsewhere], _FAR)) if elsewhere.size else 0.0
            meant = np.clip((similarity[own] - max(far, _UNRELATED)) / _MEANT, 0, 1)
            distinct = float(presence[row, own].sum() / everywhere[row])
            quality = _meaning(float(similarity[own].mean()), far)
            quality *= (distinct * broad[place][row]) ** 0.5
            quality *= _NO_NOUN + (1 - _NO_NOUN) * phrases[row].noun
            covered = (presence[row, own] + meant) / 2
            found[place].append(_Candidate(phrases[row], covered, quality))
    return found


def _presence(phrases: Sequence[_Phrase], topics: int) -> NDArray[np.float32]:
    """(p, k) how far each phrase is each topic's by the share of texts that hold it, 0 to 1."""
    presence = np.zeros((len(phrases), topics), np.float32)
    for row, phrase in enumerate(phrases):
        presence[row, list(phrase.shares)] = list(phrase.shares.values())
    capped: NDArray[np.float32] = np.minimum(presence / _COMMON, 1)
    return capped


def _likely(
    here: NDArray[np.float32],
    everywhere: NDArray[np.float32],
    phrases: Sequence[_Phrase],
    language: Language,
) -> list[int]:
    """Rows of the phrases of a language that a theme has and others lack, the best first."""
    best = np.argsort(-(here**2) / everywhere, kind="stable").tolist()
    said = [row for row in best if phrases[row].language == language]
    return [row for row in said[:_CANDIDATES] if here[row]]


def _breadth(
    phrases: Sequence[_Phrase],
    presence: NDArray[np.float32],
    members: Mapping[int, NDArray[np.int64]],
) -> dict[int, NDArray[np.float32]]:
    """For each theme (p,) how much of what its words cover there each phrase does, 0 to 1: in a
    theme of flights "roundtrip flight" is too narrow."""
    row_of = {phrase: row for row, phrase in enumerate(phrases)}
    parts = np.array(
        [[row_of[part] for part in phrase.parts or (phrase, phrase)] for phrase in phrases]
    ).reshape(-1, _LONGEST)
    here = {place: presence[:, own].sum(axis=1) for place, own in members.items()}
    return {place: each / np.maximum(each[parts].max(axis=1), 1e-9) for place, each in here.items()}


def _meaning(own: float, far: float) -> float:
    """How much nearer a phrase is to topics of the theme than to others, in units of cosine."""
    return max(_MEANINGLESS, 0.1 + own - _FAR_WEIGHT * far)


def _names(found: Sequence[_Candidate], joiner: str) -> Iterator[str]:
    """Names from the best on: a phrase that covers most of the topics, or two."""
    for first in sorted(found, key=lambda each: -each.covers() * each.quality)[:_FIRST]:
        if first.covers() < _ENOUGH:
            others = [each for each in found if _may_join(each, first)]
            for second in sorted(others, key=lambda each: -each.covers(first) * each.quality)[:2]:
                name = f"{first.phrase.surface}{joiner}{second.phrase.surface}"
                if len(name) <= LONGEST_NAME:
                    yield sentence_case(name)
        for spelling in first.phrase.spellings:
            if len(spelling) <= LONGEST_NAME:
                yield sentence_case(spelling)


def _may_join(second: _Candidate, first: _Candidate) -> bool:
    """Whether it is another thing than the first, and is found where the first is not."""
    enough = min(_MORE, _A_TOPIC / len(second.presence))
    adds = second.covers(first) >= enough and second.phrase.noun >= _SURELY
    return adds and not _alike(second.phrase, first.phrase)


def _alike(one: _Phrase, other: _Phrase) -> bool:
    """Whether two phrases share a word: "share" and "shared" are no two things."""
    return any(a[:_STEM] == b[:_STEM] for a in one.words for b in other.words)


def _numbered(name: str) -> Iterator[str]:
    short = shorten(name, characters=LONGEST_NAME - 6)
    return (f"{short} {number}" for number in count(2))
