"""Blocks: made of occurrences that are settled, deleted when one of those changes.

A block is made by whoever extracts, a while after; so an occurrence may be written late into the
range of one (its event was accepted by a slow transaction, or its field became text just now).
`forget` deletes that block, in the transaction that writes the occurrence; a later `seal` makes
it anew. An advisory lock keeps a block from being made while that happens.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import Project
from clustering import locks
from clustering.columns.sessions import Rows
from clustering.columns.values import (
    Values,
    column_name,
    read_names_and_users,
    read_values,
    wanted_fields,
)
from clustering.models import Block, Column, Dimension
from clustering.texts.rows import integers_of
from ingestion.models import Field, FieldType
from ingestion.stored import LARGEST_TEXT

ROWS = 8_192
"""Occurrences of a block. What no block holds is read row by row: at most about as many, and events
of `stored.LARGEST_TEXT` bytes, so that a block of large ones has fewer."""

OWN = ("event", "time", "session", "text")
"""Columns that every block has, int64 each: what `Rows` holds."""


@dataclass(frozen=True)
class Range:
    """Event ids above `after` and at most `upto`."""

    after: int
    upto: int = 2**63 - 1

    @property
    def is_open(self) -> bool:
        """Whether it has no end, so that more events may come into it."""
        return self.upto == 2**63 - 1


def uncovered(blocks: Iterable[tuple[int, int]]) -> list[Range]:
    """The ranges between and behind blocks, given as (`after`, `upto`) by ascending `upto`."""
    found, end = [], 0
    for after, upto in blocks:
        if after > end:
            found.append(Range(end, after))
        end = upto
    return [*found, Range(end)]


_ROWS = """
    SELECT string_agg(int8send(event_id), ''::bytea),
           string_agg(timestamptz_send(timestamp), ''::bytea),
           string_agg(int8send(session), ''::bytea),
           string_agg(int8send(text_id), ''::bytea)
    FROM (
        SELECT event_id, timestamp, text_id,
               ('x' || left(md5(session_id), 16))::bit(64)::bigint AS session
        FROM clustering_occurrence
        WHERE project_id = %s AND field_id = %s AND event_id > %s AND event_id <= %s
        ORDER BY event_id LIMIT %s
    ) AS occurrence
"""


def read_rows(field: Field, within: Range, limit: int | None = None) -> Rows:
    """Read the first occurrences of a range by their primary key; times count from 2000."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [field.project_id, field.pk, within.after, within.upto, limit])
        event, time, session, text = map(integers_of, cursor.fetchone())
    return Rows(event, time, session, text)


def seal(project: Project, deadline: float = math.inf) -> int:
    """Make the blocks that can be made, and columns that blocks lack; return how many blocks.

    Begins none after `deadline`, on the monotonic clock. Does nothing while another process is
    at the same project.
    """
    with locks.holding(locks.sealing(project.pk)) as mine:
        if not mine:
            return 0
        return sum(_seal(field, deadline) for field in _fields(project))


def is_due(project: Project) -> bool:
    """Whether there may be blocks to make: by the sizes of at most `ROWS` events a dimension."""
    for field in _fields(project):
        *between, behind = uncovered(_ranges(field))
        if between or _filling(project.pk, read_rows(field, behind, ROWS)):
            return True
    return False


# Of what is not compressed a row holds the size; the rest is unfolded.
_SIZES = """
    SELECT id, CASE WHEN pg_column_compression(metadata) IS NULL THEN pg_column_size(metadata)
               ELSE octet_length(metadata::text) END
    FROM ingestion_event WHERE project_id = %s AND id = ANY(%s::bigint[])
"""


def _filling(project_id: int, rows: Rows) -> int:
    """How many of these rows, at most `ROWS`, fill a block; 0 where all are not enough."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [project_id, rows.event.tolist()])
        size_of = dict(cursor.fetchall())
    total = np.cumsum([size_of.get(event, 0) for event in rows.event.tolist()])
    heavy = int(np.searchsorted(total, LARGEST_TEXT)) + 1
    if heavy <= len(rows):
        return heavy
    return ROWS if len(rows) == ROWS else 0


def _fields(project: Project) -> QuerySet[Field]:
    """The dimensions whose past has been read to its end."""
    complete = Dimension.objects.filter(project=project, active=True).values("field")
    return Field.objects.filter(project=project, pk__in=complete, type=FieldType.TEXT)


def _seal(field: Field, deadline: float) -> int:
    made = 0
    settled = _settled(field.project_id)
    for within in uncovered(_ranges(field)):
        written = made
        for rows, covered in _pieces(field, within, settled):
            if monotonic() >= deadline:
                return made
            made += _write(field, rows, covered)
        if made == written and not within.is_open:
            _close(field, within)
    _complete(field, deadline)
    return made


def _pieces(field: Field, within: Range, settled: int) -> Iterator[tuple[Rows, Range]]:
    """Rows that a block is due for, with the range each covers."""
    after, end = within.after, settled if within.is_open else within.upto
    while len(rows := read_rows(field, Range(after, end), ROWS)):
        if count := _filling(field.project_id, rows):
            rows = rows.first(count)
            covered = Range(after, int(rows.event[-1]))
        elif within.is_open:
            return
        else:
            covered = Range(after, within.upto)
        yield rows, covered
        after = covered.upto


def _settled(project_id: int) -> int:
    """The id of the last event before the first that waits to be extracted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(event_id) FROM ingestion_pendingevent WHERE project_id = %s", [project_id]
        )
        (first,) = cursor.fetchone()
    return Range(0).upto if first is None else first - 1


