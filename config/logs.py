"""Log lines: one for each fact, as text or as JSON, with the request or job that it is about.

No user's text gets into them. A message ends with its first line, control characters are escaped,
and of an exception there are its kind and its frames: its own words may quote what a user wrote.
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from rq import get_current_job

from accounts.environ_keys import PROJECT, REQUEST_ID

request: ContextVar[dict[str, Any] | None] = ContextVar("request", default=None)
"""The environ of the request that this thread answers."""


def context(record: logging.LogRecord | None) -> dict[str, str]:
    """The request and project, or the job, that a record is about."""
    if environ := request.get():
        named = {"request": environ.get(REQUEST_ID), "project": environ.get(PROJECT)}
        return {name: str(value) for name, value in named.items() if value}
    job = get_current_job()
    job_id = job.id if job else getattr(record, "job_id", None)  # RQ's own say it
    return {"job": job_id} if job_id else {}


class Lines(logging.Formatter):
    """Lines for people to read; the frames of an exception follow."""

    def format(self, record: logging.LogRecord) -> str:
        about = "".join(f" {name}={value}" for name, value in context(record).items())
        line = f"{_moment(record)} {record.levelname} {record.name} {_message(record)}{about}"
        frames, kinds = _failure(record)
        if not kinds:
            return line
        said = ["Traceback (most recent call last):", *(f"  {frame}" for frame in frames)]
        return "\n".join([line, *said, " from ".join(kinds)])


class Json(logging.Formatter):
    """An object a line, for programs to read."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **context(record),
        }
        frames, kinds = _failure(record)
        if kinds:
            said |= {"exception": kinds, "frames": frames}
        return orjson.dumps(said).decode()


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    lines = record.getMessage().splitlines() or [""]
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in lines[0].encode(errors="replace").decode()
    )


def _failure(record: logging.LogRecord) -> tuple[list[str], list[str]]:
    """Where it happened, the outermost frame first, and the kinds of exception, the last first."""
    found: Any = record.exc_info
    if not found and "Traceback (most recent call last)" in record.getMessage():
        found = sys.exc_info()  # of a job that failed: RQ writes it into the message
    error = found[1] if found else None
    if error is None:
        return [], []
    frames = [
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    kinds: list[str] = []
    while error is not None and len(kinds) < 10:
        kinds.append(type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return frames, kinds
