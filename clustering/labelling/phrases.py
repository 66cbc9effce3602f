"""Candidate names: phrases of a topic's texts that tell it from its siblings, likeliest first.

Class-based TF-IDF (after BERTopic, Grootendorst 2022) on words, not phrases: a phrase scores by
the cosine between its words and the topic's, so that a good phrase need not be frequent itself.
Ranking by meaning, in `keywords`, sees only the front of each list.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from clustering.labelling.label import LONGEST_NAME, MOST_WORDS, TopicTexts
from clustering.labelling.meaning import Bag
from clustering.labelling.words import NOT, Language, Word, clauses, language_of

LARGEST_SAMPLE = 200
"""Texts of one topic that are read, those nearest to its centroid."""
CANDIDATES = 60
"""Kept for each topic."""

_CENTRAL = 20
"""Nearest texts, whose phrases count even if no other text has them."""
_ONE_WORD = 0.8
"""Weight of a candidate of a single word: it rarely says what users want."""
_FEW = 15
_SPECIFIC = 0.02
"""Share of a topic's texts (unless they are few) that each word of a name must occur in."""
_BOLD = 0.2
"""The same for negations, which say the opposite, and for words with digits: "401k" names a topic,
"march 4" does not."""


@dataclass(frozen=True)
class Candidate:
    name: str
    words: frozenset[str]
    """Folded content words."""
    bag: Bag
    """All its words, folded."""
    question: bool
    """A whole question rather than a phrase."""


@dataclass
class _Seen:
    """What was counted of one phrase in one topic."""

    words: frozenset[str]
    bag: frozenset[str]
    question: bool
    central: bool = False
    count: int = 0
    begins: int = 0
    """Times that it began where a phrase may begin: not in the middle of a longer one."""
    ends: int = 0
    surfaces: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Reading:
    """What was read in the n texts of a topic that are nearest to its centroid."""

    phrases: dict[str, _Seen]
    words: dict[str, float]
    """Share of the texts that hold a content word, by occurrences."""
    bags: Sequence[Bag]
    """All words of each text, folded."""
    vectors: NDArray[np.float32]
    """(n, d), of the texts."""


@dataclass(frozen=True)
class _Cut:
    words: Sequence[Word]
    surface: str
    begins: bool
    ends: bool
    question: bool = False


def candidates(readings: Sequence[Reading]) -> list[list[Candidate]]:
    """Return up to `CANDIDATES` candidates for each topic; none for one without words."""
    spread: Counter[str] = Counter()
    for reading in readings:
        spread.update(reading.words)
    rarity = {word: math.log(1 + len(readings) / share) for word, share in spread.items()}
    return [_best(reading, rarity) for reading in readings]


def read(topic: TopicTexts) -> Reading:
    places = topic.nearest_first()[:LARGEST_SAMPLE]
    language = language_of([topic.texts[i] for i in places])
    phrases: dict[str, _Seen] = {}
    words: defaultdict[str, float] = defaultdict(float)
    bags: list[Bag] = []
    total = 0.0
    for rank, i in enumerate(places):
        weight = 1 + math.log(max(1, int(topic.occurrences[i])))
        total += weight
        found = list(clauses(topic.texts[i], language))
        bags.append({word.fold for clause in found for word in clause})
        cuts = [cut for clause in found for cut in _cut(clause, language)]
        for cut in cuts:
            key = "?" * cut.question + "".join(word.fold for word in cut.words)
            seen = phrases.get(key)
            if seen is None:
                seen = phrases[key] = _Seen(
                    _content(cut.words), frozenset(word.fold for word in cut.words), cut.question
                )
            seen.central |= rank < _CENTRAL
            seen.count += 1
            seen.begins += cut.begins
            seen.ends += cut.ends
            seen.surfaces[cut.surface] += 1
        for word in _content(list(chain.from_iterable(found))):
            words[word] += weight
    shares = {word: found / total for word, found in words.items()}
    return Reading(phrases, shares, bags, topic.vectors[places])


def _content(words: Sequence[Word]) -> frozenset[str]:
    return frozenset(word.fold for word in words if word.kind in ("content", "negation"))


