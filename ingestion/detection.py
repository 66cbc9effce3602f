"""How a metadata key is used: free text, one of a few values, or a number. Pure; no Django.

Three things are weighed, in this order:

1. *Shape.* Values that no person types (UUIDs, hashes, times) are never text; numbers are numbers,
   unless the name says that they only name something (`zip_code`, `is_new`, `order_id`).
2. *Name.* The last word of the key decides most: `user_prompt` is text, `prompt_language` is not.
   A name is what there is to go by at the first event, when a text field's value may be "ok".
3. *Evidence.* With more values, how long they are and how often they repeat corrects the name:
   a `message` that is always one of four words is an enum, a `category` of sentences is text.

The answer depends on nothing but the arguments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingestion.metadata import Scalar, as_text
from ingestion.shapes import MACHINE, OPAQUE, Shape, says_nothing, shape_of, words_in

DetectedType = Literal["text", "enum", "number"]

ENOUGH = 20
"""Events from which evidence may overrule a name."""

MANY = 100
"""Events after which a few distinct values are not chance."""

_MOST = 0.8
_PHRASE, _SENTENCE = 2.5, 4.0
"""Words, on average, of what people write under a name that tells nothing."""
_FEW = 12
_NOT_WORDS = MACHINE | {Shape.NUMBER, Shape.BOOLEAN}


@dataclass(frozen=True)
class Detection:
    """A type, and why, in words for the settings page."""

    type: DetectedType
    why: str


def detect(
    key: str,
    values: Sequence[Scalar],
    *,
    events: int | None = None,
    distinct: int | None = None,
) -> Detection:
    """Return the type of a field from its dotted key and some of its values, none of them blank.

    `values` may be all values or a sample of them, with or without repeats. Where it is a sample,
    say in how many `events` the key was seen and with how many `distinct` values.
    """
    if not values:
        return Detection("enum", "No value seen yet")
    return _Evidence.of(key, values, events, distinct).decide()


@dataclass(frozen=True)
class _Evidence:
    """What is known of a field."""

    name: _Name
    shapes: Counter[Shape]
    strings: float
    words: float
    events: int
    distinct: int

    @classmethod
    def of(
        cls, key: str, values: Sequence[Scalar], events: int | None, distinct: int | None
    ) -> _Evidence:
        telling = [value for value in values if not says_nothing(value)] or values
        return cls(
            name=_Name.of(key),
            shapes=Counter(shape_of(value) for value in telling),
            strings=sum(isinstance(value, str) for value in telling) / len(telling),
            words=sum(words_in(value) for value in telling) / len(telling),
            events=len(values) if events is None else events,
            distinct=len({as_text(value) for value in values}) if distinct is None else distinct,
        )

    def decide(self) -> Detection:
        shape, count = self.shapes.most_common(1)[0]
        if count >= _MOST * self.shapes.total():
            found = self._uniform(shape)
            if found:
                return found
        elif self._share(_NOT_WORDS) >= _MOST and not self._may_be_text():
            return Detection("enum", f"Mostly {shape} and other values of programs")
        return self._worded()

    def _uniform(self, shape: Shape) -> Detection | None:
        """The type where nearly all values have one shape, if that shape alone tells."""
        if shape not in _NOT_WORDS or (shape not in OPAQUE and self._may_be_text()):
            return None
        if shape is Shape.JSON and self.name.is_text:
            return None  # what a person wrote may be within
        if shape is not Shape.NUMBER:
            return Detection("enum", f"The values are {shape}")
        if self.name.is_label:
            return Detection("enum", f"Numbers that name something, as “{self.name.head}” says")
        if self.shapes[Shape.CODE]:
            return Detection("enum", "Some of the numbers begin with 0, as codes do")
        return Detection("number", "The values are numbers")

    def _may_be_text(self) -> bool:
        """Whether the name promises text and so few strings do not refute it."""
        return self.name.is_text and self.events < ENOUGH and self.strings > 1 - _MOST

    def _worded(self) -> Detection:
        """The type where values are words, by the name first."""
        if self.name.is_text:
            if self._repeats() and self.words < _SENTENCE:
                return Detection("enum", self._repeats_why())
            return Detection("text", f"The name says so: “{self.name.head}”")
        if self.name.is_machine:
            return Detection("enum", f"The name says so: “{self.name.head}”")
        if self.name.is_label:
            long = _SENTENCE if self.events >= ENOUGH else 2 * _SENTENCE
            if self.words >= long and self._varies():
                return Detection("text", f"Sentences of {self.words:.0f} words, most different")
            return Detection("enum", f"The name says so: “{self.name.head}”")
        return self._unnamed()

    def _unnamed(self) -> Detection:
        """The type where the name tells nothing."""
        if self._repeats():
            return Detection("enum", self._repeats_why())
        if self.words >= _SENTENCE and self._varies():
            return Detection("text", f"Sentences of {self.words:.0f} words on average")
        if self.words >= _PHRASE and self._varies() and self.events >= ENOUGH:
            return Detection("text", f"Phrases, {self.distinct} different in {self.events} events")
        return Detection("enum", "Short values" if self._varies() else self._repeats_why())

    def _share(self, shapes: frozenset[Shape]) -> float:
        return sum(self.shapes[shape] for shape in shapes) / self.shapes.total()

    def _varies(self) -> bool:
        """Whether most values are new, or, of many events, enough are."""
        return self.distinct >= 0.5 * self.events or self.distinct > MANY

    def _repeats(self) -> bool:
        """Whether few values come again and again."""
        return self.events >= MANY and self.distinct <= _FEW

    def _repeats_why(self) -> str:
        different = "1 value" if self.distinct == 1 else f"{self.distinct} different values"
        return f"{different} in {self.events} events"


_TEXT = frozenset(
    """ about answer ask bio body chat comment complaint concern content description detail details
    explanation feedback input instruction keyword memo message msg note opinion output paragraph
    post problem prompt q query question remark reply request response review search sentence story
    suggestion summary text thought transcript tweet utterance why
    """.split()
)
"""What people write; in the plural too."""

_MACHINE = frozenset(
    """ account addr address agent assignee at author brand build city client commit company contact
    country csrf currency customer date datetime day domain email endpoint epoch file filename
    fingerprint guid hash hostname host href id ids image ip iso key lang language latitude link
    locale location longitude mail mime month name organization owner path phone postcode recipient
    referer referrer ref region route screen sdk sender sha signature slug span state street time
    timestamp timezone token trace ts tz ua uid unix uri url user username uuid vendor version week
    weekday year zip zipcode zone
    """.split()
)
"""What names somebody, something, a place or a moment: never text."""

_LABEL = frozenset(
    """ action app browser bucket campaign category channel class cohort code color colour component
    department device emotion enabled env environment error event experiment feature flag format
    gender group industry intent kind label level list medium method mode model module next os
    outcome page persona plan platform priority product provider reason result role segment
    sentiment service severity sku source stage status step subscription tag team template tenant
    theme tier topic type variant
    """.split()
)
"""What is usually one of a few values, unless sentences say otherwise."""

_NAMES = _MACHINE | _LABEL

_QUANTITIES = frozenset({"latitude", "level", "longitude", "priority", "severity", "time"})
"""Those of the above that measure something when the values are numbers."""

_NUMBERED = _MACHINE | frozenset(
    "booking build card case contract invoice member order part receipt serial ticket".split()
)
"""What has a number for a name: `order_number` names an order, `turn_number` counts turns."""

_LONGEST_WORD = 60
"""Characters of a name's last word that are looked at and quoted: no known one has as many."""

