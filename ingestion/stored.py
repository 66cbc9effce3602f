"""Reading events from the store, many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from psycopg.pq import Format
from psycopg.rows import args_row


class StoredEvent(NamedTuple):
    """What the pipeline needs of an event."""

    id: int
    session_id: str
    metadata: dict[str, Any]
    timestamp: datetime
    received_at: datetime


LARGEST = 4 * 1_048_576
"""Bytes of metadata, compressed as PostgreSQL keeps it, that a worker takes at once: 5,000 events
of some 800 bytes each are not parted."""

LARGEST_TEXT = 16 * 1_048_576
"""Bytes of the same as JSON. What people write compresses to a third and takes about as much memory
as text; `{},{},{}` compresses to a fiftieth and takes twenty times as much."""

COLUMNS = "event.id, event.session_id, event.metadata, event.timestamp, event.received_at"


def fitting(events: str, order: str, text: int | None = None) -> str:
    """Wrap a statement so that it returns only its first rows in an order: those that fit.

    That is as many as `LARGEST` and `LARGEST_TEXT`, or `text`, have room for, and one at least. The
    outer query, which unfolds metadata to measure it, sees only rows that pass the inner one, which
    need not read it: a row holds how large its compressed metadata is.
    """
    before = f"ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"""
SELECT * FROM (
  SELECT *, coalesce(sum(octet_length(metadata::text)) OVER ({before}), 0) AS text_before
  FROM (
    SELECT *, coalesce(sum(pg_column_size(metadata)) OVER ({before}), 0) AS before
    FROM ({events}) given
  ) weighed WHERE before < {LARGEST}
) measured WHERE text_before < {LARGEST_TEXT if text is None else text}"""  # noqa: S608


def read(statement: str, parameters: Sequence[object]) -> list[StoredEvent]:
    """Return the rows of a statement that selects `COLUMNS`.

    They come in PostgreSQL's binary form: models from text take three times as long.
    """
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection, row_factory=args_row(StoredEvent)) as cursor,
    ):
        cursor.format = Format.BINARY
        return cursor.execute(statement.encode(), parameters).fetchall()


def stream(statement: str, parameters: Sequence[object]) -> Iterator[StoredEvent]:
    """As `read`, one event after the other, however many and large they are.

    No other statement can be executed until the last one was taken.
    """
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection, row_factory=args_row(StoredEvent)) as cursor,
    ):
        yield from cursor.stream(statement.encode(), parameters, binary=True)
