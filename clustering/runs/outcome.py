"""What a clustering run found, and the one transaction that makes it visible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from numpy.typing import NDArray

from clustering import locks
from clustering.curation import held
from clustering.curation.grouping import Grouping
from clustering.curation.held import DecidedMeanwhile, Held
from clustering.models import (
    ClusteringRun,
    LabelSource,
    LineageKind,
    RunState,
    SetAsideText,
    Text,
    Topic,
)
from clustering.models import Lineage as LineageRow
from clustering.runs.lineage import Change, Lineage, match_topics
from clustering.runs.stages import GROUP
from clustering.texts import rows, vectors
from clustering.texts.assignment import Assignments, assign, between
from clustering.texts.vectors import EmbeddedTexts


@dataclass(frozen=True)
class Name:
    """A label for a topic, and what it rests on; see `clustering.naming`."""

    label: str
    description: str
    source: str
    examples: str
    """Digest of the examples."""

    FIELDS: ClassVar = (
        "label",
        "description",
        "label_source",
        "labelled_from",
        "labelled_centroid",
    )

    def give_to(self, topic: Topic) -> None:
        """Name a topic, unless a person named it, or shaped it when it had a name."""
        if topic.label_source != LabelSource.EDITED and not (topic.held and topic.label):
            topic.label, topic.description = self.label, self.description
            topic.label_source, topic.labelled_from = self.source, self.examples
            topic.labelled_centroid = topic.centroid


@dataclass(frozen=True)
class Outcome:
    """k clusters over the n texts of a field, compared with the topics that they had."""

    texts: EmbeddedTexts
    centroids: NDArray[np.float32]
    """(k, d), of length 1."""
    thresholds: NDArray[np.float32]
    """(k,) at the project's coverage."""
    limits: NDArray[np.float32]
    """(k, 5) thresholds at every coverage."""
    members: Assignments
    """Of each text, with clusters in place of topics."""
    lineage: Lineage
    held: Held


def compare(texts: EmbeddedTexts, members: Assignments, found: Grouping, kept: Held) -> Lineage:
    """Match clusters to the topics that claim these texts now, by occurrences.

    A text that a person moved says nothing of what became of its topic.
    """
    counts = (texts.topic_ids > 0) & ~np.isin(texts.ids, kept.texts)
    return match_topics(
        np.where(counts, texts.topic_ids, -1),
        np.where(members.assigned, members.nearest, -1).astype(np.int64),
        np.maximum(texts.occurrences, 1),
        found.held,
    )


def outcome_of(texts: EmbeddedTexts, members: Assignments, found: Grouping, kept: Held) -> Outcome:
    """Compare with the topics before, and leave what people placed where it is."""
    members.assigned[np.isin(texts.topic_ids, kept.topics)] = True
    lineage = compare(texts, members, found, kept)
    held.respect(kept, texts, members, found.centroids, lineage.continued)
    return Outcome(texts, found.centroids, found.thresholds, found.limits, members, lineage, kept)


