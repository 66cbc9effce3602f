"""The map of a dimension, drawn anew by a worker after a run has ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from numpy.typing import NDArray
from redis import RedisError

from clustering import locks
from clustering.mapping.sample import sample
from clustering.models import ClusteringRun, Dimension, RunState, TopicMap
from clustering.texts import vectors
from clustering.texts.embedding import model_name
from clustering.texts.rows import integers_of
from ingestion.models import Field, FieldType

LIMIT = 20_000
"""Texts on a map at most: it is drawn in half a minute, and moves in a browser without stutter."""

REST = 20
"""How many times as long as the last drawing took a map is left alone."""

_PROGRESS_SECONDS = 600

Ids = NDArray[np.int64]


def fields_to_draw() -> list[int]:
    """Fields, in every project, where a run ended since their map was drawn, a rest ago.

    The index is run_by_time.
    """
    of_field = {"project": OuterRef("project"), "field": OuterRef("field")}
    maps = TopicMap.objects.filter(**of_field)
    found = (
        Dimension.objects.unscoped()
        .filter(active=True, field__type=FieldType.TEXT, project__deleted_at=None)
        .annotate(run=Subquery(_done(**of_field).values("pk")[:1]))
        .annotate(drawn_run=Coalesce(Subquery(maps.values("run")), 0))
        .annotate(drawn_at=Subquery(maps.values("drawn_at")), took=Subquery(maps.values("seconds")))
        .exclude(run=None)
        .exclude(run=F("drawn_run"))
    )
    now = timezone.now()
    return [
        field_id
        for field_id, drawn_at, took in found.values_list("field", "drawn_at", "took")
        if drawn_at is None or now >= drawn_at + timedelta(seconds=REST * took)
    ]


def _done(**of_field: object) -> QuerySet[ClusteringRun]:
    """The runs of a field that are done, the latest first."""
    return ClusteringRun.objects.filter(state=RunState.DONE, **of_field).order_by("-started_at")


def draw(field: Field) -> bool:
    """Draw the map of a field, if a run has ended since and no other process is at it.

    Returns whether it did.
    """
    with locks.holding(locks.drawing(field.pk)) as mine:
        run = _done(project=field.project_id, field=field).first() if mine else None
        drawn = TopicMap.objects.filter(project=field.project_id, field=field).first()
        if run is None or (drawn and drawn.run_id == run.pk):
            return False
        _draw(field, run, drawn)
        return True


def _draw(field: Field, run: ClusteringRun, drawn: TopicMap | None) -> None:
    from clustering.mapping.layout import lay_out

    began, model = monotonic(), model_name(settings.EMBEDDING_MODEL)
    ids, topic_ids = _embedded(field)
    texts = vectors.texts_by_id(field, ids[sample(ids, topic_ids, LIMIT)].tolist())
    previous = _before(drawn if drawn and drawn.model == model else None, texts.ids)
    positions = lay_out(texts.vectors, previous, _reporter(field))
    TopicMap.objects.update_or_create(
        project=field.project,
        field=field,
        defaults={
            "run": run,
            "model": model,
            "drawn_at": timezone.now(),
            "seconds": monotonic() - began,
            "texts": len(ids),
            "text_ids": texts.ids.astype("<i8").tobytes(),
            "positions": positions.astype("<f4").tobytes(),
        },
    )


_IDS = """
    SELECT string_agg(int8send(id), ''::bytea), string_agg(int8send(topic), ''::bytea)
    FROM (
        SELECT id, coalesce(topic_id, 0) AS topic FROM clustering_text
        WHERE project_id = %s AND field_id = %s AND embedded ORDER BY id
    ) AS text
"""


def _embedded(field: Field) -> tuple[Ids, Ids]:
    """All texts of a field that have a vector, ascending, and the topic of each; 0 for outliers."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [field.project_id, field.pk])
        ids, topic_ids = map(integers_of, cursor.fetchone())
    return ids, topic_ids


def _before(drawn: TopicMap | None, ids: Ids) -> NDArray[np.float32]:
    """(n, 2) where these texts were on the map as it is drawn, NaN where they were not."""
    positions = np.full((len(ids), 2), np.nan, np.float32)
    if drawn:
        _, here, there = np.intersect1d(ids, ids_of(drawn), return_indices=True)
        positions[here] = positions_of(drawn)[there]
    return positions


def ids_of(drawn: TopicMap) -> Ids:
    """(n,) the texts of a map, ascending."""
    return np.frombuffer(drawn.text_ids, dtype="<i8").astype(np.int64)


def positions_of(drawn: TopicMap) -> NDArray[np.float32]:
    """(n, 2) where they are."""
    return np.frombuffer(drawn.positions, dtype="<f4").astype(np.float32).reshape(-1, 2)


def progress_of(field: Field) -> float | None:
    """The share that is done of the drawing that goes on, if that is known."""
    found: float | None = None
    with suppress(RedisError):
        found = cache.get(_progress_key(field))
    return found


def _reporter(field: Field) -> Callable[[float], object]:
    def report(share: float) -> None:
        with suppress(RedisError):
            cache.set(_progress_key(field), share, _PROGRESS_SECONDS)

    return report


def _progress_key(field: Field) -> str:
    return f"map-{field.pk}"
