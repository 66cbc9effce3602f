"""What a request for reading asks for. A parameter that is not understood is refused by name."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, QueryDict

from accounts.models import Project
from ingestion.errors import Code, Refused
from ingestion.segments import NAME, PREFIX, Segment

Key = tuple[int | float, ...]
"""What a list is ordered by, unique among its rows."""

ID = "[1-9][0-9]{0,17}"
MOST_ROWS = 200
ROWS = 50
"""Rows of a page at most, and where nothing is said."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a query, as the OpenAPI document describes it."""

    name: str
    schema: Mapping[str, Any]
    description: str


LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS},
    "Rows of a page.",
)
CURSOR = Parameter(
    "cursor",
    {"type": "string"},
    "`next_cursor` of the page before, with all other parameters as they were there.",
)
FORMAT = Parameter("format", {"type": "string", "enum": ["csv", "jsonl"]}, "`csv` if absent.")
_VALUE = {"type": "string", "pattern": r"\S"}
EVENT = Parameter(
    NAME,
    {"type": "array", "items": _VALUE},
    "Only messages of events with this name; of one of them, if it comes several times.",
)
WHERE = Parameter(
    "where",
    {
        "type": "object",
        "propertyNames": {"pattern": r"^where\.[A-Za-z0-9_.-]+$"},
        "additionalProperties": _VALUE,
    },
    "Only messages whose event has this value in an enum field: `where.platform=ios`. Several"
    " values of a field are “or”, several fields are “and”. A field may have any name.",
)
SEGMENT = (EVENT, WHERE)
PAGING = (LIMIT, CURSOR)


Row = TypeVar("Row", bound=Model)


def row_of(rows: QuerySet[Row], pk: int | str) -> Row:
    """The row of an id. Raises Http404, in words for whoever asked."""
    if (row := rows.filter(pk=pk).first()) is None:
        raise Http404(f"There is no {rows.model._meta.verbose_name} {pk} here.")
    return row


def invalid(parameter: str, message: str) -> Refused:
    """The answer to a parameter that cannot be."""
    return Refused(Code.INVALID_REQUEST, message, parameter)


@dataclass(frozen=True)
class Asked:
    """A request that was made with an API key, and the key's project."""

    project: Project
    path: str
    query: QueryDict

    def require_known(self, takes: Iterable[Parameter]) -> None:
        """Refuse a parameter that the address does not take, or that comes twice."""
        names = {parameter.name for parameter in takes}
        several = names & {EVENT.name}
        for name, values in self.query.lists():
            if WHERE.name in names and name.startswith(PREFIX):
                continue
            if name not in names - {WHERE.name}:
                known = {f"{PREFIX}<field>" if each == WHERE.name else each for each in names}
                listed = ", ".join(sorted(known)) or "none"
                raise invalid(name, f"There is no parameter of this name. Known are: {listed}.")
            if len(values) > 1 and name not in several:
                raise invalid(name, f"{name} comes more than once.")

    def choice(self, parameter: str, choices: Sequence[str], default: str) -> str:
        said = self.query.get(parameter, default)
        if said not in choices:
            raise invalid(parameter, f"{parameter} is one of: {', '.join(choices)}.")
        return said

    def number(self, parameter: str, most: int) -> int | None:
        """A number from 1 on; None where nothing is said."""
        said = self.query.get(parameter)
        if said is None:
            return None
        if not (said.isascii() and said.isdecimal() and len(said) < 20 and 1 <= int(said) <= most):
            raise invalid(parameter, f"{parameter} is a whole number from 1 to {most:,}.")
        return int(said)

    def id(self, parameter: str) -> str | None:
        """What may be an id; None where nothing is said."""
        said = self.query.get(parameter)
        if said is not None and not is_id(said):
            raise invalid(parameter, f"{parameter} is the id of a {parameter}.")
        return said

    @cached_property
    def limit(self) -> int:
        return self.number(LIMIT.name, MOST_ROWS) or ROWS

    @cached_property
    def segment(self) -> Segment:
        for name, values in self.query.lists():
            if (name == NAME or name.startswith(PREFIX)) and not all(map(str.strip, values)):
                raise invalid(name, f"{name} has no value.")
        found = Segment.of(self.query.lists())
        if found.is_cut:
            raise invalid("where", "The segment has more values, or longer ones, than it may hold.")
        return found

    @cached_property
    def after(self) -> Key | None:
        """The row after which the page begins; None for the first page."""
        code = self.query.get(CURSOR.name)
        return None if code is None else self._key(code)

    def cursor(self, key: Key) -> str:
        """The cursor that asks for the rows after one."""
        return base64.urlsafe_b64encode(json.dumps([self._digest, *key]).encode()).decode()

    def _key(self, code: str) -> Key:
        try:
            digest, *key = json.loads(base64.b64decode(code.encode(), b"-_", validate=True))
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise invalid(CURSOR.name, "This is not a cursor of an answer.") from error
        if digest != self._digest or not all(map(_is_number, key)) or not key:
            raise invalid(CURSOR.name, "This cursor belongs to a request with other parameters.")
        return tuple(key)

    @cached_property
    def _digest(self) -> str:
        """Of all that a cursor depends on: one of another request is refused."""
        rest = sorted(
            (name, values)
            for name, values in self.query.lists()
            if name not in (CURSOR.name, LIMIT.name)
        )
        said = json.dumps([self.project.pk, self.path, rest])
        return hashlib.sha256(said.encode()).hexdigest()[:12]


def is_id(said: str) -> bool:
    return re.fullmatch(ID, said) is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 2**63
