"""Candidate names: phrases of a topic's texts that tell it from its siblings, likeliest first.

Class-based TF-IDF (after BERTopic, Grootendorst 2022) on words, not phrases: a phrase scores by
the cosine between its words and the topic's, so that a good phrase need not be frequent itself.
Ranking by meaning, in `keywords`, sees only the front of each list.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.labelling.label import LONGEST_NAME, MOST_WORDS, TopicTexts
from clustering.labelling.meaning import Bag
from clustering.labelling.words import NOT, Language, Word, clauses, language_of

LARGEST_SAMPLE = 100
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
"""The same for negations, which say the opposite, and for numbers: "401k" names a topic, "march 4"
and "table for two" do not."""
_ALTERNATIVES, _BY_TURNS = 5, 0.25
"""So many different words stand by turns between the same two, each in less than this share of the
texts that have those two."""
_SHORTEST_SLIP = 4
"""Letters of a word from which one that differs by a letter is taken for the same, misspelt."""


@dataclass(frozen=True)
class Candidate:
    name: str
    words: frozenset[str]
    """Folded content words."""
    bag: Bag
    """All its words, folded."""
    question: bool
    """A whole question rather than a phrase."""


class _Cut(NamedTuple):
    """A phrase as one text has it."""

    words: Sequence[Word]
    begins: bool
    """Whether it begins where a phrase may begin: not in the middle of a longer one."""
    ends: bool
    question: bool = False


@dataclass(frozen=True)
class Reading:
    """What was read in the n texts of a topic that are nearest to its centroid."""

    phrases: Mapping[str, Sequence[_Cut]]
    """Those that are found twice, or in a central text."""
    words: Mapping[str, float]
    """Share of the texts that hold a content word, by occurrences."""
    once: Set[str]
    """Those in one message alone."""
    bags: Sequence[Bag]
    """All words of each text, folded."""
    spellings: Mapping[str, Counter[str]]
    """How texts in upper and lower case spell content words that begin no clause."""
    language: Language
    vectors: NDArray[np.float32]
    """(n, d), of the texts."""


def candidates(readings: Sequence[Reading]) -> list[list[Candidate]]:
    """Return up to `CANDIDATES` candidates for each topic; none for one without words."""
    spread: Counter[str] = Counter()
    for reading in readings:
        spread.update(reading.words)
    rarity = {word: math.log(1 + len(readings) / share) for word, share in spread.items()}
    slips = _slips(readings)
    spelled = _spelled(readings)
    return [
        _best(reading, rarity, slips, spelled.get(reading.language, {})) for reading in readings
    ]


def _spelled(readings: Sequence[Reading]) -> Mapping[Language, Mapping[str, str]]:
    """How most of those who write a word with care spell it: API, not api or Api; by language."""
    counts: defaultdict[Language, defaultdict[str, Counter[str]]]
    counts = defaultdict(lambda: defaultdict(Counter))
    for reading in readings:
        for word, spellings in reading.spellings.items():
            counts[reading.language][word].update(spellings)
    return {
        language: {
            word: most
            for word, spellings in words.items()
            for most, count in spellings.most_common(1)
            if 1 < count > spellings.total() / 2
        }
        for language, words in counts.items()
    }


def _slips(readings: Sequence[Reading]) -> Set[str]:
    """Slips of the pen: words of one message of all that are a letter away from a commoner word,
    be it a small one.

    Two words are so near if they are the same once a letter at most is left out of each (after
    SymSpell, Garbe 2012); not the last one, in which "refund" and "refunds" differ.
    """
    topics = Counter(chain.from_iterable(reading.words for reading in readings))
    alone = {word for reading in readings for word in reading.once if topics[word] == 1}
    said = set(chain.from_iterable(chain.from_iterable(reading.bags for reading in readings)))
    commoner = {near for word in said - alone for near in _without_a_letter(word)}
    return {word for word in alone if not commoner.isdisjoint(_without_a_letter(word))}


def _without_a_letter(word: str) -> set[str]:
    """A word, and it without each letter but the last; a short word, which says little, alone."""
    if len(word) < _SHORTEST_SLIP:
        return {word}
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word) - 1))}


def read(topic: TopicTexts) -> Reading:
    places = topic.nearest_first[:LARGEST_SAMPLE]
    texts = [topic.texts[i] for i in places]
    language = language_of(texts)
    clauses_of = [list(clauses(text, language)) for text in texts]
    weights = [1 + math.log(max(1, int(topic.occurrences[i]))) for i in places]
    words: defaultdict[str, float] = defaultdict(float)
    for found, weight in zip(clauses_of, weights, strict=True):
        for word in _content(chain.from_iterable(found)):
            words[word] += weight
    total = sum(weights)
    shares = {word: found / total for word, found in words.items()}
    general = _general(shares, language) if len(texts) >= _FEW else set(shares)
    once = {word for word, found in words.items() if found <= 1}
    plain = _phrases(clauses_of, language, general - _interchangeable(clauses_of))
    phrases = plain or _phrases(clauses_of, language, general)
    bags = [{word.fold for word in chain.from_iterable(found)} for found in clauses_of]
    spellings = _spellings(texts, clauses_of)
    return Reading(phrases, shares, once, bags, spellings, language, topic.vectors[places])


def _spellings(
    texts: Sequence[str], clauses_of: Sequence[Sequence[Sequence[Word]]]
) -> dict[str, Counter[str]]:
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, found in zip(texts, clauses_of, strict=True):
        if text.islower() or text.isupper():
            continue
        for word in chain.from_iterable(clause[1:] for clause in found):
            if word.kind == "content":
                spellings[word.fold][word.surface] += 1
    return spellings


def _phrases(
    clauses_of: Sequence[Sequence[Sequence[Word]]], language: Language, general: Set[str]
) -> dict[str, list[_Cut]]:
    cuts: defaultdict[str, list[_Cut]] = defaultdict(list)
    central: set[str] = set()
    for rank, found in enumerate(clauses_of):
        for cut in chain.from_iterable(_cut(clause, language, general) for clause in found):
            key = "?" * cut.question + "".join([word.fold for word in cut.words])
            cuts[key].append(cut)
            if rank < _CENTRAL:
                central.add(key)
    return {key: each for key, each in cuts.items() if len(each) > 1 or key in central}


def _general(shares: Mapping[str, float], language: Language) -> set[str]:
    """The words that belong to a topic rather than to one of its messages."""

    def is_bold(word: str) -> bool:
        return word == NOT or word in language.counting or any(map(str.isdigit, word))

    return {
        word for word, share in shares.items() if share >= (_BOLD if is_bold(word) else _SPECIFIC)
    }


def _interchangeable(clauses_of: Sequence[Sequence[Sequence[Word]]]) -> set[str]:
    """Content words that mostly stand where others might: the languages of "translate it into
    French", the tools of "the Slack integration broke". One of them would name a topic of all."""
    between: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for clause in chain.from_iterable(clauses_of):
        folds = ["", *(word.fold for word in clause), ""]
        for word, before, after in zip(clause, folds, folds[2:], strict=False):
            if word.kind == "content":
                between[before, after][word.fold] += 1
    between.pop(("", ""), None)  # messages of one word
    often: Counter[str] = Counter()
    by_turns: Counter[str] = Counter()
    for words in between.values():
        often.update(words)
        if len(words) >= _ALTERNATIVES:
            few = _BY_TURNS * words.total()
            by_turns.update({word: count for word, count in words.items() if count < few})
    return {word for word, count in by_turns.items() if count >= often[word] / 2}


