"""Reading a request's body: no more of it than is allowed, and only if its headers fit it."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.utils.http import parse_header_parameters

from ingestion.errors import Code, Refused
from ingestion.limits import MAX_BATCH, MAX_BATCH_BODY, MAX_BODY

Environ = Mapping[str, Any]
"""A request, as in PEP 3333."""

_JSON = re.compile(r"application/(json|[\w.-]+\+json)")
_JSON_LINES = re.compile(r"application/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines)")
_MEMBER = b"\x1f\x8b\x08"
"""What each member of a gzip body begins with (RFC 1952), and little else holds."""


def read_body(environ: Environ) -> bytes:
    """Return the body of a JSON request, of up to `MAX_BODY` bytes. Raises Refused."""
    length = _length(environ)
    _require(environ, _JSON, "application/json")
    if _encoding(environ) != "identity":
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body without a Content-Encoding.")
    return _read(environ, length, MAX_BODY)


def read_batch(environ: Environ) -> tuple[bytes, bool]:
    """Return the inflated body of a batch, and whether it is one event a line. Raises Refused."""
    length = _length(environ)
    _require(
        environ,
        re.compile(f"{_JSON.pattern}|{_JSON_LINES.pattern}"),
        "application/json or application/x-ndjson",
    )
    encoding = _encoding(environ)
    if encoding not in {"identity", "gzip"}:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, or in gzip.")
    body = _read(environ, length, MAX_BATCH_BODY)
    if encoding == "gzip":
        body = _inflated(body)
    return body, bool(_JSON_LINES.fullmatch(_kind(environ)[0]))


def _read(environ: Environ, length: int | None, limit: int) -> bytes:
    if length is not None and length > limit:
        raise too_large(limit)
    try:
        body: bytes = environ["wsgi.input"].read(limit + 1 if length is None else length)
    except OSError as error:
        raise _cut_short() from error
    if len(body) > limit:
        raise too_large(limit)
    if length is not None and len(body) < length:
        raise _cut_short()
    return body


def _inflated(body: bytes) -> bytes:
    """Raises Refused. A gzip body may have several members, one after the other."""
    # Each costs a copy of what follows it, and 20 bytes to send.
    if body.count(_MEMBER) > MAX_BATCH:
        raise Refused(Code.PAYLOAD_TOO_LARGE, f"The gzip body has more than {MAX_BATCH:,} members.")
    try:
        inflated = gzip.GzipFile(fileobj=BytesIO(body)).read(MAX_BATCH_BODY + 1)
    except EOFError as error:
        raise Refused(Code.INVALID_REQUEST, "The gzip body is cut short.") from error
    except (OSError, zlib.error) as error:
        raise Refused(Code.INVALID_REQUEST, "The body is not gzip.") from error
    if len(inflated) > MAX_BATCH_BODY:
        raise too_large(MAX_BATCH_BODY)
    return inflated


def _length(environ: Environ) -> int | None:
    """Return the body's announced length in bytes; None for a chunked body."""
    announced = environ.get("CONTENT_LENGTH") or ""
    if not announced and not environ.get("HTTP_TRANSFER_ENCODING"):
        announced = "0"
    if announced.isdecimal():
        if int(announced) == 0:
            raise Refused(Code.INVALID_REQUEST, "The body is empty. Send JSON.")
        return int(announced)
    if announced:
        raise Refused(Code.INVALID_REQUEST, "The header Content-Length is not a number.")
    # Without a length, only a server that ends the stream itself can be read from.
    if not environ.get("wsgi.input_terminated"):
        raise Refused(Code.INVALID_REQUEST, "Send the header Content-Length.", status=411)
    return None


def _require(environ: Environ, kinds: re.Pattern[str], wanted: str) -> None:
    kind, charset = _kind(environ)
    if not kinds.fullmatch(kind):
        sent = f"not {kind[:60]}" if kind else "which is missing"
        raise Refused(
            Code.UNSUPPORTED_MEDIA_TYPE, f"Send the header Content-Type: {wanted}, {sent}."
        )
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body in UTF-8.")


def _kind(environ: Environ) -> tuple[str, str]:
    """Return the media type of the body, and its charset."""
    sent = environ.get("CONTENT_TYPE") or ""
    if sent == "application/json":
        return sent, "utf-8"
    try:
        kind, parameters = parse_header_parameters(sent)
    except (ValueError, LookupError) as error:
        raise Refused(
            Code.UNSUPPORTED_MEDIA_TYPE, "The header Content-Type cannot be read."
        ) from error
    return kind.lower(), parameters.get("charset", "utf-8").strip('"').lower()


def _encoding(environ: Environ) -> str:
    return str(environ.get("HTTP_CONTENT_ENCODING", "")).strip().lower() or "identity"


def too_large(limit: int = MAX_BODY) -> Refused:
    """The answer to a body, or to an event of a batch, of more than `limit` bytes."""
    message = f"This is larger than {limit:,} bytes. Send less at once."
    return Refused(Code.PAYLOAD_TOO_LARGE, message)


def _cut_short() -> Refused:
    return Refused(Code.INVALID_REQUEST, "The body ended before its announced length.")
