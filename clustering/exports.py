"""Tables as CSV, row by row: UTF-8, with a header, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO

from django.db.models import Count, Exists, OuterRef, Subquery
from django.http import StreamingHttpResponse

from clustering.models import Occurrence, Text, Topic
from clustering.numbers import TopicFigures
from clustering.period import Period
from clustering.table import TopicTable

Cell = str | int | float | datetime | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection); the last four are
the full-width signs, which some read as the plain ones."""

_CHUNK = 2_000
"""Texts that are read at a time."""

TOPIC_COLUMNS = [
    "topic_id", "topic", "description", "named_by", "messages", "share", "messages_before",
    "movement", "found", "pinned", "hidden",
]  # fmt: skip
NUMBER_COLUMNS = ["topic_id", "topic", "events", "mean", "median", "p95", "sum", "left_out"]
TEXT_COLUMNS = ["text", "messages", "similarity", "first_seen", "last_seen"]


def csv_response(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """A download of that name, which begins before the last row is read."""
    response = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
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


def topic_rows(table: TopicTable) -> Iterator[Sequence[Cell]]:
    """The topics of a table, hidden ones too, and what no topic claims: all that was counted."""
    for row in (*table.rows, *table.hidden):
        topic = row.topic
        yield (
            topic.pk, str(topic), topic.description, topic.label_source, row.trend.occurrences,
            round(row.share, 6), row.trend.before, row.movement.value, topic.created_at,
            int(topic.pinned), int(topic.hidden),
        )  # fmt: skip
    share = round(table.outlier_share, 6)
    outliers = table.outliers
    yield "", "Outliers", "", "", outliers.occurrences, share, outliers.before, "", "", "", ""
    if table.waiting:
        yield "", "Not compared yet", "", "", table.waiting, "", "", "", "", "", ""


def number_rows(rows: Iterable[TopicFigures]) -> Iterator[Sequence[Cell]]:
    """A number field by topic."""
    for row in rows:
        found = row.figures
        told = (found.mean, found.median, found.p95, found.sum) if found.count else [None] * 4
        topic_id = row.topic.pk if row.topic else None
        yield topic_id, row.label, found.count, *told, found.unread


def text_rows(topic: Topic, when: Period) -> Iterator[Sequence[Cell]]:
    """The texts of a topic that were sent in a period, the most frequent first.

    The indexes are text_by_topic and occurrence_by_text.
    """
    sent = Occurrence.objects.filter(
        project=topic.project_id, text=OuterRef("pk"), timestamp__gte=when.start
    )
    count = sent.order_by().values("text").annotate(count=Count("*")).values("count")
    texts = (
        Text.objects.filter(Exists(sent), project=topic.project_id, topic=topic)
        .annotate(messages=Subquery(count))
        .order_by("-messages", "pk")
        .values_list("content", "messages", "similarity", "first_seen_at", "last_seen_at")
    )
    for content, messages, similarity, first, last in texts.iterator(chunk_size=_CHUNK):
        rounded = None if similarity is None else round(similarity, 4)
        yield content, messages, rounded, first, last
