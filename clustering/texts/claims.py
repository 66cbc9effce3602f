"""Which process embeds which texts of a dimension: whoever claims the span of ids they are in.

A claim is a lock of its own and not one of the rows, so that nobody who counts or moves a text
waits for the model.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter

from django.db import connection

from clustering import locks
from clustering.models import Dimension

SPAN = 4_096
"""Ids in a span. It may hold few new texts, because each text that comes again uses up an id
too."""
ENOUGH, MOST_SPANS = 4_096, 64
"""Texts and spans of one claim: enough texts that many of them are of about the same length."""
PORTION, MOST_READ = 100_000, 1_000
"""Bytes that the model gets at once, and of a text that it reads, about: some 2,000 short texts,
one or two seconds' work."""


def claims(dimension: Dimension, held: ExitStack) -> Generator[list[list[int]]]:
    """Ids of texts that wait for a vector and that nobody else is at, in portions for the model.

    Texts of about the same length come together, the longest first. `held` holds each claim until
    the one after the next is asked for, and the last ones to its own end: so texts may be stored
    while the model reads those of the next claim. Ends when none is left to claim.
    """
    after = found = 0
    unstored: set[int] = set()
    while True:
        with ExitStack() as new:
            texts, after = _claim(dimension, after, unstored, new)
            if texts:
                yield _portions(texts)
                held.close()
                held.enter_context(new.pop_all())
                unstored = {text_id for text_id, _ in texts}
        found += len(texts)
        if not after and not found:
            return
        if not after:  # once more, for texts before this place that are new or were passed over
            found = 0


# The index of both is text_to_embed.
_NEXT = """
    SELECT min(id) FROM clustering_text
    WHERE project_id = %s AND field_id = %s AND NOT embedded AND id > %s
"""
_WAITING = """
    SELECT id, least(octet_length(content), %s) FROM clustering_text
    WHERE project_id = %s AND field_id = %s AND NOT embedded AND id >= %s AND id < %s
"""


def _claim(
    dimension: Dimension, after: int, unstored: Collection[int], held: ExitStack
) -> tuple[list[tuple[int, int]], int]:
    """Ids and bytes of texts above the id `after`, and the id to go on from; 0 at the end.

    Passes over the `unstored`, which this process is at already.
    """
    scope = [dimension.project_id, dimension.field_id]
    texts: list[tuple[int, int]] = []
    with connection.cursor() as cursor:
        for _ in range(MOST_SPANS):
            cursor.execute(_NEXT, [*scope, after])
            (first,) = cursor.fetchone()
            if first is None:
                return texts, 0
            start = first - first % SPAN
            after = start + SPAN - 1
            if held.enter_context(locks.holding(locks.embedding(dimension.field_id, start))):
                cursor.execute(_WAITING, [MOST_READ, *scope, start, start + SPAN])
                texts += [row for row in cursor.fetchall() if row[0] not in unstored]
            if len(texts) >= ENOUGH:
                break
    return texts, after


def _portions(texts: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The ids of texts, given with their bytes, by length and cut where a portion is full."""
    bytes_before, numbered = 0, []
    for text_id, size in sorted(texts, key=lambda text: (-text[1], text[0])):
        numbered.append((bytes_before // PORTION, text_id))
        bytes_before += size
    return [[text_id for _, text_id in part] for _, part in groupby(numbered, itemgetter(0))]
