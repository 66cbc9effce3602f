"""What people decided about the texts of a dimension, as runs and workers must leave it.

A topic that a person shaped by a merge or a split is *held*: a run finds clusters without its
texts, and it goes on with them; others may join it. A text that a person moved is held in its
topic while that topic lives, or among the outliers. A topic that a person marked may change like
any other, but where a run would end it, it is held for that run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from clustering import coverage
from clustering.centroids import Labels, Vectors
from clustering.models import (
    Decision,
    DecisionKind,
    Dimension,
    LabelSource,
    SetAsideText,
    Text,
    Topic,
)
from clustering.privacy import erasure
from clustering.texts.assignment import Assignments, put
from clustering.texts.vectors import EmbeddedTexts
from ingestion.models import Field


class DecidedMeanwhile(Exception):
    """People decided about texts of the field, marked a topic that ends, chose a coverage, or had
    a user's data deleted, since the run loaded them."""


class OtherModel(Exception):
    """The vectors that a run loaded are gone: another embedding model makes them now."""


@dataclass(frozen=True)
class Held:
    """The held topics and texts of a field, by ascending id."""

    decided: tuple[int, int, int]
    """See `decided`."""
    erased: int
    """Texts that erasures had deleted: names may quote those that a run has loaded."""
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
        """Hold also the topics that people changed since the run loaded `first` and `before`.

        What it found for their texts is out of date, or it did not look at them at all. `now` are
        the texts as they are by now.
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
        return replace(self.and_topics(_ids(live)), model=first.model)

    def and_topics(self, topics: NDArray[np.int64]) -> Held:
        """Hold more of them for this run."""
        return replace(self, topics=np.union1d(self.topics, topics))


def marked(field: Field) -> QuerySet[Topic]:
    """The live topics that a person named, pinned, hid or acted on, and that texts can be compared
    with."""
    marks = Q(pinned=True) | Q(hidden=True) | Q(acted_on_at__isnull=False)
    texts = readable().filter(embedded=True)
    return Topic.objects.filter(
        marks | Q(label_source=LabelSource.EDITED),
        Q(centroid__isnull=False) | Exists(texts),
        project=field.project_id,
        field=field,
        retired_at=None,
    )


def readable() -> QuerySet[Text]:
    """The texts of a topic in an outer query that have a vector, or wait for one."""
    aside = SetAsideText.objects.filter(project=OuterRef("project"), text=OuterRef("pk"))
    return Text.objects.filter(~Exists(aside), project=OuterRef("project"), topic=OuterRef("pk"))


def ending(field: Field, kept: Held, continued: Mapping[int, int]) -> NDArray[np.int64]:
    """The marked topics that no cluster continues, by ascending id, but for those held already."""
    return np.setdiff1d(_ids(marked(field)), [*continued.values(), *kept.topics.tolist()])


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
        erasure.texts_erased(field.project_id),
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
    if decided(field) != kept.decided or erasure.texts_erased(field.project_id) != kept.erased:
        raise DecidedMeanwhile


def _model(field: Field) -> str:
    found = Dimension.objects.filter(project=field.project_id, field=field)
    return found.values_list("model", flat=True).first() or ""


def _ids(rows: Any) -> NDArray[np.int64]:
    return np.array(sorted(rows.values_list("pk", flat=True)), dtype=np.int64)


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
    WHERE text.project_id = %s AND text.id = ANY(%s::bigint[])
      AND (text.held OR topic.held) AND topic.retired_at IS NULL
"""


def placed_among(cursor: Any, project_id: int, text_ids: list[int]) -> set[int]:
    """Those of these texts that stay where they are when they get a vector of another model."""
    cursor.execute(_PLACED, [project_id, text_ids])
    return {text_id for (text_id,) in cursor.fetchall()}
