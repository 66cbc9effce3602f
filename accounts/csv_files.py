"""Tables as CSV, row by row: UTF-8, with a header, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO

from django.http import StreamingHttpResponse

from accounts import audit
from accounts.access import MemberRequest
from accounts.models import Organization, Project

Cell = str | int | float | datetime | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection); the last four are
the full-width signs, which some read as the plain ones."""


def csv_response(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """A download of that name, which begins before the last row is read."""
    response = StreamingHttpResponse(lines(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def download(
    request: MemberRequest,
    tenant: Organization | Project,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> StreamingHttpResponse:
    """Rows of a tenant as a CSV file, and on record that somebody downloads them."""
    audit.record_export(tenant, request.user, f"{name}.csv", dict(request.GET.lists()))
    return csv_response(name, columns, rows)


def lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_cell(column) for column in columns])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: StringIO) -> str:
    taken = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return taken


def _cell(value: Cell) -> str | int | float:
    """A value as CSV has it; a text that would be a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
