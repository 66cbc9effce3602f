"""From the body of a batch to events, and from what became of them to the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingestion.body import too_large
from ingestion.errors import Code, Refused
from ingestion.limits import MAX_BATCH, MAX_BODY
from ingestion.payload import NewEvent, parse_event, parse_json

Parsed = NewEvent | Refused


def parse_batch(body: bytes, is_lines: bool, now: datetime) -> list[Parsed]:
    """Return each event of a JSON array, or of JSON lines, or why it is refused.

    Raises Refused where nothing can be said about single events.
    """
    if is_lines:
        lines = [line for line in body.splitlines() if line.strip()]
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
        return _parsed(parse_json(line), now)
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
        message = f"The batch has {count:,} events. Send up to {MAX_BATCH:,} at once."
        raise Refused(Code.PAYLOAD_TOO_LARGE, message)
