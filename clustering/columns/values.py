"""What events say beside their texts: values of enum and number fields, names, users."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from sys import getsizeof
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from clustering.columns.sessions import Integers
from ingestion.metadata import Scalar, as_enum_value, as_text, flatten
from ingestion.models import Field, FieldType
from ingestion.stored import COLUMNS, stream

NAME, USER = "name", "user"
"""Columns of what events say beside their metadata."""

MOST_FIELDS = 200
MOST_VALUES = 2_000
"""Distinct values of an enum field that can be listed. Of a field with more, such as a customer's
id, blocks hold hashes: enough to find a value that is known."""

UNREADABLE = np.inf
"""In place of a number: a value that is no plain number, such as "12 ms" or "1,000"."""

# A value is read as it stands, without guessing at units or separators; at most 60 digits, so
# that none is out of range.
_NUMBER = re.compile(r"[+-]?\d{1,60}(\.\d{0,60})?([eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Values:
    """One column: an array, and for codes what they stand for.

    With a dictionary, code 0 is no value and code i the dictionary's i-th. Without one, a float64
    is NaN where there is no value, and an int64 the hash of a value (`hashed`), 0 for none.
    """

    array: NDArray[Any]
    dictionary: list[str] | None = None

    def packed(self) -> bytes:
        return self.array.tobytes()

    @cached_property
    def nbytes(self) -> int:
        """Bytes of memory that it takes: a dictionary often more than the array."""
        return self.array.nbytes + sum(map(getsizeof, self.dictionary or ()))

    @cached_property
    def counts(self) -> NDArray[np.int32]:
        """(len(dictionary),) how often each value comes."""
        assert self.dictionary is not None
        counts = np.bincount(self.array, minlength=len(self.dictionary) + 1)
        return counts[1:].astype(np.int32)

    def limited(self, values: Sequence[str]) -> Values:
        """The column with codes of only these values, in their order; any other is no value."""
        if self.dictionary is None:
            hashes = np.array([hashed(value) for value in values], np.int64)
            order = np.argsort(hashes)
            at = np.searchsorted(hashes[order[:-1]], self.array)
            return Values(np.where(hashes[order[at]] == self.array, order[at] + 1, 0), [*values])
        code = {value: place for place, value in enumerate(values, 1)}
        codes = [0, *(code.get(value, 0) for value in self.dictionary)]
        kind = np.min_scalar_type(len(values))
        return Values(np.array(codes, kind)[self.array], [*values])

    @classmethod
    def unpacked(cls, name: str, packed: bytes, rows: int, dictionary: list[str] | None) -> Values:
        """The inverse of `packed`, for a column that is not a block's own.

        The width of codes is that of `rows` of them.
        """
        if dictionary is None:
            is_number = name.startswith(FieldType.NUMBER)
            return cls(np.frombuffer(packed, "<f8" if is_number else "<i8"))
        return cls(np.frombuffer(packed, f"<u{len(packed) // rows}"), dictionary)


def column_name(field: Field) -> str:
    """The name of a field's column. A field that gets another type gets another column."""
    return f"{field.type} {field.pk}"


def wanted_fields(project_id: int) -> list[Field]:
    """The fields that blocks have columns of: numbers and enums."""
    fields = Field.objects.filter(
        project=project_id, type__in=[FieldType.NUMBER, FieldType.ENUM]
    ).order_by("-events", "key")
    return list(fields[:MOST_FIELDS])


def has_many_values(field: Field) -> bool:
    return field.distinct > MOST_VALUES


_NAMES_AND_USERS = """
    SELECT id, name, CASE WHEN user_id = '' THEN 0
                     ELSE ('x' || left(md5(user_id), 16))::bit(64)::bigint END
    FROM ingestion_event WHERE project_id = %s AND id = ANY(%s::bigint[])
"""


def read_names_and_users(project_id: int, events: Integers) -> dict[str, Values]:
    """The names of the events of these ids (m,), and a hash of their users; 0 for no user."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES_AND_USERS, [project_id, events.tolist()])
        found = {event_id: (name, user) for event_id, name, user in cursor.fetchall()}
    pairs = [found.get(event_id, (None, 0)) for event_id in events.tolist()]
    return {
        NAME: _coded([name for name, _ in pairs]),
        USER: Values(np.array([user for _, user in pairs], dtype=np.int64)),
    }


_EVENTS = f"""
    SELECT {COLUMNS} FROM ingestion_event event WHERE project_id = %s AND id = ANY(%s::bigint[])
"""  # noqa: S608

_Said = str | float | None


def read_values(project_id: int, events: Integers, fields: Sequence[Field]) -> dict[int, Values]:
    """The values of fields, by their ids, in the events of these ids (m,)."""
    said: dict[int, list[_Said]] = {}
    if fields and len(events):
        said = {
            event.id: _all_said(fields, event.metadata)
            for event in stream(_EVENTS, [project_id, events.tolist()])
        }
    nothing = _all_said(fields, {})
    rows = [said.get(event_id, nothing) for event_id in events.tolist()]
    return {
        field.pk: _column(field, [row[place] for row in rows]) for place, field in enumerate(fields)
    }


def _all_said(fields: Sequence[Field], metadata: Mapping[str, Any]) -> list[_Said]:
    """What one event says in each field."""
    flat = flatten(metadata)
    return [_said(field, flat.get(field.key)) for field in fields]


def _said(field: Field, value: Scalar | None) -> _Said:
    if field.type == FieldType.NUMBER:
        return np.nan if value is None else number(as_text(value))
    return None if value is None else as_enum_value(value)


def _column(field: Field, said: Sequence[Any]) -> Values:
    if field.type == FieldType.NUMBER:
        return Values(np.array(said, dtype=np.float64))
    if not has_many_values(field):
        return _coded(said)
    return Values(np.array([0 if each is None else hashed(each) for each in said], np.int64))


def hashed(value: str) -> int:
    """Half of a value's MD5, as SQL makes it of the ids of sessions and users too. No secret rests
    on it."""
    digest = hashlib.md5(value.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _coded(values: Sequence[str | None]) -> Values:
    dictionary = sorted({value for value in values if value is not None})
    codes: dict[str | None, int] = {value: code for code, value in enumerate(dictionary, 1)}
    codes[None] = 0
    kind = np.min_scalar_type(len(dictionary))
    return Values(np.array([codes[value] for value in values], dtype=kind), dictionary)


def number(value: str) -> float:
    """`UNREADABLE` where it is no plain number."""
    return float(value) if _NUMBER.fullmatch(value) else UNREADABLE
