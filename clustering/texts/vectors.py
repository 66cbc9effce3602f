"""The vectors of a dimension, between PostgreSQL and numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from clustering.models import Topic
from clustering.texts import rows
from ingestion.models import Field


@dataclass(frozen=True)
class EmbeddedTexts:
    """Texts of a field that have a vector, by ascending id: n rows in each array."""

    ids: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    topic_ids: NDArray[np.int64]
    """The topic that claims each now; 0 for an outlier."""
    vectors: NDArray[np.float32]
    """(n, d), of length 1."""

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, chosen: NDArray[np.bool_]) -> EmbeddedTexts:
        """The texts where the mask `chosen` (n,) is true; no copy if that is all of them."""
        if chosen.all():
            return self
        return EmbeddedTexts(
            self.ids[chosen], self.occurrences[chosen], self.topic_ids[chosen], self.vectors[chosen]
        )


@dataclass(frozen=True)
class LiveTopics:
    """Topics of a field that are not retired and know their centroid: k rows in each array."""

    ids: NDArray[np.int64]
    centroids: NDArray[np.float32]
    """(k, d), of length 1."""
    thresholds: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


# Each vector is looked up by its primary key: a join compares each vector with each text where
# statistics do not know a project yet and expect one row.
_TEXTS = """
    SELECT text.id, text.occurrences, coalesce(text.topic_id, 0), embedding.vector
    FROM clustering_text AS text
    CROSS JOIN LATERAL (
        SELECT vector FROM clustering_embedding
        WHERE project_id = text.project_id AND text_id = text.id OFFSET 0
    ) AS embedding
    WHERE text.project_id = %s AND text.field_id = %s AND text.embedded{condition}
    ORDER BY text.id LIMIT %s
"""
_ALL_TEXTS = _TEXTS.format(condition="")
_LATE = " AND NOT EXISTS (SELECT FROM turret_assignment WHERE text_id = text.id)"
_LATE_TEXTS = _TEXTS.format(condition=_LATE)
_OUTLIERS = " AND text.topic_id IS NULL AND NOT text.held"
_ALL_OUTLIERS = _TEXTS.format(condition=_OUTLIERS)
_LATE_OUTLIERS = _TEXTS.format(condition=_OUTLIERS + _LATE)
_TEXTS_AROUND = _TEXTS.format(
    condition=" AND (text.topic_id = ANY(%s::bigint[])"
    " OR text.topic_id IS NULL AND text.nearest_topic_id = ANY(%s::bigint[]))"
)
_TEXTS_BY_ID = _TEXTS.format(condition=" AND text.id = ANY(%s::bigint[])")
_SHAPE = "SELECT count(*), max(vector_dims(vector)) FROM ({texts}) AS found"


def embedded_texts(field: Field) -> EmbeddedTexts:
    """Load every embedded text of a field."""
    return _load(_ALL_TEXTS, field)


def late_texts(field: Field) -> EmbeddedTexts:
    """Load the embedded texts of a field that are not in the temporary table turret_assignment."""
    return _load(_LATE_TEXTS, field)


def outliers(field: Field) -> EmbeddedTexts:
    """Load the texts of a field that no topic claims, but for those that people put there.

    The index is text_by_topic.
    """
    return _load(_ALL_OUTLIERS, field)


def late_outliers(field: Field) -> EmbeddedTexts:
    """Load those of them that are not in the temporary table turret_assignment."""
    return _load(_LATE_OUTLIERS, field)


def texts_around(field: Field, topic_ids: Iterable[int]) -> EmbeddedTexts:
    """Load the embedded texts of these topics, and the outliers that are nearest to them.

    The indexes are text_by_topic and text_by_nearest.
    """
    wanted = sorted(topic_ids)
    return _load(_TEXTS_AROUND, field, wanted, wanted)


def texts_by_id(field: Field, text_ids: Iterable[int]) -> EmbeddedTexts:
    """Load those of these texts that are embedded."""
    return _load(_TEXTS_BY_ID, field, sorted(text_ids))


def _load(query: str, field: Field, *values: list[int]) -> EmbeddedTexts:
    scope: list[Any] = [field.project_id, field.pk, *values]
    with connection.cursor() as cursor:
        cursor.execute(_SHAPE.format(texts=query), [*scope, None])
        count, dimensions = cursor.fetchone()
        columns = {"ids": int, "occurrences": int, "topic_ids": int, "vectors": dimensions or 1}
        whole = connection.ops.compose_sql(query, [*scope, count])  # type: ignore[attr-defined]
        return EmbeddedTexts(**rows.copy_out(cursor, whole, columns, count))


def live_topics(field: Field) -> LiveTopics:
    """The topics that a text of this field can be assigned to, by ascending id."""
    found = list(
        Topic.objects.filter(
            project=field.project_id, field=field, retired_at=None, centroid__isnull=False
        )
        .order_by("pk")
        .values_list("pk", "centroid", "threshold")
    )
    ids, centroids, thresholds = zip(*found, strict=True) if found else ((), (), ())
    return LiveTopics(
        np.array(ids, dtype=np.int64),
        np.array(centroids, dtype=np.float32) if found else np.empty((0, 0), dtype=np.float32),
        np.array(thresholds, dtype=np.float32),
    )


def store(cursor: Any, project_id: int, text_ids: Sequence[int], vectors: NDArray[Any]) -> None:
    """Write the vectors, (n, d), of texts that have none."""
    ids = np.array(text_ids, dtype=np.int64)
    rows.copy_in(
        cursor,
        "clustering_embedding",
        {"project_id": np.full_like(ids, project_id), "text_id": ids, "vector": vectors},
    )
