"""Reading a request's body: no more of it than is allowed, and only if it is JSON."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from ingestion.errors import Code, Refused
from ingestion.limits import MAX_BODY


def read_body(request: HttpRequest) -> bytes:
    """Return the body of a JSON request, of up to `MAX_BODY` bytes. Raises Refused."""
    length = _length(request)
    if length == 0:
        raise Refused(Code.INVALID_REQUEST, "The body is empty. Send a JSON object.")
    _require_json(request)
    if length is not None and length > MAX_BODY:
        raise too_large()
    try:
        if length is not None:
            body = request.read(length)
        else:
            body = request.META["wsgi.input"].read(MAX_BODY + 1)
    except (UnreadablePostError, OSError) as error:
        raise _cut_short() from error
    if len(body) > MAX_BODY:
        raise too_large()
    if length is not None and len(body) < length:
        raise _cut_short()
    return body


def _length(request: HttpRequest) -> int | None:
    """Return the body's announced length in bytes; None for a chunked body."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdecimal():
        return int(announced)
    if announced:
        raise Refused(Code.INVALID_REQUEST, "The header Content-Length is not a number.")
    if not request.headers.get("Transfer-Encoding"):
        return 0
    # Without a length, only a server that ends the stream itself can be read from.
    if not request.META.get("wsgi.input_terminated"):
        raise Refused(Code.INVALID_REQUEST, "Send the header Content-Length.", status=411)
    return None


def _require_json(request: HttpRequest) -> None:
    kind = (request.content_type or "").lower()
    if not re.fullmatch(r"application/(json|[\w.-]+\+json)", kind):
        sent = f"not {kind[:60]}" if kind else "which is missing"
        raise Refused(
            Code.UNSUPPORTED_MEDIA_TYPE, f"Send the header Content-Type: application/json, {sent}."
        )
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body without a Content-Encoding.")


def too_large() -> Refused:
    message = f"The event is larger than {MAX_BODY:,} bytes. Send a shorter one."
    return Refused(Code.PAYLOAD_TOO_LARGE, message)


def _cut_short() -> Refused:
    return Refused(Code.INVALID_REQUEST, "The body ended before its announced length.")
