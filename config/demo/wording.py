"""From a phrase pattern to what one person types: expansion, habits, typos."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

Fill = Callable[[str], str]
"""The word for a slot's name."""


@dataclass(frozen=True)
class Slot:
    name: str


@dataclass(frozen=True)
class Choice:
    options: tuple["Sequence", ...]


Sequence = tuple[str | Slot | Choice, ...]

_TOKEN = re.compile(r"[\[\]|{}]|[^\[\]|{}]+")
_SPACE = re.compile(r"\s+")
_SPACE_BEFORE_COMMA = re.compile(r" +(?=,|[.](?:\s|$))")
_SPACE_BEFORE_MARK = re.compile(r" +(?=[?!])")


@cache
def parse(pattern: str) -> Sequence:
    """The pattern as a tree. Raises ValueError where brackets or braces do not match."""
    tokens = _TOKEN.findall(pattern)
    sequence, end = _parse_sequence(tokens, 0, closing=None)
    if end != len(tokens):
        raise ValueError(f"unmatched {tokens[end]!r} in phrase pattern: {pattern}")
    return sequence


def _parse_sequence(tokens: list[str], at: int, closing: str | None) -> tuple[Sequence, int]:
    """Reads up to `|` or `closing`; outside of brackets, up to the end."""
    nodes: list[str | Slot | Choice] = []
    while at < len(tokens):
        token = tokens[at]
        if token == "[":
            choice, at = _parse_choice(tokens, at + 1)
            nodes.append(choice)
        elif token == "{":
            if tokens[at + 2 : at + 3] != ["}"]:
                raise ValueError(f"unmatched '{{' in phrase pattern: {''.join(tokens)}")
            nodes.append(Slot(tokens[at + 1]))
            at += 3
        elif token in ("|", "]", "}"):
            break
        else:
            nodes.append(token)
            at += 1
    if closing is not None and at == len(tokens):
        raise ValueError(f"missing {closing!r} in phrase pattern: {''.join(tokens)}")
    return tuple(nodes), at


def _parse_choice(tokens: list[str], at: int) -> tuple[Choice, int]:
    options: list[Sequence] = []
    while True:
        option, at = _parse_sequence(tokens, at, closing="]")
        options.append(option)
        if tokens[at] == "]":
            return Choice(tuple(options)), at + 1
        if tokens[at] != "|":
            raise ValueError(f"unmatched {tokens[at]!r} in phrase pattern: {''.join(tokens)}")
        at += 1


def slots(sequence: Sequence) -> set[str]:
    """The names of all slots in a parsed pattern."""
    names: set[str] = set()
    for node in sequence:
        if isinstance(node, Slot):
            names.add(node.name)
        elif isinstance(node, Choice):
            names.update(*(slots(option) for option in node.options))
    return names


def expand(pattern: str, rng: random.Random, fill: Fill, *, language: str = "en") -> str:
    """One wording of the pattern. French keeps its space before `?` and `!`."""
    parts: list[str] = []
    _expand(parse(pattern), rng, fill, parts)
    text = _SPACE.sub(" ", "".join(parts)).strip()
    text = _SPACE_BEFORE_COMMA.sub("", text)
    return text if language == "fr" else _SPACE_BEFORE_MARK.sub("", text)


def _expand(sequence: Sequence, rng: random.Random, fill: Fill, parts: list[str]) -> None:
    for node in sequence:
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, Slot):
            parts.append(fill(node.name))
        else:
            _expand(rng.choice(node.options), rng, fill, parts)


@dataclass(frozen=True)
class Habits:
    """How one person types, in every message."""

    lower_case: bool
    bare: bool
    """Leaves out question marks and full stops."""
    polite: bool
    typo_share: float
    emoji_share: float


def habits(rng: random.Random) -> Habits:
    """A random person: a third type in lower case, a quarter carelessly."""
    careless = rng.random() < 0.25
    return Habits(
        lower_case=rng.random() < 0.33,
        bare=rng.random() < 0.35,
        polite=rng.random() < 0.22,
        typo_share=0.24 if careless else 0.03,
        emoji_share=0.12 if rng.random() < 0.3 else 0.005,
    )


def type_out(text: str, person: Habits, rng: random.Random, *, emoji: tuple[str, ...]) -> str:
    """The text as this person would type it."""
    if person.bare:
        text = text.rstrip(".?!").rstrip() or text
    elif text[-1].isalpha() and text.count(" ") > 4 and rng.random() < 0.4:
        text += "."
    if person.lower_case:
        text = text.lower()
    else:
        text = text[:1].upper() + text[1:]
        if rng.random() < 0.008:
            text = text.upper()
    if rng.random() < person.typo_share:
        text = mistype(text, rng)
    if rng.random() < person.emoji_share:
        text = f"{text} {rng.choice(emoji)}"
    return text


_KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    key: row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
    for row in _KEY_ROWS
    for at, key in enumerate(row)
}


def mistype(text: str, rng: random.Random) -> str:
    """The text with one slip, sometimes two, inside words of four letters or more."""
    for _ in range(2 if len(text) > 40 and rng.random() < 0.3 else 1):
        words = [match.span() for match in re.finditer(r"[A-Za-z]{4,}", text)]
        if not words:
            return text
        start, end = rng.choice(words)
        at = rng.randrange(start + 1, end - 1)
        text = text[:at] + _slip(text[at], text[at + 1], rng) + text[at + 2 :]
    return text


def _slip(letter: str, following: str, rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.3:
        return following
    if kind < 0.5:
        return letter * 2 + following
    if kind < 0.75:
        return following + letter
    return rng.choice(_NEIGHBOURS.get(letter.lower(), letter)) + following
