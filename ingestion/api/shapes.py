"""Dataclasses as JSON, as cells of a table, and as schemas that say what they are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from accounts.csv_files import Cell
from ingestion.payload import dump_json

Schema = dict[str, Any]

_PLAIN: Mapping[type, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    NoneType: {"type": "null"},
}


@dataclass(frozen=True)
class _Derived:
    kind: type
    value: Callable[[Any], Any]


_derived: dict[type, dict[str, _Derived]] = {}


def derive(shape: type, kind: type, **values: Callable[[Any], Any]) -> None:
    """Add computed values, all of the plain type `kind`, to what a dataclass is answered as."""
    known = _derived.setdefault(shape, {})
    known |= {name: _Derived(kind, value) for name, value in values.items()}


def as_plain(value: Any) -> Any:
    """A value as `dump_json` takes it: dataclasses as dictionaries, enums as their values."""
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: as_plain(getattr(value, each.name)) for each in fields(value)}
        more = _derived.get(type(value), {})
        return own | {name: each.value(value) for name, each in more.items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return value


@cache
def schema_of(kind: Any) -> Schema:
    """The schema of a type: a dataclass, a plain one, a list, tuple, union or literal of these."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        properties = {name: schema_of(each) for name, each in _members(kind).items()}
        return {
            "type": "object",
            "description": " ".join((kind.__doc__ or "").split()),
            "required": list(properties),
            "properties": properties,
            "additionalProperties": False,
        }
    if origin in (list, tuple):
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(each) for each in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [each.value for each in kind if each.value]}
    return dict(_PLAIN[kind])


@cache
def columns_of(kind: Any) -> tuple[str, ...]:
    """The columns of a table of dataclasses; those of what is nested follow its name."""
    return tuple(_columns(kind, ""))


def cells(row: Any) -> list[Cell]:
    """A dataclass as a row of such a table; a list is JSON within its cell."""
    return list(_cells(type(row), as_plain(row)))


def _columns(kind: Any, prefix: str) -> Iterator[str]:
    for name, each in _members(kind).items():
        if nested := _nested(each):
            yield from _columns(nested, f"{prefix}{name}_")
        else:
            yield prefix + name


def _cells(kind: Any, row: Mapping[str, Any] | None) -> Iterator[Cell]:
    for name, each in _members(kind).items():
        value = None if row is None else row[name]
        if nested := _nested(each):
            yield from _cells(nested, value)
        elif isinstance(value, list):
            yield dump_json(value).decode()
        else:
            yield int(value) if isinstance(value, bool) else value


def _members(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields and derived values, by name."""
    hints = get_type_hints(kind)
    own = {each.name: hints[each.name] for each in fields(kind)}
    return own | {name: each.kind for name, each in _derived.get(kind, {}).items()}


def _nested(kind: Any) -> Any:
    """The dataclass that a value is, or may be, if any."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return next((each for each in options if is_dataclass(each)), None)