def _ranges(field: Field) -> list[tuple[int, int]]:
    blocks = Block.objects.filter(project=field.project_id, field=field).order_by("upto")
    return list(blocks.values_list("after", "upto"))


def _write(field: Field, rows: Rows, covered: Range) -> bool:
    """Write a block, unless its rows changed since they were read."""
    fields = wanted_fields(field.project_id)
    names_and_users = read_names_and_users(field.project_id, rows.event)
    columns = read_values(field.project_id, rows.event, fields)
    with transaction.atomic():
        locks.own_blocks(field.pk)
        if not read_rows(field, covered).equals(rows):
            return False
        block = Block.objects.create(
            project_id=field.project_id,
            field=field,
            after=covered.after,
            upto=covered.upto,
            rows=len(rows),
        )
        own = {name: Values(getattr(rows, name)) for name in OWN}
        _store(block, own | names_and_users | _named(fields, columns))
    return True


def _close(field: Field, gap: Range) -> None:
    """Where all occurrences of a range were deleted, have the block after it cover it too."""
    with transaction.atomic():
        locks.own_blocks(field.pk)
        if not len(read_rows(field, gap, limit=1)):
            Block.objects.filter(project=field.project_id, field=field, after=gap.upto).update(
                after=gap.after
            )


def _store(block: Block, columns: dict[str, Values]) -> None:
    Column.objects.bulk_create(
        [
            Column(
                project_id=block.project_id,
                block=block,
                name=name,
                values=values.packed(),
                dictionary=values.dictionary,
            )
            for name, values in columns.items()
        ],
        ignore_conflicts=True,
    )


_LACKING = """
    SELECT block.id, array_agg(wanted.name)
    FROM clustering_block AS block
    CROSS JOIN unnest(%s::text[]) AS wanted (name)
    LEFT JOIN clustering_column AS held
      ON held.project_id = block.project_id AND held.block_id = block.id
     AND held.name = wanted.name
    WHERE block.project_id = %s AND block.field_id = %s AND held.name IS NULL
    GROUP BY block.id ORDER BY block.id DESC
"""


def _complete(field: Field, deadline: float) -> None:
    """Give blocks the columns of fields that became enum or number after they were made."""
    fields = {column_name(each): each for each in wanted_fields(field.project_id)}
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, [list(fields), field.project_id, field.pk])
        lacking = cursor.fetchall()
    for block_id, names in lacking:
        if monotonic() >= deadline:
            return
        _add_columns(field, block_id, [fields[name] for name in names])


def _add_columns(field: Field, block_id: int, fields: Sequence[Field]) -> None:
    """Write columns that a block lacks, unless it is deleted before they are read.

    Under the lock of `forget`: a deletion that waited for the block's row instead would not see
    the columns that are written meanwhile, and leave them behind.
    """
    columns = Column.objects.filter(project=field.project_id, block=block_id, name="event")
    if (events := columns.first()) is None:
        return
    found = read_values(field.project_id, np.frombuffer(events.values, np.int64), fields)
    with transaction.atomic():
        locks.own_blocks(field.pk)
        block = Block.objects.filter(project=field.project_id, pk=block_id).first()
        if block:
            _store(block, _named(fields, found))


def _named(fields: Sequence[Field], columns: Mapping[int, Values]) -> dict[str, Values]:
    return {column_name(field): columns[field.pk] for field in fields}


_FORGET = """
    WITH gone AS (
        DELETE FROM clustering_block AS block
        WHERE project_id = %(project)s AND field_id = %(field)s
          AND upto >= %(first)s AND after < %(last)s
          AND EXISTS (
              SELECT FROM unnest(%(events)s::bigint[]) AS event (id)
              WHERE event.id > block.after AND event.id <= block.upto
          )
        RETURNING id
    )
    DELETE FROM clustering_column
    WHERE project_id = %(project)s AND block_id IN (SELECT id FROM gone)
"""


def forget(cursor: Any, project_id: int, field_id: int, events: Sequence[int]) -> None:
    """Delete the blocks into whose ranges these events fall.

    Call it in the transaction that writes or deletes their occurrences, after it did.
    """
    locks.share_blocks(field_id)
    cursor.execute(
        _FORGET,
        {
            "project": project_id,
            "field": field_id,
            "first": min(events),
            "last": max(events),
            "events": list(events),
        },
    )