def publish(run: ClusteringRun, outcome: Outcome, names: Mapping[int, Name]) -> None:
    """Write topics, assignments and lineage and end the run: all at once or not at all.

    `names` are by cluster; a continued topic without one keeps the name that it has. Texts that
    arrived during the run are assigned here, so that none refers to a topic that is gone. Raises
    DecidedMeanwhile or OtherModel, and then has written nothing, if the outcome no longer holds.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        locks.refer(run.field_id)
        locks.own(run.field_id)
        held.require_unchanged(run.field, outcome.held)
        topic_ids, retired = _write_topics(run, outcome, names)
        cursor.execute(_CREATE_TABLE)
        _add_rows(cursor, outcome, outcome.texts, outcome.members, topic_ids)
        late = vectors.late_texts(run.field)
        answer = assign(late.vectors, outcome.centroids, outcome.thresholds)
        held.respect(outcome.held, late, answer, outcome.centroids, outcome.lineage.continued)
        _add_rows(cursor, outcome, late, answer, topic_ids)
        _move_texts(cursor, run)
        _write_lineage(run, outcome, topic_ids, retired)
        _end(run, outcome, late, answer)


def move_outliers(
    cursor: Any, run: ClusteringRun, outcome: Outcome, topic_ids: NDArray[np.int64]
) -> tuple[EmbeddedTexts, Assignments]:
    """Give the outliers of an outcome, and those that came since, their topic or nearest topic.

    `topic_ids` (k,) are those of the clusters. Returns those that came since.
    """
    cursor.execute(_CREATE_TABLE)
    _add_rows(cursor, outcome, outcome.texts, outcome.members, topic_ids)
    late = vectors.late_outliers(run.field)
    answer = assign(late.vectors, outcome.centroids, outcome.thresholds)
    _add_rows(cursor, outcome, late, answer, topic_ids)
    _move_texts(cursor, run)
    return late, answer


def _write_topics(
    run: ClusteringRun, outcome: Outcome, names: Mapping[int, Name]
) -> tuple[NDArray[np.int64], list[int]]:
    """Create the topics that are born, move the ones that continue, retire the rest.

    Returns the (k,) topic ids of the clusters, and the ids of those retired. Raises
    DecidedMeanwhile.
    """
    topic_ids = _renew_topics(run, outcome, names)
    return np.array(topic_ids, dtype=np.int64), _retire_others(run, topic_ids)


def _renew_topics(run: ClusteringRun, outcome: Outcome, names: Mapping[int, Name]) -> list[int]:
    """Give each cluster its topic, one that continues or a new one; return their ids.

    Leaves alone a label that a user edited.
    """
    scope: dict[str, Any] = {"project": run.project_id, "field": run.field_id}
    continued = outcome.lineage.continued
    # Not FOR UPDATE: that would also stop the foreign key checks of whoever assigns a text now.
    current = Topic.objects.select_for_update(no_key=True).filter(
        pk__in=continued.values(), **scope
    )
    existing = {topic.pk: topic for topic in current.order_by("pk")}
    topics = [
        existing.get(continued.get(cluster, 0)) or Topic(project=run.project, field=run.field)
        for cluster in range(len(outcome.centroids))
    ]
    for cluster, topic in enumerate(topics):
        topic.centroid = outcome.centroids[cluster].tolist()
        topic.threshold = float(outcome.thresholds[cluster])
        if not topic.held:
            topic.limits = outcome.limits[cluster].tolist()
        if cluster in names:
            names[cluster].give_to(topic)
        elif topic.labelled_centroid is None:  # since the embedding model changed
            topic.labelled_centroid = topic.centroid
    Topic.objects.bulk_create([topic for topic in topics if topic.pk is None])
    Topic.objects.filter(**scope).bulk_update(
        existing.values(),
        ["centroid", "threshold", "limits", *Name.FIELDS],
        batch_size=200,
    )
    return [topic.pk for topic in topics]


def _retire_others(run: ClusteringRun, topic_ids: Sequence[int]) -> list[int]:
    """Retire all topics but these and those held with texts of their own; return their ids.

    Frees the texts that people put there. Raises DecidedMeanwhile if somebody has marked one.
    """
    scope: dict[str, Any] = {"project": run.project_id, "field": run.field_id}
    kept = Q(held=True) & Exists(held.readable())
    others = Topic.objects.filter(~kept, retired_at=None, **scope)
    others = others.exclude(pk__in=topic_ids)
    if held.marked(run.field).filter(pk__in=others).exists():
        raise DecidedMeanwhile
    retired = list(others.values_list("pk", flat=True))
    Topic.objects.filter(pk__in=retired, **scope).update(retired_at=timezone.now())
    free = Text.objects.filter(topic__in=retired, held=True, **scope)
    aside = SetAsideText.objects.filter(project=run.project_id, text=OuterRef("pk"))
    free.filter(Exists(aside)).update(held=False, topic=None, nearest_topic=None)  # no run moves it
    free.update(held=False)
    return retired


_UNCHANGED = 0.0005
"""A similarity or margin that moved by less is not worth rewriting its row, unless it makes a
difference at some coverage."""

_TABLE = "turret_assignment"
_CREATE_TABLE = """
    CREATE TEMPORARY TABLE turret_assignment (
        text_id bigint, topic_id bigint, nearest_topic_id bigint,
        similarity float8, margin float8, above float8, below float8
    )
