"""Dataclasses as files that begin before the last row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import StreamingHttpResponse

from accounts.csv_files import csv_response
from ingestion.api.shapes import as_plain, cells, columns_of
from ingestion.payload import dump_json


def _csv(name: str, row: Any, rows: Iterable[Any]) -> StreamingHttpResponse:
    return csv_response(name, columns_of(row), map(cells, rows))


def _json_lines(name: str, _row: Any, rows: Iterable[Any]) -> StreamingHttpResponse:
    lines = (dump_json(as_plain(each)) + b"\n" for each in rows)
    response = StreamingHttpResponse(lines, content_type="application/jsonl")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    return response


STREAMS: Mapping[str, Callable[[str, Any, Iterable[Any]], StreamingHttpResponse]] = {
    "csv": _csv,
    "jsonl": _json_lines,
}
"""A name, the type of the rows and the rows, as a download of each format."""
