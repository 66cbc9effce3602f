"""From the body of a batch to events, and from what became of them to the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any

from ingestion.body import too_large
from ingestion.errors import Code, Refused
from ingestion.limits import MAX_BATCH, MAX_BODY, MAX_VALUES
from ingestion.payload import NewEvent, parse_event, parse_json

Parsed = NewEvent | Refused


def parse_batch(body: bytes, is_lines: bool, now: datetime) -> list[Parsed]:
    """Return each event of a JSON array, or of JSON lines, or why it is refused.

    Raises Refused where nothing can be said about single events.
    """
    _require_room(body)
    if is_lines:
        lines = list(islice(filter(bytes.strip, BytesIO(body)), MAX_BATCH + 1))
        _require_count(len(lines))
        return [_parsed_line(line, now) for line in lines]
    items = parse_json(body)
    if not isinstance(items, list):
        raise Refused(Code.INVALID_REQUEST, "The body must be a JSON array of events.")
    _require_count(len(items))
    if len(body) > MAX_BODY:
        items = [too_large() if _size(item) > MAX_BODY else item for item in items]
    return [_parsed(item, now) for item in items]


def answer(outcomes: Sequence[Parsed]) -> dict[str, Any]:
    """The answer's JSON object: what was stored with its ids, the others with what is wrong."""
    accepted = sum(isinstance(outcome, NewEvent) for outcome in outcomes)
    return {
        "accepted": accepted,
        "refused": len(outcomes) - accepted,
        "events": [
            {"index": index, **(each.answer() if isinstance(each, NewEvent) else each.body())}
            for index, each in enumerate(outcomes)
        ],
    }


def _parsed_line(line: bytes, now: datetime) -> Parsed:
    try:
        if len(line) > MAX_BODY:
            raise too_large()
        return _parsed(parse_json(line.rstrip(b"\r\n")), now)
    except Refused as refused:
        return refused


def _parsed(item: object, now: datetime) -> Parsed:
    if isinstance(item, Refused):
        return item
    try:
        return parse_event(item, now)
    except Refused as refused:
        return refused


def _size(item: object) -> int:
    """Bytes of a decoded event as JSON in UTF-8, as near as can be told once it is decoded."""
    written = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return len(written.encode(errors="surrogatepass"))


def _require_count(count: int) -> None:
    if not count:
        raise Refused(Code.INVALID_REQUEST, "The batch has no events.")
    if count > MAX_BATCH:
        message = f"The batch has more than {MAX_BATCH:,} events. Send fewer at once."
        raise Refused(Code.PAYLOAD_TOO_LARGE, message)


_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)
"""A string, or what stands before a value."""


def _require_room(body: bytes) -> None:
    """Refuse, before it is decoded, what takes many times its size in memory."""
    if sum(map(body.count, (b",", b"[", b"{"))) <= MAX_VALUES:  # in strings too, but quick
        return
    values = (token for token in _TOKEN.finditer(body) if token[0][:1] != b'"')
    if any(islice(values, MAX_VALUES, None)):
        message = f"The batch has more than {MAX_VALUES:,} values. Send less at once."
        raise Refused(Code.PAYLOAD_TOO_LARGE, message)
