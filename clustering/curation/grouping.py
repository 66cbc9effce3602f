"""The clusters of a run: those that were found, and the topics that are held beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from accounts.models import Coverage
from clustering.centroids import Labels, Vectors, unit_centroids
from clustering.curation.held import Held, rows_of
from clustering.models import Topic
from clustering.texts.assignment import limits_of, thresholds
from clustering.texts.vectors import EmbeddedTexts, LiveTopics
from ingestion.models import Field

if TYPE_CHECKING:
    from clustering.finding import Clusters


@dataclass(frozen=True)
class Grouping:
    """The clusters of a run, k in all: those found, and then the held topics."""

    labels: Labels
    """(n,) the cluster of each text, or -1."""
    centroids: Vectors
    """(k, d), of length 1."""
    thresholds: NDArray[np.float32]
    """(k,) at the project's coverage."""
    limits: NDArray[np.float32]
    """(k, 5) thresholds at every coverage."""
    held: Mapping[int, int]
    """Cluster by held topic."""


def grouping(
    field: Field, texts: EmbeddedTexts, found: Clusters, found_ids: NDArray[np.int64], kept: Held
) -> Grouping:
    """Add the held topics to the clusters that were found among the texts `found_ids`.

    A cluster that lost most of its texts to what people decided meanwhile is given up.
    """
    placed = kept.placed(texts)
    labels = np.full(len(texts), -1, np.int32)
    _, here, there = np.intersect1d(texts.ids, found_ids, return_indices=True)
    labels[here] = found.labels[there]
    labels[placed] = -1
    labels, centroids = _without_remains(labels, found, texts.vectors)
    limits = limits_of(texts.vectors, labels, centroids)
    topics, own_limits = _held_topics(field, texts, kept)
    own = rows_of(texts.topic_ids, topics.ids)
    shift = len(centroids)
    return Grouping(
        np.where(own >= 0, own + shift, labels).astype(np.int32),
        _stacked(centroids, topics.centroids),
        np.concatenate([limits[:, kept.coverage], topics.thresholds]),
        np.concatenate([limits, own_limits]),
        {topic: shift + row for row, topic in enumerate(topics.ids.tolist())},
    )


def _without_remains(labels: Labels, found: Clusters, vectors: Vectors) -> tuple[Labels, Vectors]:
    """Drop the clusters that lost more than half of their texts, and number the rest anew."""
    size = len(found.centroids)
    before = np.bincount(found.labels[found.labels >= 0], minlength=size)
    left = np.bincount(labels[labels >= 0], minlength=size)
    if (left == before).all():
        return labels, found.centroids
    kept = 2 * left >= before
    numbers = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1).astype(np.int32)
    labels = numbers[labels]
    return labels, unit_centroids(vectors, labels)


def _held_topics(
    field: Field, texts: EmbeddedTexts, kept: Held
) -> tuple[LiveTopics, NDArray[np.float32]]:
    """The held topics, with centroids from their texts of now; those without texts keep theirs.

    A topic that a person shaped gets its threshold from its texts as well. One held for this
    run alone keeps its thresholds at every coverage, (m, 5): they were measured on all texts of a
    cluster, not only on those that the coverage admitted.
    """
    found = Topic.objects.filter(project=field.project_id, field=field, pk__in=kept.topics.tolist())
    known = set(texts.topic_ids.tolist())
    topics = [
        topic for topic in found.order_by("pk") if topic.pk in known or topic.centroid is not None
    ]
    ids = np.array([topic.pk for topic in topics], np.int64)
    own = rows_of(texts.topic_ids, ids)
    means = unit_centroids(texts.vectors, own)
    centroids = np.array(
        [means[row] if topic.pk in known else topic.centroid for row, topic in enumerate(topics)],
        np.float32,
    ).reshape(len(topics), -1 if topics else 0)
    limits = np.array(
        [topic.limits or [topic.threshold] * len(Coverage) for topic in topics], np.float32
    ).reshape(-1, len(Coverage))
    shaped = thresholds(texts.vectors, own, centroids)
    for row, topic in enumerate(topics):
        if not topic.held:
            shaped[row] = limits[row, kept.coverage]
        elif topic.pk not in known:
            shaped[row] = topic.threshold
    return LiveTopics(ids, centroids, shaped), limits


def _stacked(above: Vectors, below: Vectors) -> Vectors:
    """One under the other; where there is no text, not even the number of columns is known."""
    filled = [rows for rows in (above, below) if len(rows)]
    return np.concatenate(filled) if filled else above
