"""What a topic's label is, whoever wrote it, and what a name may look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

MOST_WORDS = 6
LONGEST_NAME = 60
"""Characters."""
LONGEST_DESCRIPTION = 200
"""Characters."""

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts to (n, d) unit vectors, by the model that made the topics' vectors."""

_JOINERS = "\u200c\u200d"  # hold together emoji and letters of some scripts
_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Tokens:
    """What answers of an LLM cost."""

    input: int = 0
    output: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.input + other.input, self.output + other.output)


@dataclass(frozen=True)
class Label:
    """A topic's name (at most six words, 60 characters) and one sentence about it."""

    name: str
    description: str
    source: Literal["llm", "keywords"]
    tokens: Tokens = Tokens()


@dataclass(frozen=True)
class TopicTexts:
    """A topic as the labellers see it: n distinct texts, or a sample of them."""

    texts: Sequence[str]
    occurrences: Sequence[int] | NDArray[np.int64]
    vectors: NDArray[np.float32]
    """(n, d), of length 1, in the order of the texts."""
    centroid: NDArray[np.float32]
    """(d,), of length 1."""

    @cached_property
    def nearest_first(self) -> list[int]:
        """Places of the texts by falling similarity to the centroid; ties in the texts' order."""
        similarity = np.round(self.vectors @ self.centroid, 5)
        return sorted(range(len(self.texts)), key=lambda i: (-similarity[i], self.texts[i]))


def clean(text: str) -> str:
    """Fold white space, and drop what cannot be seen: control characters, direction overrides.

    Invisible characters can make a name look like another one, turn a line around, or carry
    instructions to an LLM that no person reads.
    """
    if text.isprintable():
        return " ".join(text.split())
    shown = (
        char
        if unicodedata.category(char) not in _HIDDEN or char in _JOINERS
        else " " * char.isspace()
        for char in text
    )
    return " ".join("".join(shown).split()).strip(_JOINERS)


def shorten(text: str, *, words: int = MOST_WORDS, characters: int = LONGEST_NAME) -> str:
    """Clean a text and cut it at a word's end, or inside a word that alone is too long."""
    kept = clean(text[: 20 * characters]).split()[:words]
    while len(kept) > 1 and len(" ".join(kept)) > characters:
        kept.pop()
    return " ".join(kept)[:characters].strip()


def name_key(name: str) -> str:
    """Return what two names share if a reader would take them for the same."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", name).casefold()) or name


def sentence_case(name: str) -> str:
    """Capitalise the first letter, unless its word has a spelling of its own (iPhone)."""
    first, *_ = name.split(" ", 1)
    return name[:1].upper() + name[1:] if first == first.lower() else name
