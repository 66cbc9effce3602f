"""Search by meaning: the texts and topics whose vectors are nearest to a query's.

A web process loads no embedding model, so a worker embeds the query and leaves the vector in
Redis, where the page that waits looks for it. PostgreSQL compares it with the centroids of all
topics, and then with the texts nearest to the best of them: reading every vector of 100,000 texts
takes 0.1 to 0.3 s, and ten times that for a million.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from pgvector.django import CosineDistance, MaxInnerProduct
from redis import RedisError

from billing.redis_client import redis
from clustering import jobs
from clustering.models import Dimension, Embedding, Text, Topic
from clustering.texts.embedding import model_name
from ingestion.models import Field

LONGEST_QUERY = 500
"""Characters of a query that are looked at."""

KEPT_SECONDS = 60
"""How long the vector of a query is kept: while somebody reads on, or searches beside it."""

PATIENCE_SECONDS = 3
"""How long a page waits for a worker before it makes do with words."""

ATTEMPTS = 10
"""How often it looks in that time: every 300 ms (templates/clustering/by_meaning.html)."""

TEXTS, TOPICS = 20, 5
"""How many are shown."""

PROBES = 32
"""Topics whose texts, and the outliers nearest to them, are compared with a query. They hold 98.8 %
of the true nearest 20 where clinc150 makes 125 topics, and 99.7 % where banking77 makes 82; of
100,000 texts in 200 topics they are compared in 45 ms."""

log = logging.getLogger(__name__)

Vector = NDArray[np.float32]


def query_of(typed: str) -> str:
    """What somebody typed, on one line; PostgreSQL, and so no text, has a NUL."""
    return " ".join(typed.replace("\0", " ").split())[:LONGEST_QUERY]


def vector_of(query: str) -> Vector | None:
    """The vector of a query if a worker has embedded it, else None: ask for it."""
    try:
        found = redis().get(_key(query))
    except RedisError as error:
        log.warning("the vector of a query was not looked for: %s", error)
        return None
    return np.frombuffer(found, dtype=np.float32) if isinstance(found, bytes) else None


def ask(query: str) -> bool:
    """Have a worker embed a query, once in `PATIENCE_SECONDS`. Returns whether one was asked."""
    try:
        if redis().set(f"{_key(query)}:asked", 1, nx=True, ex=PATIENCE_SECONDS):
            jobs.embed_query(query, PATIENCE_SECONDS)
    except RedisError as error:
        log.warning("nobody was asked to embed a query: %s", error)
        return False
    return True


def keep(query: str, vector: Vector) -> None:
    """Leave the vector of a query to the pages that wait for it."""
    redis().set(_key(query), vector.astype(np.float32).tobytes(), ex=KEPT_SECONDS)


def _key(query: str) -> str:
    """A name that tells nothing of the query."""
    space = f"{model_name(settings.EMBEDDING_MODEL)}\0{query}"
    return f"turret:query:{hashlib.sha256(space.encode()).hexdigest()}"


def is_comparable(field: Field) -> bool:
    """Whether the vectors of a field come from the model that embeds queries now."""
    model = model_name(settings.EMBEDDING_MODEL)
    return Dimension.objects.filter(project=field.project_id, field=field, model=model).exists()


@dataclass(frozen=True)
class Nearest:
    """What is nearest to a query, each with its cosine similarity, the nearest first."""

    topics: list[tuple[Topic, float]]
    texts: list[tuple[Text, float]]


def nearest(field: Field, vector: Vector) -> Nearest:
    """Topics and texts of a field by meaning. The field's vectors must be comparable."""
    topics = list(
        Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
        .exclude(centroid=None)
        .annotate(distance=CosineDistance("centroid", vector))
        .defer("centroid", "labelled_centroid")
        .order_by("distance", "pk")[:PROBES]
    )
    shown = [topic for topic in topics if not topic.hidden][:TOPICS]
    return Nearest(
        [(topic, 1 - topic.distance) for topic in shown],
        _nearest_texts(field, vector, [topic.pk for topic in topics]),
    )


def _nearest_texts(field: Field, vector: Vector, topics: list[int]) -> list[tuple[Text, float]]:
    """Texts near to one of these topics; all, where there are none. The index is text_by_nearest.

    Vectors are of length 1, so that their inner product is the cosine.
    """
    candidates = Embedding.objects.filter(project=field.project_id, text__field=field)
    if topics:
        candidates = candidates.filter(
            text__project=field.project_id, text__nearest_topic__in=topics
        )
    distances = dict(
        candidates.annotate(distance=MaxInnerProduct("vector", vector))
        .order_by("distance", "text_id")
        .values_list("text_id", "distance")[:TEXTS]
    )
    texts = (
        Text.objects.filter(project=field.project_id, pk__in=distances)
        .select_related("topic")
        .defer("topic__centroid", "topic__labelled_centroid")
        .in_bulk()
    )
    return [(texts[pk], -distance) for pk, distance in distances.items() if pk in texts]