"""
_MOVE_TEXTS = """
    UPDATE clustering_text AS text
    SET topic_id = nullif(new.topic_id, 0),
        nearest_topic_id = nullif(new.nearest_topic_id, 0),
        similarity = new.similarity,
        margin = new.margin
    FROM turret_assignment AS new
    WHERE text.project_id = %(project)s AND text.id = new.text_id
      AND (coalesce(text.topic_id, 0) <> new.topic_id
           OR coalesce(text.nearest_topic_id, 0) <> new.nearest_topic_id
           OR text.similarity IS NULL OR text.margin IS NULL
           OR text.similarity < new.above OR text.similarity >= new.below
           OR abs(text.similarity - new.similarity) >= %(unchanged)s
           OR abs(text.margin - new.margin) >= %(unchanged)s)
"""


def _add_rows(
    cursor: Any,
    outcome: Outcome,
    texts: EmbeddedTexts,
    members: Assignments,
    topic_ids: NDArray[np.int64],
) -> None:
    """Write the topics of texts to the temporary table, with 0 for none."""
    nearest = np.append(topic_ids, 0)[members.nearest]  # -1, no topic at all, is the last place
    above, below = between(outcome.limits, members)
    columns = {
        "text_id": texts.ids,
        "topic_id": np.where(members.assigned, nearest, 0),
        "nearest_topic_id": nearest,
        "similarity": members.similarity.astype(np.float64),
        "margin": members.margin.astype(np.float64),
        "above": above,
        "below": below,
    }
    rows.copy_in(cursor, _TABLE, columns)


def _move_texts(cursor: Any, run: ClusteringRun) -> None:
    """Update the texts whose row in the temporary table says something new."""
    cursor.execute("ANALYZE turret_assignment")
    cursor.execute(_MOVE_TEXTS, {"project": run.project_id, "unchanged": _UNCHANGED})
    cursor.execute("DROP TABLE turret_assignment")


def _write_lineage(
    run: ClusteringRun, outcome: Outcome, topic_ids: NDArray[np.int64], retired: Iterable[int]
) -> None:
    """One line for each topic before the run, and one for each that is new after it.

    `retired` are the topics that are no more; some of them may have had no text to tell a story.
    """
    lines: dict[tuple[Change, int | None, int | None], float] = {}
    for fate in outcome.lineage.fates.values():
        lines[fate.change, fate.topic, fate.cluster] = fate.share
    for topic_id in retired:
        if topic_id not in outcome.lineage.fates:
            lines[Change.RETIRED, topic_id, None] = 1.0
    unclaimed = _unclaimed_before(outcome)
    for origin in outcome.lineage.origins.values():
        if origin.change == Change.BORN:
            lines[origin.change, None, origin.cluster] = float(unclaimed[origin.cluster])
        elif origin.change == Change.SPLIT:
            lines[origin.change, origin.topic, origin.cluster] = origin.share
    LineageRow.objects.bulk_create(
        LineageRow(
            project_id=run.project_id,
            run=run,
            kind=LineageKind(change.value),
            source_id=source,
            target_id=None if cluster is None else int(topic_ids[cluster]),
            share=share,
        )
        for (change, source, cluster), share in lines.items()
    )


def _unclaimed_before(outcome: Outcome) -> NDArray[np.float64]:
    """(k,) share of each cluster's occurrences that no topic claimed before."""
    claimed = outcome.members.assigned
    clusters = outcome.members.nearest[claimed]
    weights = outcome.texts.occurrences[claimed]
    size = len(outcome.centroids)
    all_of_it = np.bincount(clusters, weights=weights, minlength=size)
    without = weights * (outcome.texts.topic_ids[claimed] == 0)
    unclaimed = np.bincount(clusters, weights=without, minlength=size)
    share: NDArray[np.float64] = unclaimed / np.maximum(all_of_it, 1)
    return share


def _end(
    run: ClusteringRun, outcome: Outcome, late: EmbeddedTexts, late_members: Assignments
) -> None:
    claimed = np.append(outcome.members.assigned, late_members.assigned)
    run.texts = len(claimed)
    run.topics = len(outcome.centroids)
    run.outliers = int((~claimed).sum())
    run.last_text = int(max(outcome.texts.ids.max(initial=0), late.ids.max(initial=0)))
    run.parameters["kept"] = round(outcome.lineage.kept, 4)
    run.state, run.stage, run.finished_at = RunState.DONE, GROUP, timezone.now()
    run.save()
