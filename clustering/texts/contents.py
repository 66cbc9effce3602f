"""What texts say, as far as anybody looks at it: their beginnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models.functions import Left

from clustering.models import Text

LONGEST = 2_000
"""Characters of a text that labellers and pages look at."""

_AT_ONCE = 5_000

_CENTRAL = """
    SELECT topic.id, near.id, left(near.content, %s)
    FROM unnest(%s::bigint[]) AS topic (id)
    CROSS JOIN LATERAL (
        SELECT id, content FROM clustering_text
        WHERE project_id = %s AND topic_id = topic.id AND similarity IS NOT NULL
        ORDER BY similarity DESC LIMIT %s
    ) AS near
"""


def beginnings(project_id: int, text_ids: Sequence[int], longest: int = LONGEST) -> dict[int, str]:
    """The beginnings of texts by id; those that are gone are missing."""
    found: dict[int, str] = {}
    for start in range(0, len(text_ids), _AT_ONCE):
        texts = Text.objects.filter(project=project_id, pk__in=text_ids[start : start + _AT_ONCE])
        beginning = texts.annotate(beginning=Left("content", longest))
        found.update(beginning.values_list("pk", "beginning"))
    return found


def central_texts(
    project_id: int, topic_ids: Iterable[int], count: int
) -> list[tuple[int, int, str]]:
    """Of each topic, the `count` texts nearest to its centroid: topic's id, text's id, beginning.

    The index is text_by_topic.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CENTRAL, [LONGEST, list(topic_ids), project_id, count])
        found: list[tuple[int, int, str]] = cursor.fetchall()
    return found
