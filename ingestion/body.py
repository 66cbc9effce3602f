"""Reading a request's body: no more of it than is allowed, and only if it is what it says."""

from __future__ import annotations

import re
import zlib

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from ingestion.errors import Code, Refused
from ingestion.limits import MAX_BATCH_BODY, MAX_BODY

_JSON = re.compile(r"application/(json|[\w.-]+\+json)")
_JSON_LINES = re.compile(r"application/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines)")
_GZIP = 31  # zlib's window bits for a gzip header and the largest window


def read_body(request: HttpRequest) -> bytes:
    """Return the body of a JSON request, of up to `MAX_BODY` bytes. Raises Refused."""
    length = _length(request)
    _require(request, _JSON, "application/json")
    if _encoding(request) != "identity":
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body without a Content-Encoding.")
    return _read(request, length, MAX_BODY)


def read_batch(request: HttpRequest) -> tuple[bytes, bool]:
    """Return the inflated body of a batch, and whether it is one event a line. Raises Refused."""
    length = _length(request)
    _require(
        request,
        re.compile(f"{_JSON.pattern}|{_JSON_LINES.pattern}"),
        "application/json or application/x-ndjson",
    )
    encoding = _encoding(request)
    if encoding not in {"identity", "gzip"}:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, or in gzip.")
    body = _read(request, length, MAX_BATCH_BODY)
    if encoding == "gzip":
        body = _inflated(body)
    return body, bool(_JSON_LINES.fullmatch(_kind(request)))


def _read(request: HttpRequest, length: int | None, limit: int) -> bytes:
    if length is not None and length > limit:
        raise too_large(limit)
    try:
        if length is not None:
            body = request.read(length)
        else:
            body = request.META["wsgi.input"].read(limit + 1)
    except (UnreadablePostError, OSError) as error:
        raise _cut_short() from error
    if len(body) > limit:
        raise too_large(limit)
    if length is not None and len(body) < length:
        raise _cut_short()
    return body


def _inflated(body: bytes) -> bytes:
    """Raises Refused. A gzip body may have several members, one after the other."""
    parts, size = [], 0
    while body:
        member = zlib.decompressobj(_GZIP)
        try:
            parts.append(member.decompress(body, MAX_BATCH_BODY - size + 1))
        except zlib.error as error:
            raise Refused(Code.INVALID_REQUEST, "The body is not gzip.") from error
        size += len(parts[-1])
        if size > MAX_BATCH_BODY:
            raise too_large(MAX_BATCH_BODY)
        if not member.eof:
            raise Refused(Code.INVALID_REQUEST, "The gzip body is cut short.")
        body = member.unused_data
    return b"".join(parts)


def _length(request: HttpRequest) -> int | None:
    """Return the body's announced length in bytes; None for a chunked body."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced and not request.META.get("HTTP_TRANSFER_ENCODING"):
        announced = "0"
    if announced.isdecimal():
        if int(announced) == 0:
            raise Refused(Code.INVALID_REQUEST, "The body is empty. Send JSON.")
        return int(announced)
    if announced:
        raise Refused(Code.INVALID_REQUEST, "The header Content-Length is not a number.")
    # Without a length, only a server that ends the stream itself can be read from.
    if not request.META.get("wsgi.input_terminated"):
        raise Refused(Code.INVALID_REQUEST, "Send the header Content-Length.", status=411)
    return None


def _require(request: HttpRequest, kinds: re.Pattern[str], wanted: str) -> None:
    kind = _kind(request)
    if not kinds.fullmatch(kind):
        sent = f"not {kind[:60]}" if kind else "which is missing"
        raise Refused(
            Code.UNSUPPORTED_MEDIA_TYPE, f"Send the header Content-Type: {wanted}, {sent}."
        )
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body in UTF-8.")


def _kind(request: HttpRequest) -> str:
    return (request.content_type or "").lower()


def _encoding(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_CONTENT_ENCODING", "")).strip().lower() or "identity"


def too_large(limit: int = MAX_BODY) -> Refused:
    """The answer to a body, or to an event of a batch, of more than `limit` bytes."""
    message = f"This is larger than {limit:,} bytes. Send less at once."
    return Refused(Code.PAYLOAD_TOO_LARGE, message)


def _cut_short() -> Refused:
    return Refused(Code.INVALID_REQUEST, "The body ended before its announced length.")
