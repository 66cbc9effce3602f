"""What people decided about the texts of a dimension, as runs and workers must leave it.

A topic that a person shaped by a merge or a split is *held*: a run finds clusters without its
texts, and it goes on with them; others may join it. A text that a person moved is held in its
topic while that topic lives, or among the outliers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from clustering import coverage
from clustering.centroids import Labels, Vectors, unit_centroids
from clustering.models import Decision, DecisionKind, Dimension, Text, Topic
from clustering.texts.assignment import Assignments, limits_of, put, thresholds
from clustering.texts.vectors import EmbeddedTexts, LiveTopics
from ingestion.models import Field

if TYPE_CHECKING:
    from clustering.finding import Clusters


class DecidedMeanwhile(Exception):
    """People decided about texts of the field, or chose a coverage, since the run loaded them."""


class OtherModel(Exception):
    """The vectors that a run loaded are gone: another embedding model makes them now."""


@dataclass(frozen=True)
class Held:
    """The held topics and texts of a field, by ascending id."""

    decided: tuple[int, int, int]
    """See `decided`."""
    model: str
    """The embedding model that the field's vectors came from."""
    topics: NDArray[np.int64]
    texts: NDArray[np.int64]

    @property
    def coverage(self) -> int:
        return self.decided[2]

    def placed(self, texts: EmbeddedTexts) -> NDArray[np.bool_]:
        """(n,) whether it is not for a run to say where a text belongs."""
        return np.isin(texts.topic_ids, self.topics) | np.isin(texts.ids, self.texts)

    def with_changes(
        self, first: Held, before: EmbeddedTexts, now: EmbeddedTexts, field: Field
    ) -> Held:
        """Hold for this run also the topics that people changed since it loaded `first`, `before`.

        What it found for their texts is out of date, or it did not look at them at all.
        """
        _, was, here = np.intersect1d(before.ids, now.ids, return_indices=True)
        old, new = before.topic_ids[was], now.topic_ids[here]
        moved = (old != new) & ~np.isin(now.ids[here], self.texts)
        if self.coverage != first.coverage:  # that, too, moves texts to and from the outliers
            moved &= (old > 0) & (new > 0)
        changed = np.union1d(old[moved], new[moved])
        live = Topic.objects.filter(
            project=field.project_id, field=field, retired_at=None, pk__in=changed.tolist()
        )
        return replace(self, topics=np.union1d(self.topics, _ids(live)), model=first.model)


def decided(field: Field) -> tuple[int, int, int]:
    """How many decisions about texts were made, and how many undone; and the coverage chosen.

    Neither count ever falls.
    """
    found = Decision.objects.filter(
        project=field.project_id, field=field, kind__in=DecisionKind.of_texts()
    ).aggregate(made=Count("pk"), undone=Count("undone_at"))
    return found["made"], found["undone"], coverage.chosen(field)


def held(field: Field) -> Held:
    """Read it before the texts: then `require_unchanged` tells of whatever happened since."""
    scope = {"project": field.project_id, "field": field}
    return Held(
        decided(field),
        _model(field),
        _ids(Topic.objects.filter(held=True, retired_at=None, **scope)),
        _ids(Text.objects.filter(held=True, **scope)),
    )


def require_unchanged(field: Field, kept: Held) -> None:
    """Raise OtherModel or DecidedMeanwhile if a run that loaded `kept` may not write what it found.

    Call it where nobody else can write texts of the field.
    """
    if _model(field) != kept.model:
        raise OtherModel
    if decided(field) != kept.decided:
        raise DecidedMeanwhile


def _model(field: Field) -> str:
    found = Dimension.objects.filter(project=field.project_id, field=field)
    return found.values_list("model", flat=True).first() or ""


def _ids(rows: Any) -> NDArray[np.int64]:
    return np.array(sorted(rows.values_list("pk", flat=True)), dtype=np.int64)


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
    topics = _held_topics(field, texts, kept)
    own = rows_of(texts.topic_ids, topics.ids)
    shift = len(centroids)
    labels = np.where(own >= 0, own + shift, labels).astype(np.int32)
    centroids = _stacked(centroids, topics.centroids)
    limits = limits_of(texts.vectors, labels, centroids)
    return Grouping(
        labels,
        centroids,
        np.concatenate([limits[:shift, kept.coverage], topics.thresholds]),
        limits,
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


def _held_topics(field: Field, texts: EmbeddedTexts, kept: Held) -> LiveTopics:
    """The held topics with centroids and thresholds from their texts of now.

    One without texts keeps what it had, and comes last: those who name clusters count on it.
    """
    rows = Topic.objects.filter(project=field.project_id, field=field, pk__in=kept.topics.tolist())
    with_texts = np.intersect1d(kept.topics, texts.topic_ids)
    own = rows_of(texts.topic_ids, with_texts)
    centroids = unit_centroids(texts.vectors, own)
    limits = thresholds(texts.vectors, own, centroids)
    without = list(
        rows.exclude(pk__in=with_texts.tolist())
        .exclude(centroid=None)
        .order_by("pk")
        .values_list("pk", "centroid", "threshold")
    )
    for topic_id, centroid, limit in without:
        with_texts = np.append(with_texts, topic_id)
        centroids = _stacked(centroids, np.array([centroid], dtype=np.float32))
        limits = np.append(limits, np.float32(limit))
    return LiveTopics(with_texts, centroids, limits)


def _stacked(above: Vectors, below: Vectors) -> Vectors:
    """One under the other; where there is no text, not even the number of columns is known."""
    filled = [rows for rows in (above, below) if len(rows)]
    return np.concatenate(filled) if filled else above


def rows_of(topic_ids: NDArray[np.int64], known: NDArray[np.int64]) -> Labels:
    """(n,) the place of each topic among the `known` ones, ascending; -1 for one that is not."""
    if not len(known):
        return np.full(len(topic_ids), -1, np.int32)
    rows = np.searchsorted(known, topic_ids).clip(max=len(known) - 1)
    return np.where(known[rows] == topic_ids, rows, -1).astype(np.int32)


def respect(
    kept: Held,
    texts: EmbeddedTexts,
    members: Assignments,
    centroids: Vectors,
    continued: Mapping[int, int],
) -> None:
    """Put the texts that people placed back where they are; free those of a topic that ended.

    `continued` has the topic by cluster.
    """
    placed = np.flatnonzero(kept.placed(texts))
    cluster_of = {topic: cluster for cluster, topic in continued.items()}
    clusters = np.array(
        [cluster_of.get(topic, -1) for topic in texts.topic_ids[placed].tolist()], dtype=np.int32
    )
    rows, clusters = placed[clusters >= 0], clusters[clusters >= 0]
    similarity = np.einsum("ij,ij->i", texts.vectors[rows], centroids[clusters])
    put(members, rows, clusters, similarity)
    members.assigned[placed[texts.topic_ids[placed] == 0]] = False


_PLACED = """
    SELECT text.id
    FROM clustering_text AS text
    LEFT JOIN clustering_topic AS topic
      ON topic.project_id = text.project_id AND topic.id = text.topic_id
    WHERE text.project_id = %s AND text.id = ANY(%s)
      AND (text.held OR topic.held) AND topic.retired_at IS NULL
"""


def placed_among(cursor: Any, project_id: int, text_ids: list[int]) -> set[int]:
    """Those of these texts that stay where they are when they get a vector of another model."""
    cursor.execute(_PLACED, [project_id, text_ids])
    return {text_id for (text_id,) in cursor.fetchall()}
