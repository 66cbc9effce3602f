"""Deleting events and all that rests on them: occurrences, texts that nobody else sent, vectors."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import Project
from clustering import locks
from clustering.columns import blocks
from clustering.models import Decision, DecisionKind, Dimension, SetAsideEvent, SetAsideText
from ingestion import deletion

BATCH = 2_000
"""Events in one transaction: a fraction of a second during which no text is written."""


@dataclass(frozen=True)
class GoneText:
    """A text that no event carries any more."""

    id: int
    field_id: int
    topic_id: int | None
    content: str


@dataclass(frozen=True)
class Deleted:
    """What one transaction deleted."""

    events: int
    texts: list[GoneText]


@transaction.atomic
def delete_events(project: Project, event_ids: Sequence[int]) -> Deleted:
    """Delete events of a project with their occurrences, and the texts that no other one carries.

    Topics keep their names and centroids: a later run looks at what is left. Decisions stay on
    record, without the words of a text that is gone.
    """
    aside = SetAsideEvent.objects.filter(project=project, event__in=list(event_ids))
    unlearnt = list(aside.values_list("event_id", flat=True))
    events = deletion.delete_events(project, event_ids, unlearnt)
    dimensions = Dimension.objects.filter(project=project).order_by("field")
    for field_id in dimensions.values_list("field", flat=True):
        locks.own(field_id)
    with connection.cursor() as cursor:
        carried = _delete_occurrences(cursor, project, event_ids)
        gone = _take_off(cursor, project, carried)
    aside.delete()
    SetAsideText.objects.filter(project=project, text__in=[text.id for text in gone]).delete()
    _forget_words(project, [text.id for text in gone])
    return Deleted(events, gone)


_DELETE_OCCURRENCES = """
    DELETE FROM clustering_occurrence WHERE project_id = %s AND event_id = ANY(%s::bigint[])
    RETURNING field_id, event_id, text_id
"""


def _delete_occurrences(cursor: Any, project: Project, event_ids: Sequence[int]) -> Counter[int]:
    """Returns how many of them carried each text."""
    cursor.execute(_DELETE_OCCURRENCES, [project.pk, list(event_ids)])
    events: dict[int, list[int]] = defaultdict(list)
    carried: Counter[int] = Counter()
    for field_id, event_id, text_id in cursor.fetchall():
        events[field_id].append(event_id)
        carried[text_id] += 1
    for field_id, ids in sorted(events.items()):
        blocks.forget(cursor, project.pk, field_id, ids)
    return carried


# The index is occurrence_by_text.
_RECOUNT = """
    UPDATE clustering_text AS text
    SET occurrences = text.occurrences - less.number,
        first_seen_at = coalesce(rest.first, first_seen_at),
        last_seen_at = coalesce(rest.last, last_seen_at)
    FROM unnest(%(texts)s::bigint[], %(numbers)s::bigint[]) AS less (text_id, number)
    CROSS JOIN LATERAL (
        SELECT min(timestamp) AS first, max(timestamp) AS last FROM clustering_occurrence
        WHERE project_id = %(project)s AND text_id = less.text_id
    ) AS rest
    WHERE text.project_id = %(project)s AND text.id = less.text_id
"""
_FIND_EMPTY = """
    SELECT id, field_id, topic_id, content FROM clustering_text
    WHERE project_id = %s AND id = ANY(%s::bigint[]) AND occurrences = 0
"""
_DELETE_VECTORS = """
    DELETE FROM clustering_embedding WHERE project_id = %s AND text_id = ANY(%s::bigint[])
"""
_DELETE_TEXTS = "DELETE FROM clustering_text WHERE project_id = %s AND id = ANY(%s::bigint[])"


def _take_off(cursor: Any, project: Project, carried: Counter[int]) -> list[GoneText]:
    """Count these occurrences no more, and delete the texts that have none left."""
    texts = list(carried)
    values = {"project": project.pk, "texts": texts, "numbers": list(carried.values())}
    cursor.execute(_RECOUNT, values)
    cursor.execute(_FIND_EMPTY, [project.pk, texts])
    gone = [GoneText(*row) for row in cursor.fetchall()]
    for statement in (_DELETE_VECTORS, _DELETE_TEXTS):
        cursor.execute(statement, [project.pk, [text.id for text in gone]])
    return gone


def _forget_words(project: Project, text_ids: Sequence[int]) -> None:
    """Take deleted texts out of the summaries of the decisions that moved them."""
    moves = Decision.objects.filter(
        project=project, kind=DecisionKind.MOVE, before__text__in=list(text_ids)
    )
    moves.update(summary="Moved a text that has been deleted since")