def _content(words: Iterable[Word]) -> frozenset[str]:
    return frozenset(word.fold for word in words if word.kind in ("content", "negation"))


def _cut(clause: Sequence[Word], language: Language, general: Set[str]) -> Iterator[_Cut]:
    """Yield every phrase of a clause, and the clause itself if it is a short question.

    All content words of a phrase are `general` ones.
    """
    short = 2 <= len(clause) <= MOST_WORDS
    if short and clause[0].fold in language.asking and _content(clause) <= general:
        yield _Cut(clause, begins=True, ends=True, question=True)
    for start in range(len(clause)):
        if not _may_begin(clause, start, language):
            continue
        begins = start == 0 or clause[start - 1].kind not in ("content", "negation")
        kept: list[Word] = []
        for at in range(start, len(clause)):
            word = clause[at]
            if word.kind == "breaking" or len(kept) > MOST_WORDS:
                break
            if word.kind in ("content", "negation") and word.fold not in general:
                break
            if word.kind != "skipped" or (clause[at - 1].kind == "inner" and not language.terse):
                kept.append(_shown(word, language) if word.kind == "negation" else word)
            if not (word.kind == "content" or (word.fold in language.ending and at > start)):
                continue
            ends = _ends_at(clause, at, language)
            if len(kept) <= MOST_WORDS and _stands(kept, begins, ends, language):
                words = _passive(kept, language) if kept[0].kind == "negation" else kept
                yield _Cut(tuple(words), begins, ends)


