"""Every intent of the demo and how users word it.

The phrase files hold one text block per intent, one pattern a line:

- `[a|b|]` is one of the alternatives (the last one is nothing);
- `{slot}` is a word from `SLOTS`;
- a line that starts with `*` is a short message said often and word for word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import phrases_account as account
from . import phrases_asides as asides
from . import phrases_creative as creative
from . import phrases_feedback as feedback
from . import phrases_people as people
from . import phrases_technical as technical
from .phrases_abroad import ABROAD, SLOTS_ABROAD
from .phrases_slots import SLOTS as SLOTS_ENGLISH


@dataclass(frozen=True)
class Wording:
    """How one thing is said in one language."""

    patterns: tuple[str, ...]
    common: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intent:
    """What a user wants, and its wording by language ("en" always, others for a handful)."""

    name: str
    theme: str
    wordings: Mapping[str, Wording]


def _wording(block: str) -> Wording:
    lines = [" ".join(line.split()) for line in block.splitlines() if line.strip()]
    return Wording(
        patterns=tuple(line for line in lines if not line.startswith("* ")),
        common=tuple(line[2:] for line in lines if line.startswith("* ")),
    )


def _intents(themes: Mapping[str, Mapping[str, str]]) -> Iterable[Intent]:
    for theme, blocks in themes.items():
        for name, block in blocks.items():
            wordings = {"en": _wording(block)}
            for language, abroad in ABROAD.items():
                if name in abroad:
                    wordings[language] = _wording(abroad[name])
            yield Intent(name, theme, wordings)


THEMES: dict[str, dict[str, str]] = {
    "access": account.ACCESS,
    "billing": account.BILLING,
    "discounts": account.DISCOUNTS,
    "integrations": technical.INTEGRATIONS,
    "exports": technical.EXPORTS,
    "bugs": technical.BUGS,
    "mobile": technical.MOBILE,
    "design": creative.DESIGN,
    "writing": creative.WRITING,
    "credits": creative.CREDITS,
    "team": people.TEAM,
    "privacy": people.PRIVACY,
    "wishes": people.WISHES,
    "first steps": people.FIRST_STEPS,
}

INTENTS: dict[str, Intent] = {intent.name: intent for intent in _intents(THEMES)}

FEEDBACK: dict[str, Wording] = {name: _wording(block) for name, block in feedback.FEEDBACK.items()}

GREETINGS = _wording(asides.GREETINGS)
THANKS = {"en": _wording(asides.THANKS)} | {
    language: _wording(block) for language, block in asides.THANKS_ABROAD.items()
}
CHATTER = _wording(asides.CHATTER)

SLOTS: dict[str, tuple[str, ...]] = (
    SLOTS_ENGLISH | SLOTS_ABROAD | {"person_name": asides.PERSON_NAMES}
)
