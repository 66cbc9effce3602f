"""A clustering run over all texts of a dimension: every topic is found anew and matched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clustering import naming
from clustering.centroids import unit_centroids
from clustering.curation import held
from clustering.curation.grouping import grouping
from clustering.curation.held import Held
from clustering.models import ClusteringRun, Lineage, LineageKind, RunScope, RunState
from clustering.runs import births
from clustering.runs.outcome import Outcome, outcome_of, publish
from clustering.runs.stages import Stage, until_undisturbed
from clustering.texts import vectors
from clustering.texts.assignment import settle
from clustering.texts.vectors import EmbeddedTexts
from ingestion.models import Field

if TYPE_CHECKING:
    from clustering.finding import Clusters


def find_and_publish(run: ClusteringRun, stage: Stage) -> None:
    from clustering.finding import find_clusters

    with stage("load"):
        kept = first = held.held(run.field)
        texts = loaded = vectors.embedded_texts(run.field)
    with stage("find"):
        free = loaded.only(~kept.placed(loaded))
        born = _born_among_outliers(run.field)
        previous = _topics_of_last_run(run, free, born)
        found = find_clusters(free.vectors, free.occurrences, previous=previous)
        found = _with_small_topics(found, free, born)
        run.parameters = {"method": found.method, **found.parameters}

    def assigned_and_matched(kept: Held) -> Outcome:
        with stage("assign"):
            groups = grouping(run.field, texts, found, free.ids, kept)
            members = settle(texts.vectors, groups.labels, groups.centroids, groups.thresholds)
        with stage("match"):
            return outcome_of(texts, members, groups, kept)

    def assign_and_write(attempt: int) -> None:
        nonlocal texts, kept
        if attempt > 1:
            with stage("load"):
                kept = held.held(run.field)
                texts = vectors.embedded_texts(run.field)
                kept = kept.with_changes(first, loaded, texts, run.field)
        outcome = assigned_and_matched(kept)
        while len(ending := held.ending(run.field, outcome.held, outcome.lineage.continued)):
            outcome = assigned_and_matched(outcome.held.and_topics(ending))
        with stage("name"):
            names = naming.name_by_keywords(run.field, outcome)
        with stage("write"):
            publish(run, outcome, names)

    until_undisturbed(run, assign_and_write)


def _born_among_outliers(field: Field) -> dict[int, int]:
    """Live topics that a run among the outliers found; the highest text id that it looked at."""
    found = Lineage.objects.filter(
        project=field.project_id,
        run__field=field,
        run__scope=RunScope.OUTLIERS,
        kind=LineageKind.BORN,
        target__retired_at=None,
    )
    return dict(found.values_list("target", "run__last_text"))


def _topics_of_last_run(
    run: ClusteringRun, texts: EmbeddedTexts, born: dict[int, int]
) -> NDArray[np.int64] | None:
    """(n,) topic of each text as a run left it; -1 for outliers and for newer texts.

    A text that came since has only been assigned; it must not hold the old topics in place.
    """
    done = ClusteringRun.objects.filter(
        project=run.project_id, field=run.field_id, scope=RunScope.ALL, state=RunState.DONE
    )
    last = done.order_by("-started_at").first()
    if last is None:
        return None
    looked_at = np.full(len(texts), last.last_text)
    for topic, last_text in born.items():
        looked_at[texts.topic_ids == topic] = max(last_text, last.last_text)
    known = (texts.topic_ids > 0) & (texts.ids <= looked_at)
    return np.where(known, texts.topic_ids, -1)


def _with_small_topics(found: Clusters, free: EmbeddedTexts, born: dict[int, int]) -> Clusters:
    """What was found, and the topics born among outliers that are too small to be found here."""
    labels = births.with_small(found.labels, free.topic_ids, sorted(born))
    if labels is found.labels:
        return found
    return replace(found, labels=labels, centroids=unit_centroids(free.vectors, labels))
