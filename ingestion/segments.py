"""A segment: a filter on enum fields and on the event's name, as a URL carries it. Pure; no Django.

`?where.platform=ios&where.platform=android&where.plan=pro&event=prompt_sent` is one: several
values of a field are "or", several fields are "and". A field or value that no event has stays in
the segment, which then matches nothing: a shared link never comes to mean more than it says.
To put one segment into another's URL, quote its `query` as the value of a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from accounts.ellipsis import with_ellipsis
from ingestion.limits import KEY_LENGTH
from ingestion.metadata import as_enum, as_enum_value, flatten
from ingestion.payload import clean

PREFIX = "where."
NAME = "event"
"""The parameters of a field's values and of event names."""

MAX_VALUES = 100
"""Values of a segment. Nobody reads more, and each is compared with every event."""

MAX_QUERY = 6_000
"""Characters of a segment in a URL. Proxies commonly refuse a URL of more than 8,000."""

SHOWN = 60
"""Characters of a value or key that a line of text has room for."""

_LISTED = 5
_STEERING = re.compile("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile("\r+\n")
_SIMPLE = re.compile(r"[^\s,“”]+")


class Condition(NamedTuple):
    """A value that a field may have, or a name that the event may have, where `key` is None."""

    key: str | None
    value: str

    @classmethod
    def of(cls, parameter: str, value: str) -> Condition | None:
        """Read a parameter of a URL; None where it is none of a segment's, or has no value."""
        if parameter == NAME:
            found = cls(None, _key(value))
        elif parameter.startswith(PREFIX):
            found = cls(_key(parameter.removeprefix(PREFIX)), as_enum(clean(value)))
        else:
            return None
        return found if found.value.strip() else None

    @property
    def parameter(self) -> str:
        return NAME if self.key is None else PREFIX + self.key

    @property
    def subject(self) -> str:
        """What is compared, for people."""
        return "event" if self.key is None else shown(self.key)


@dataclass(frozen=True)
class Segment:
    """Values by field key, and event names; each of them sorted. An empty one matches all."""

    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    is_cut: bool = field(default=False, compare=False)
    """Whether more was asked for than a segment may hold, and left out."""

    def __hash__(self) -> int:
        return hash((*self.conditions.items(), self.names))

    @classmethod
    def of(cls, lists: Iterable[tuple[str, Sequence[str]]]) -> Segment:
        """Read a URL's parameters, such as `request.GET.lists()`. Never raises.

        Parameters that belong to no segment are passed over.
        """
        return cls.holding(
            condition
            for parameter, values in lists
            for value in values
            if (condition := Condition.of(parameter, value))
        )

    @classmethod
    def parse(cls, query: str) -> Segment:
        """Read a query string; `Segment.parse(segment.query) == segment`."""
        return cls.of((parameter, [value]) for parameter, value in parse_qsl(query))

    @classmethod
    def holding(cls, wanted: Iterable[Condition]) -> Segment:
        """Return the segment of some conditions, as many as it may hold."""
        ordered = sorted(
            set(wanted), key=lambda each: (each.key is None, each.key or "", each.value)
        )
        kept = _within_limits(ordered)
        conditions: dict[str, tuple[str, ...]] = {}
        for key, value in kept:
            if key is not None:
                conditions[key] = (*conditions.get(key, ()), value)
        names = tuple(value for key, value in kept if key is None)
        return cls(conditions, names, is_cut=len(kept) < len(ordered))

    def __bool__(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.conditions or self.names)

    def __iter__(self) -> Iterator[Condition]:
        """The conditions one by one, in canonical order."""
        for key, values in self.conditions.items():
            yield from (Condition(key, value) for value in values)
        yield from (Condition(None, name) for name in self.names)

    @property
    def query(self) -> str:
        """The segment as a query string in canonical order: equal segments have equal ones."""
        return _encoded(self)

    @property
    def words(self) -> str:
        """`platform is ios or android, and plan is pro`; nothing for no filter."""
        subjects = [(shown(key), values) for key, values in self.conditions.items()]
        if self.names:
            subjects.append(("event", self.names))
        return ", and ".join(f"{subject} is {_either(values)}" for subject, values in subjects)

    def toggled(self, condition: Condition) -> Segment:
        """The neighbouring segment: without the condition if it is in this one, else with it."""
        return Segment.holding(set(self) ^ {condition})

    def matches(self, metadata: Mapping[str, Any], name: str) -> bool:
        """Whether an event is in the segment: the meaning that faster ways are compared with."""
        flat = flatten(metadata)
        return (not self.names or name in self.names) and all(
            key in flat and as_enum_value(flat[key]) in values
            for key, values in self.conditions.items()
        )


def shown(text: str, length: int = SHOWN) -> str:
    """A value or key on one line, without characters that would steer the text around it."""
    line = _STEERING.sub("\ufffd", " ".join(text.split()))
    return with_ellipsis(line, length)


def _key(text: str) -> str:
    """A field's key or an event's name; browsers send a line's end within it as CR LF.

    One that is longer than any can be is cut, with an ellipsis, so that it matches none.
    """
    return with_ellipsis(_LINE_END.sub("\n", clean(text)), KEY_LENGTH)


def _within_limits(ordered: Sequence[Condition]) -> list[Condition]:
    kept: list[Condition] = []
    length = 0
    for condition in ordered[:MAX_VALUES]:
        length += len(_encoded([condition])) + 1
        if length > MAX_QUERY:
            break
        kept.append(condition)
    return kept


def _encoded(conditions: Iterable[Condition]) -> str:
    return urlencode([(condition.parameter, condition.value) for condition in conditions])


def _either(values: Sequence[str]) -> str:
    listed = [_quoted(shown(value)) for value in values[:_LISTED]]
    if len(values) > _LISTED:
        listed.append(f"{len(values) - _LISTED} more")
    return " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)


def _quoted(value: str) -> str:
    return value if _SIMPLE.fullmatch(value) else f"“{value}”"
