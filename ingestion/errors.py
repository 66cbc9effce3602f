"""Why a request is refused, in words for the engineer who sent it. Pure; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """The kinds of refusal that a client can tell apart."""

    MISSING_REQUIRED_FIELD = "MISSING_REQUIRED_FIELD"
    INVALID_REQUEST = "INVALID_REQUEST"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    INVALID_API_KEY = "INVALID_API_KEY"
    WRONG_SCOPE = "WRONG_SCOPE"
    NOT_FOUND = "NOT_FOUND"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"


STATUS: Mapping[Code, int] = {
    Code.MISSING_REQUIRED_FIELD: 400,
    Code.INVALID_REQUEST: 400,
    Code.TEXT_TOO_LONG: 400,
    Code.INVALID_API_KEY: 401,
    Code.WRONG_SCOPE: 403,
    Code.NOT_FOUND: 404,
    Code.PAYLOAD_TOO_LARGE: 413,
    Code.UNSUPPORTED_MEDIA_TYPE: 415,
    Code.RATE_LIMIT_EXCEEDED: 429,
    Code.UNAVAILABLE: 503,
}


class Refused(Exception):
    """A request, or one event of it, that is not accepted."""

    def __init__(
        self,
        code: Code,
        message: str,
        field: str | None = None,
        *,
        status: int | None = None,
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status or STATUS[code]
        self.reason = reason
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """The answer's JSON object, or that of one event in the answer to a batch."""
        body: dict[str, object] = {
            "success": False,
            "error": self.message,
            "code": self.code.value,
            "field": self.field,
        }
        if self.reason:
            body["reason"] = self.reason
        return body