def _ends_at(clause: Sequence[Word], at: int, language: Language) -> bool:
    """Whether what follows a word that can be a phrase's last leaves the phrase whole."""
    if at == len(clause) - 1:
        return True
    follower = clause[at + 1]
    if clause[at].kind == "content":
        return follower.kind != "content" and follower.fold not in language.ending
    return follower.kind in ("inner", "breaking")


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
    folds, kinds = [word.fold for word in words], [word.kind for word in words]
    if folds[-1] in language.hanging and "negation" not in kinds:
        return False
    if not ends and "inner" in kinds[1:-1]:
        return False
    if not begins and not language.pairing.isdisjoint(folds):
        return False
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


def _surface(words: Sequence[Word], spelled: Mapping[str, str]) -> str:
    surfaces = [spelled.get(word.fold, word.surface) for word in words]
    return " ".join(surfaces).replace("' ", "'")


def _best(
    topic: Reading, rarity: Mapping[str, float], slips: Set[str], spelled: Mapping[str, str]
) -> list[Candidate]:
    """The likeliest; of a question and a phrase of the same words, the phrase."""
    weights = {word: share * rarity[word] for word, share in topic.words.items()}
    length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
    scored: list[tuple[float, str]] = []
    for key, cuts in topic.phrases.items():
        words = _content(cuts[0].words)
        if not slips.isdisjoint(words):
            continue
        own = math.sqrt(math.fsum([rarity[word] ** 2 for word in words])) or 1.0
        shared = math.fsum([weights[word] * rarity[word] for word in words])
        cosine = shared / (length * own or 1.0)
        begins, ends = sum([cut.begins for cut in cuts]), sum([cut.ends for cut in cuts])
        whole = min(begins, ends) / len(cuts)
        one_word = _ONE_WORD if len(cuts[0].words) == 1 else 1.0
        scored.append((-round(cosine * (0.5 + 0.5 * whole) * one_word, 6), key))
    found = (_candidate(topic.phrases[key], spelled) for _, key in sorted(scored))
    best = list(islice(filter(None, found), CANDIDATES))
    said = {candidate.words for candidate in best if not candidate.question}
    return [
        candidate
        for candidate in best
        if not candidate.question or len(candidate.words) == 1 or candidate.words not in said
    ]


def _candidate(cuts: Sequence[_Cut], spelled: Mapping[str, str]) -> Candidate | None:
    """A phrase as most texts write it; None if that is too long for a name."""
    surfaces = Counter([_surface(cut.words, spelled) for cut in cuts])
    surface = min(surfaces, key=lambda text: (-surfaces[text], text))
    if len(surface.split()) > MOST_WORDS or len(surface) > LONGEST_NAME:
        return None
    words = cuts[0].words
    bag = frozenset(word.fold for word in words)
    return Candidate(surface, _content(words), bag, cuts[0].question)
