"""What PostgreSQL holds of blocks and of the topics of texts, read at once for many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import psycopg
from django.db import connection, transaction

from clustering import locks
from clustering.columns.blocks import OWN
from clustering.columns.sessions import Integers, Rows
from clustering.texts.rows import integers_of
from ingestion.models import Field

T = TypeVar("T")

_TRIES = 2
"""Tries that deletions may disturb, before one is made that they wait for."""

_MANY_TEXTS = 20_000
"""Texts above which reading all of a dimension is quicker than picking them."""


class BlocksChanged(Exception):
    """A block of a field was deleted while it was read."""

    def __init__(self, field_id: int) -> None:
        super().__init__(field_id)
        self.field_id = field_id


def undisturbed(read: Callable[[], T]) -> T:
    """Return what `read` returns; call it again where a block was deleted meanwhile.

    Where months of events are deleted, batch after batch, a large dimension takes longer to read
    than the time between two of them. So the last try holds a lock that deleting and extracting
    wait for.
    """
    for _ in range(_TRIES):
        try:
            return read()
        except BlocksChanged as change:
            field_id = change.field_id
    with transaction.atomic():
        locks.own_blocks(field_id)
        return read()


def rows_of(field: Field, block_ids: Sequence[int]) -> Rows:
    return Rows(**{name: _own_column(field, name, block_ids) for name in OWN})


_COLUMN = """
    SELECT block_id, values FROM clustering_column
    WHERE project_id = %s AND block_id = ANY(%s::bigint[]) AND name = %s
"""


def _own_column(field: Field, name: str, block_ids: Sequence[int]) -> Integers:
    if not block_ids:
        return np.empty(0, np.int64)
    connection.ensure_connection()
    # As text, which Django's own cursors ask for, each byte would be two.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_COLUMN, [field.project_id, list(block_ids), name], binary=True)
        found = dict(cursor.fetchall())
    if len(found) < len(block_ids):
        raise BlocksChanged(field.pk)
    return np.concatenate([np.frombuffer(found[pk], np.int64) for pk in block_ids])


_TOPICS = """
    SELECT string_agg(int8send(id), ''::bytea), string_agg(int8send(topic), ''::bytea)
    FROM (
        SELECT id, CASE WHEN embedded THEN coalesce(topic_id, 0) ELSE -1 END AS topic
        FROM clustering_text WHERE project_id = %s AND field_id = %s{condition}
    ) AS text
"""
_ALL_TOPICS = _TOPICS.format(condition="")
_SOME_TOPICS = _TOPICS.format(condition=" AND id = ANY(%s::bigint[])")


def topics_of(field: Field, texts: Integers) -> Integers:
    """The topic id of each text (t,) by its id; 0 for an outlier, -1 while it waits."""
    if not len(texts):
        return np.empty(0, np.int64)
    scope = [field.project_id, field.pk]
    with connection.cursor() as cursor:
        if len(texts) > _MANY_TEXTS:
            cursor.execute(_ALL_TOPICS, scope)
        else:
            cursor.execute(_SOME_TOPICS, [*scope, texts.tolist()])
        known, topics = map(integers_of, cursor.fetchone())
    order = np.argsort(known)
    known, topics = np.append(known[order], -1), np.append(topics[order], -1)
    place = np.searchsorted(known[:-1], texts)
    return np.where(known[place] == texts, topics[place], -1)