def _cut(clause: Sequence[Word], language: Language) -> Iterator[_Cut]:
    """Yield every phrase of a clause, and the clause itself if it is a short question."""
    if clause[0].fold in language.asking and 2 <= len(clause) <= MOST_WORDS:
        yield _Cut(clause, _surface(clause), begins=True, ends=True, question=True)
    last = len(clause) - 1
    for start in range(len(clause)):
        if not _may_begin(clause, start, language):
            continue
        begins = start == 0 or clause[start - 1].kind not in ("content", "negation")
        kept: list[Word] = []
        for at in range(start, len(clause)):
            word = clause[at]
            if word.kind == "breaking" or len(kept) > MOST_WORDS:
                break
            if word.kind != "skipped" or not (language.terse or clause[at - 1].kind != "inner"):
                kept.append(_shown(word, language) if word.kind == "negation" else word)
            follower = clause[at + 1] if at < last else None
            if word.kind == "content":
                ends = follower is None or (
                    follower.kind != "content" and follower.fold not in language.ending
                )
            elif word.fold in language.ending and at > start:
                ends = follower is None or follower.kind in ("inner", "breaking")
            else:
                continue
            if len(kept) <= MOST_WORDS and _stands(kept, begins, ends, language):
                words = _passive(kept, language) if kept[0].kind == "negation" else kept
                yield _Cut(tuple(words), _surface(words), begins, ends)


def _may_begin(clause: Sequence[Word], start: int, language: Language) -> bool:
    """Whether a phrase may begin here: not at the "isn't" of "why isn't it here", the "not" of
    "did not arrive", or the verb of "I noticed a charge" and "not received"."""
    word, before = clause[start], clause[start - 1] if start else None
    if before is None or before.kind not in ("breaking", "negation"):
        return word.kind in ("content", "negation")
    if word.kind == "negation":
        return before.fold not in language.asking and word.surface.lower() != NOT
    return word.kind == "content" and not word.fold.endswith(language.participles)


def _shown(negation: Word, language: Language) -> Word:
    """The word in a phrase, from which forms of *to be* and *to have* go, negated or not."""
    surface = negation.surface.lower().replace("’", "'")
    return negation._replace(surface=NOT if surface in language.negating else surface)


def _stands(words: Sequence[Word], begins: bool, ends: bool, language: Language) -> bool:
    """Whether a phrase is whole: no sentence cut short ("integration with Shopify worked"), no
    half of what a small word joins ("rough sentences and good"), no word twice."""
    if words[-1].fold in language.hanging and all(word.kind != "negation" for word in words):
        return False
    if not ends and any(word.kind == "inner" for word in words[1:-1]):
        return False
    if not begins and any(word.fold in language.pairing for word in words):
        return False
    folds = [word.fold for word in words]
    return len(set(folds)) == len(folds)


def _passive(words: Sequence[Word], language: Language) -> Sequence[Word]:
    """Put what "not received" is about before it: "PIN not received"."""
    if (
        len(words) < 3
        or words[0].surface != NOT
        or any(word.kind != "content" for word in words[1:])
    ):
        return words
    done = words[1].fold.endswith(language.participles)
    return [*words[2:], *words[:2]] if done else words


def _surface(words: Sequence[Word]) -> str:
    return " ".join(word.surface for word in words).replace("' ", "'")


def _best(topic: Reading, rarity: dict[str, float]) -> list[Candidate]:
    """The likeliest; of a question and a phrase of the same words, the phrase."""
    weights = {word: share * rarity[word] for word, share in topic.words.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    scored: list[tuple[float, str, Candidate]] = []
    for key, seen in topic.phrases.items():
        if (seen.count < 2 and not seen.central) or not _is_general(seen, topic):
            continue
        surface = min(seen.surfaces, key=lambda text: (-seen.surfaces[text], text))
        words = surface.split()
        if len(words) > MOST_WORDS or len(surface) > LONGEST_NAME:
            continue
        own = math.sqrt(sum(rarity[word] ** 2 for word in seen.words)) or 1.0
        cosine = sum(weights[word] * rarity[word] for word in seen.words) / (length * own or 1.0)
        whole = min(seen.begins, seen.ends) / seen.count
        score = cosine * (0.5 + 0.5 * whole) * (_ONE_WORD if len(words) == 1 else 1.0)
        scored.append(
            (-round(score, 6), key, Candidate(surface, seen.words, seen.bag, seen.question))
        )
    best = [candidate for *_, candidate in sorted(scored, key=lambda row: row[:2])[:CANDIDATES]]
    said = {candidate.words for candidate in best if not candidate.question}
    return [
        candidate
        for candidate in best
        if not candidate.question or len(candidate.words) == 1 or candidate.words not in said
    ]


def _is_general(seen: _Seen, topic: Reading) -> bool:
    """Whether the words of a phrase belong to the topic rather than to one of its messages."""
    if len(topic.bags) < _FEW:
        return True
    return all(
        topic.words[word] >= (_BOLD if word == NOT or any(map(str.isdigit, word)) else _SPECIFIC)
        for word in seen.words
    )