_FLAGS = frozenset({"is", "has", "can", "was", "did", "should", "allow", "allows"})
_COMPOUNDS = {
    "userid": "id",
    "sessionid": "id",
    "useragent": "agent",
    "freetext": "text",
    "searchterm": "search",
}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class _Name:
    """What a key's last word says, and whether the one before makes it a flag or a reference."""

    head: str
    is_flag: bool
    is_reference: bool

    @classmethod
    def of(cls, key: str) -> _Name:
        parts = [part.lower() for part in _PART.findall(key.rpartition(".")[2])]
        # Past a language or version at the end: `text_en`, `promptV2`.
        telling = [part for part in parts if len(part) > 2 or part in _NAMES or part in _TEXT]
        head = (telling or parts or [key])[-1][:_LONGEST_WORD]
        head = _COMPOUNDS.get("".join(parts[-2:]), _COMPOUNDS.get(head, head))
        if head.endswith("s") and head[:-1] in _TEXT:
            head = head[:-1]
        return cls(
            head,
            is_flag=len(parts) > 1 and parts[0] in _FLAGS,
            is_reference=len(parts) > 1
            and parts[-1] in {"number", "no", "nr"}
            and parts[-2] in _NUMBERED,
        )

    @property
    def is_text(self) -> bool:
        return self.head in _TEXT and not self.is_flag

    @property
    def is_machine(self) -> bool:
        return self.head in _MACHINE

    @property
    def is_label(self) -> bool:
        """Whether even numbers are names here."""
        names = self.head in _NAMES and self.head not in _QUANTITIES
        return names or self.is_flag or self.is_reference
