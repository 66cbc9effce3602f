"""Reports of errors to Sentry, or to what speaks its protocol, where a DSN is set.

A report says which kind of exception happened where, in which request or job. What it may hold is
listed here, and nothing else is sent: an exception's own words, a request's body, address and
cookies and the values of variables may all be, or quote, what users wrote.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import event_from_exception

from config import logs

_KEPT = ("event_id", "timestamp", "level", "platform", "environment", "release", "sdk", "logger")
_KEPT_OF_EXCEPTION = ("type", "module")
_KEPT_OF_FRAME = (
    *("filename", "abs_path", "function", "module", "lineno", "in_app"),
    *("pre_context", "context_line", "post_context"),
)
_TEMPLATES = (
    "accounts",
    "billing",
    "clustering",
    "config",
    "django",
    "ingestion",
    "journeys",
    "rq",
)
"""Loggers whose messages are written apart from what fills their gaps."""


def start(dsn: str) -> None:
    """Begin to report what is logged as an error, and what ends a program."""
    ignore_logger("django.security.*")  # what clients do wrong, such as to name any host
    sentry_sdk.init(
        dsn=dsn,
        before_send=stripped,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            ExcepthookIntegration(),
        ],
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        send_client_reports=False,
    )


def stripped(event: Event, hint: Hint) -> Event:
    """What of a report may leave this machine."""
    given = cast("dict[str, Any]", event)
    if not given.get("exception") and (failure := sys.exc_info()) != (None, None, None):
        given |= event_from_exception(failure)[0]  # of a job: RQ logs it as a message
    kept = {name: given[name] for name in _KEPT if given.get(name)}
    kept["tags"] = logs.context(hint.get("log_record"))
    if given.get("exception"):
        kept["exception"] = {"values": [_kind(each) for each in given["exception"]["values"]]}
    if given.get("logger", "").split(".")[0] in _TEMPLATES:
        template = (given.get("logentry") or {}).get("message", "")
        kept["logentry"] = {"message": template.partition("\n")[0]}
    return cast("Event", kept)


def _kind(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    return {
        **{name: exception.get(name) for name in _KEPT_OF_EXCEPTION},
        "stacktrace": {"frames": [_frame(frame) for frame in frames]},
    }


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    return {name: frame[name] for name in _KEPT_OF_FRAME if name in frame}
