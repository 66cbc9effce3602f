"""New texts: a vector for each, and the nearest topic at once if it is near enough."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import chain
from time import monotonic
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from clustering import locks
from clustering.curation import held
from clustering.models import Dimension, SetAsideText, Theme, Topic
from clustering.texts import tries, unreadable, vectors
from clustering.texts.assignment import assign
from clustering.texts.claims import claims
from clustering.texts.embedding import Embedder
from clustering.texts.unreadable import Reading


def nothing() -> bool:
    """Nothing to do while the model computes."""
    return False


def embed_and_assign(
    dimension: Dimension,
    embedder: Embedder,
    on_progress: Callable[[int], object],
    deadline: float = math.inf,
    meanwhile: Callable[[], bool] = nothing,
) -> None:
    """Embed and assign every text of a dimension that waits and that nobody else is at.

    Any number of workers share the work: each claims texts of its own and passes over others'.
    Calls `on_progress` with the number of texts in each portion, and `meanwhile` while the model
    computes, until that returns False. Begins no portion after `deadline`, on the monotonic clock.
    """
    adopt_model(dimension, embedder.name)
    with (
        ThreadPoolExecutor(1) as model,
        ExitStack() as held_claims,
        closing(claims(dimension, held_claims)) as claimed,
    ):
        for ahead in _submitted(model, embedder, dimension, claimed, deadline):
            meanwhile = _used(ahead, meanwhile)
            reading = unreadable.awaited(ahead)
            if not _store(dimension, embedder.name, reading.text_ids, reading.vectors):
                return
            if reading.refused:
                unreadable.set_aside(dimension, reading.refused)
            on_progress(len(reading.text_ids))


def _used(ahead: Future[Reading], meanwhile: Callable[[], bool]) -> Callable[[], bool]:
    """Call `meanwhile` until the model is done; return it, or `nothing` once it is used up."""
    while meanwhile():
        if ahead.done():
            return meanwhile
    return nothing


def adopt_model(dimension: Dimension, model: str) -> None:
    """Forget a dimension's vectors if another embedding model made them.

    Texts keep their topics, and topics their names, until the run that follows finds them in
    the new space; until then no text can be compared with a topic.
    """
    if dimension.model == model:
        return
    scope = [dimension.project_id, dimension.field_id]
    with transaction.atomic(), connection.cursor() as cursor:
        locks.refer(dimension.field_id)
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
            aside = SetAsideText.objects.filter(project=dimension.project_id)
            aside.filter(text__field=dimension.field_id).delete()
            Topic.objects.filter(project=dimension.project_id, field=dimension.field_id).update(
                centroid=None, labelled_centroid=None
            )
            Theme.objects.filter(project=dimension.project_id, field=dimension.field_id).update(
                labelled_centroid=None
            )
        Dimension.objects.filter(project=dimension.project_id, pk=dimension.pk).update(model=model)
    dimension.model = model


_CONTENTS = """
    SELECT id, content FROM clustering_text WHERE project_id = %s AND id = ANY(%s::bigint[])
"""


def _submitted(
    model: Executor,
    embedder: Embedder,
    dimension: Dimension,
    claimed: Iterable[list[list[int]]],
    deadline: float,
) -> Iterator[Future[Reading]]:
    """What the model makes of each portion, yielded once it was given the next one.

    So it computes while the caller stores.
    """
    ahead: Future[Reading] | None = None
    portions = (tries.cautious(dimension.field_id, claim) for claim in claimed)
    for portion in chain.from_iterable(portions):
        if monotonic() >= deadline:
            break
        with connection.cursor() as cursor:
            cursor.execute(_CONTENTS, [dimension.project_id, portion.text_ids])
            found = dict(cursor.fetchall())
        reading = model.submit(unreadable.read, embedder, dimension.field_id, portion, found)
        last, ahead = ahead, reading
        if last:
            yield last
    if ahead:
        yield ahead


_LOCK = """
    SELECT id FROM clustering_text
    WHERE project_id = %s AND id = ANY(%s::bigint[]) AND NOT embedded
    ORDER BY field_id, digest FOR NO KEY UPDATE
"""


def _store(
    dimension: Dimension, model: str, text_ids: Sequence[int], found: NDArray[np.float32]
) -> bool:
    """Write the (n, d) vectors of texts, and assign them; False if the dimension has another model.

    Rows are locked in the order in which extract does it. Passes over texts that were deleted
    meanwhile.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        locks.share([dimension.field_id])
        here = Dimension.objects.filter(project=dimension.project_id, pk=dimension.pk, model=model)
        if not here.exists():
            return False
        cursor.execute(_LOCK, [dimension.project_id, list(text_ids)])
        waiting = {text_id for (text_id,) in cursor.fetchall()}
        rows = [row for row, text_id in enumerate(text_ids) if text_id in waiting]
        if rows:
            kept = [text_ids[row] for row in rows]
            vectors.store(cursor, dimension.project_id, kept, found[rows])
            _assign(cursor, dimension, kept, found[rows])
            here.update(last_text_at=timezone.now())
    return True


_NOTE_EMBEDDED = """
    UPDATE clustering_text SET embedded = true WHERE project_id = %s AND id = ANY(%s::bigint[])
"""
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
    if not len(topics):
        cursor.execute(_NOTE_EMBEDDED, [dimension.project_id, text_ids])
        return
    placed = held.placed_among(cursor, dimension.project_id, text_ids)
    free = [place for place, text_id in enumerate(text_ids) if text_id not in placed]
    if placed:
        cursor.execute(_NOTE_EMBEDDED, [dimension.project_id, list(placed)])
    if not free:
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
