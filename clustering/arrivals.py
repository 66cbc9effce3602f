"""New texts: a vector for each, and the nearest topic at once if it is near enough."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from clustering import held, locks, vectors
from clustering.assignment import assign
from clustering.embedding import Embedder
from clustering.models import Dimension, Theme, Topic

FIRST_BATCH, LARGEST_BATCH = 128, 2_048
BATCH_SECONDS = 1.0
"""About how long a batch may hold its rows: whoever counts an occurrence of one waits for it."""


def embed_and_assign(
    dimension: Dimension,
    embedder: Embedder,
    on_progress: Callable[[int], object],
    deadline: float = math.inf,
) -> None:
    """Embed and assign every text of a dimension that waits and that nobody else is at.

    Any number of workers share the work: each locks texts of its own and passes over others'.
    Calls `on_progress` with the number of texts in each batch. Begins none after `deadline`, on
    the monotonic clock.
    """
    adopt_model(dimension, embedder.name)
    after, limit = 0, FIRST_BATCH
    while (started := monotonic()) < deadline:
        text_ids = _embed_batch(dimension, embedder, after, limit)
        if not text_ids and not after:
            return
        # From the start once more: texts may have been passed over, or come, behind this place.
        after = text_ids[-1] if text_ids else 0
        on_progress(len(text_ids))
        wanted = int(limit * BATCH_SECONDS / max(monotonic() - started, 0.001))
        limit = min(max(wanted, limit // 2, FIRST_BATCH), limit * 2, LARGEST_BATCH)


def adopt_model(dimension: Dimension, model: str) -> None:
    """Forget a dimension's vectors if another embedding model made them.

    Texts keep their topics, and topics their names, until the run that follows finds them in
    the new space; until then no text can be compared with a topic.
    """
    if dimension.model == model:
        return
    scope = [dimension.project_id, dimension.field_id]
    with transaction.atomic(), connection.cursor() as cursor:
        locks.own(dimension.field_id)
        dimension.refresh_from_db()
        if dimension.model not in ("", model):
            cursor.execute(
                "DELETE FROM clustering_embedding WHERE project_id = %s AND text_id IN"
                " (SELECT id FROM clustering_text WHERE project_id = %s AND field_id = %s)",
                [dimension.project_id, *scope],
            )
            cursor.execute(
                "UPDATE clustering_text SET embedded = false"
                " WHERE project_id = %s AND field_id = %s AND embedded",
                scope,
            )
            Topic.objects.filter(project=dimension.project_id, field=dimension.field_id).update(
                centroid=None, labelled_centroid=None
            )
            Theme.objects.filter(project=dimension.project_id, field=dimension.field_id).update(
                labelled_centroid=None
            )
        Dimension.objects.filter(project=dimension.project_id, pk=dimension.pk).update(model=model)
    dimension.model = model


_CLAIM = """
    SELECT id, content FROM clustering_text
    WHERE project_id = %s AND field_id = %s AND NOT embedded AND id > %s
    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""


def _embed_batch(dimension: Dimension, embedder: Embedder, after: int, limit: int) -> list[int]:
    """Do up to `limit` texts with an id above `after`; return their ids, ascending.

    The rows stay locked while the model computes, which is what keeps two workers from
    computing one text twice. The index is text_to_embed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        locks.share([dimension.field_id])
        cursor.execute(_CLAIM, [dimension.project_id, dimension.field_id, after, limit])
        claimed = cursor.fetchall()
        if not claimed:
            return []
        text_ids = [text_id for text_id, _ in claimed]
        found = embedder([content for _, content in claimed])
        vectors.store(cursor, dimension.project_id, text_ids, found)
        _assign(cursor, dimension, text_ids, found)
        Dimension.objects.filter(project=dimension.project_id, pk=dimension.pk).update(
            last_text_at=timezone.now()
        )
    return text_ids


_ASSIGN = """
    UPDATE clustering_text AS text
    SET embedded = true, topic_id = new.topic_id, nearest_topic_id = new.nearest_topic_id,
        similarity = new.similarity, margin = new.margin
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
         AS new (text_id, topic_id, nearest_topic_id, similarity, margin)
    WHERE text.project_id = %s AND text.id = new.text_id
"""


def _assign(
    cursor: Any, dimension: Dimension, text_ids: list[int], found: NDArray[np.float32]
) -> None:
    topics = vectors.live_topics(dimension.field)
    placed = held.placed_among(cursor, dimension.project_id, text_ids)
    free = [place for place, text_id in enumerate(text_ids) if text_id not in placed]
    if placed or not len(topics):
        cursor.execute(
            "UPDATE clustering_text SET embedded = true WHERE project_id = %s AND id = ANY(%s)",
            [dimension.project_id, list(placed) if len(topics) else text_ids],
        )
    if not free or not len(topics):
        return
    answer = assign(found[free], topics.centroids, topics.thresholds)
    nearest = topics.ids[answer.nearest].tolist()
    claimed = [
        topic if assigned else None
        for topic, assigned in zip(nearest, answer.assigned.tolist(), strict=True)
    ]
    cursor.execute(
        _ASSIGN,
        [
            [text_ids[place] for place in free],
            claimed,
            nearest,
            answer.similarity.tolist(),
            answer.margin.tolist(),
            dimension.project_id,
        ],
    )
