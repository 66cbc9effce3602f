"""From a request's bytes to an event, or to a refusal that names what is wrong. Pure; no Django."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Never

import orjson

from ingestion.errors import Code, Refused
from ingestion.limits import EARLIEST, KEY_LENGTH, MAX_AHEAD, MAX_DEPTH, MAX_TEXT

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_DIGITS = re.compile(r"\d{9,}(\.\d+)?", re.ASCII)
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{4}|\d{6})?")
"""A date in digits alone, perhaps with a time. Read as an epoch it would lie in 1970, 1976 or
2570."""
_SHOWN_KEY = 60
_MILLISECONDS_FROM = 1e11
"""An epoch this large is in milliseconds: in seconds it is the year 5138, in milliseconds 1973."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class NewEvent:
    """A valid event. The ids are those that the client sent, or generated ones."""

    name: str
    session_id: str | int
    user_id: str | int
    metadata: dict[str, Any]
    timestamp: datetime
    event_id: str | None = None
    """The client's idempotency key: an event whose key is known is not stored again."""

    def with_ids(self, session_id: str, user_id: str) -> NewEvent:
        """This event with the ids that it was stored with, in the form in which they were sent."""
        return replace(
            self,
            session_id=self.session_id if str(self.session_id) == session_id else session_id,
            user_id=self.user_id if str(self.user_id) == user_id else user_id,
        )

    def answer(self) -> dict[str, str | int]:
        """What the client is told."""
        return {"user_id": self.user_id, "session_id": self.session_id}


def parse_json(body: bytes) -> object:
    """Decode strict JSON in UTF-8. Of a key that comes twice, the last value counts.

    Raises Refused.
    """
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _invalid(f"The body is not UTF-8: wrong byte at position {error.start}.") from error
    except json.JSONDecodeError as error:
        raise _invalid(f"The body is not JSON: {error.msg} ({_place(error)}).") from error
    except RecursionError as error:
        raise _invalid("The body is nested too deeply.") from error
    except ValueError as error:  # Python's limit on the digits of an integer
        raise _invalid("The body has a number with too many digits.") from error


def dump_json(value: object) -> bytes:
    """Encode what was parsed, moments in ISO 8601. Whatever `parse_json` let in can be written."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, or nested deeper than it goes
        return json.dumps(value, ensure_ascii=False, default=datetime.isoformat).encode()


def parse_event(body: object, now: datetime) -> NewEvent:
    """Validate a decoded event. Unknown keys are ignored. Raises Refused."""
    if not isinstance(body, dict):
        raise _invalid("The body must be a JSON object.")
    return NewEvent(
        name=_name(body),
        metadata=_metadata(body),
        session_id=_id(body, "session_id"),
        user_id=_id(body, "user_id"),
        timestamp=_timestamp(body.get("timestamp"), now),
        event_id=_event_id(body),
    )


def clean(text: str) -> str:
    """Replace what PostgreSQL cannot store, NUL and lone surrogates, by U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def _place(error: json.JSONDecodeError) -> str:
    """Where JSON is wrong. One line has no number, for it may be any of a batch."""
    column = f"column {error.colno}"
    return f"line {error.lineno}, {column}" if "\n" in error.doc else column


def _name(body: Mapping[str, Any]) -> str:
    name = _required(body, "name")
    if not isinstance(name, str):
        raise _invalid("name must be a string.", "name")
    if not name.strip():
        raise _invalid("name must not be empty.", "name")
    return _short(clean(name), "name")


def _metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = _required(body, "metadata")
    if not isinstance(metadata, dict):
        raise _invalid("metadata must be an object.", "metadata")
    cleaned = {}
    for key, value in metadata.items():
        path = f"metadata.{clean(key[:_SHOWN_KEY])}"
        cleaned[_short(clean(key), path)] = _cleaned(value, path, 1)
    return cleaned


def _cleaned(value: Any, path: str, depth: int) -> Any:
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise _too_long(path, MAX_TEXT)
        return clean(value)
    if isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise _invalid(f"{path} is nested more than {MAX_DEPTH} levels deep.", path)
        if isinstance(value, list):
            return [_cleaned(item, path, depth + 1) for item in value]
        return {
            _short(clean(key), path): _cleaned(item, path, depth + 1) for key, item in value.items()
        }
    return value


def _event_id(body: Mapping[str, Any]) -> str | None:
    value = _sent_id(body, "event_id")
    return None if value is None else str(value)


def _id(body: Mapping[str, Any], field: str) -> str | int:
    value = _sent_id(body, field)
    return str(uuid.uuid4()) if value is None else value


def _sent_id(body: Mapping[str, Any], field: str) -> str | int | None:
    value = body.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1.0 is an integer in JSON Schema, and so in what the API promises
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _invalid(f"{field} must be a string or an integer.", field)
    if isinstance(value, int):
        _short(str(value), field)
        return value
    return _short(clean(value), field)


def _timestamp(value: Any, now: datetime) -> datetime:
    if value is None or value == "":
        return now
    try:
        moment = _moment(value)
    except (ValueError, OverflowError) as error:
        raise _invalid(
            "timestamp must be ISO 8601 (2026-01-31T12:00:00Z) or an epoch in seconds or"
            " milliseconds.",
            "timestamp",
        ) from error
    if moment < EARLIEST:
        message = "timestamp is that of a program that set none. Leave it out, or send the time."
        raise _invalid(message, "timestamp")
    if moment > now + MAX_AHEAD:
        raise _invalid("timestamp is more than an hour ahead.", "timestamp")
    return moment


def _moment(value: Any) -> datetime:
    """Raises ValueError, OverflowError or Refused. A time without a zone is in UTC."""
    if isinstance(value, str):
        text = value.strip()
        if not _DIGITS.fullmatch(text):
            parsed = datetime.fromisoformat(text)
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    if _DATE.fullmatch(str(int(value))):
        message = f"timestamp {int(value)} may be a date or an epoch. Write 2026-01-31T12:00:00Z."
        raise _invalid(message, "timestamp")
    seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
    return _EPOCH + timedelta(seconds=seconds)


def _required(body: Mapping[str, Any], field: str) -> Any:
    value = body.get(field)
    if value is None:
        raise Refused(Code.MISSING_REQUIRED_FIELD, f"Missing required field: {field}", field)
    return value


def _short(text: str, field: str) -> str:
    if len(text) > KEY_LENGTH:
        raise _too_long(field, KEY_LENGTH)
    return text


def _too_long(field: str, limit: int) -> Refused:
    message = f"{field} is longer than {limit:,} characters."
    return Refused(Code.TEXT_TOO_LONG, message, field)


def _invalid(message: str, field: str | None = None) -> Refused:
    return Refused(Code.INVALID_REQUEST, message, field)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _invalid("The body has a number too large for a double.")
    return number


def _no_constant(name: str) -> Never:
    raise _invalid(f"{name} is not JSON; send null instead.")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
