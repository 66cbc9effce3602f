"""A clustering run among the outliers of a dimension: topics are born, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from clustering import locks, naming
from clustering.centroids import Labels, Vectors, unit_centroids
from clustering.curation import held
from clustering.curation.held import DecidedMeanwhile
from clustering.models import ClusteringRun, LineageKind, RunState, Topic
from clustering.models import Lineage as LineageRow
from clustering.runs import births
from clustering.runs.lineage import Lineage
from clustering.runs.outcome import Name, Outcome, move_outliers
from clustering.runs.stages import Stage, until_undisturbed
from clustering.texts import vectors
from clustering.texts.assignment import Assignments, assign, limits_of, settle
from clustering.texts.vectors import EmbeddedTexts, LiveTopics
from ingestion.models import Event, Field

UNREACHABLE = np.float32(2.0)
"""No similarity reaches it, so that no text joins a topic that exists already."""


@dataclass(frozen=True)
class Found:
    """The outliers of a dimension, and the m groups of them that deserve a topic."""

    texts: EmbeddedTexts
    labels: Labels
    """(n,) 0..m-1, or -1."""
    centroids: Vectors
    """(m, d), of length 1."""
    topics: LiveTopics
    """Those that exist."""


def find_and_publish(run: ClusteringRun, stage: Stage) -> None:
    def find_and_write(attempt: int) -> None:
        with stage("load"):
            kept = held.held(run.field)
            topics = vectors.live_topics(run.field)
            texts = vectors.outliers(run.field)
        with stage("find"):
            found = _find(run, texts, topics)
        with stage("assign"):
            answer = _outcome(found, kept)
        with stage("name"):
            names = naming.name_births(run.field, texts, found.labels, found.centroids)
        with stage("write"):
            _publish(run, found, answer, names)

    until_undisturbed(run, find_and_write)


def _find(run: ClusteringRun, texts: EmbeddedTexts, topics: LiveTopics) -> Found:
    from clustering.finding import find_clusters

    found = find_clusters(texts.vectors, texts.occurrences)
    groups = len(found.centroids)
    run.parameters = {"method": found.method, **found.parameters, "groups": groups}
    never = np.full(len(topics), UNREACHABLE)
    to_topics = assign(texts.vectors, topics.centroids, never).similarity
    worthy = births.deserving(texts.vectors, found.labels, to_topics)
    voices = _voices(run.field, texts, births.only(found.labels, worthy))
    heard = [
        group for place, group in enumerate(worthy) if voices.get(place, 0) >= births.FEWEST_VOICES
    ]
    labels = births.only(found.labels, heard)
    return Found(texts, labels, unit_centroids(texts.vectors, labels), topics)


_LATEST = 100
"""Occurrences of each text whose sessions and users are counted."""
_VOICES = """
    SELECT text.label, count(DISTINCT occurrence.session_id), count(DISTINCT event.user_id)
    FROM unnest(%s::bigint[], %s::int[]) AS text (id, label)
    CROSS JOIN LATERAL (
        SELECT project_id, event_id, session_id FROM clustering_occurrence
        WHERE project_id = %s AND text_id = text.id
        ORDER BY timestamp DESC LIMIT %s
    ) AS occurrence
    JOIN ingestion_event AS event
      ON event.project_id = occurrence.project_id AND event.id = occurrence.event_id
    GROUP BY 1
"""


def _voices(field: Field, texts: EmbeddedTexts, labels: Labels) -> dict[int, int]:
    """Sessions or users of each group, whichever are fewer. The index is occurrence_by_text.

    Users do not count where a project has too few for anybody to be told apart.
    """
    rows = np.flatnonzero(labels >= 0)
    with connection.cursor() as cursor:
        cursor.execute(
            _VOICES,
            [texts.ids[rows].tolist(), labels[rows].tolist(), field.project_id, _LATEST],
        )
        counted = cursor.fetchall()
    if _has_users(field, births.FEWEST_VOICES):
        return {label: min(sessions, users) for label, sessions, users in counted}
    return {label: sessions for label, sessions, _ in counted}


def _has_users(field: Field, count: int) -> bool:
    """Whether a project has as many users, by steps through the index event_by_user."""
    users = Event.objects.filter(project=field.project_id).order_by("user_id")
    last = ""
    for _ in range(count):
        user = users.filter(user_id__gt=last).values_list("user_id", flat=True).first()
        if user is None:
            return False
        last = user
    return True


def _outcome(found: Found, kept: held.Held) -> Outcome:
    """The outliers compared with the m new topics, and with those that exist, which come after."""
    _, _, level = kept.decided
    born = limits_of(found.texts.vectors, found.labels, found.centroids)
    limits = np.vstack([born, np.full((len(found.topics), born.shape[1]), UNREACHABLE)])
    both = [rows for rows in (found.centroids, found.topics.centroids) if len(rows)]
    centroids = np.concatenate(both) if both else found.centroids
    members = settle(found.texts.vectors, found.labels, centroids, limits[:, level])
    untold = Lineage({}, {}, {}, 1.0)
    return Outcome(found.texts, centroids, limits[:, level], limits, members, untold, kept)


def _publish(run: ClusteringRun, found: Found, answer: Outcome, names: Mapping[int, Name]) -> None:
    """Write the new topics and who belongs to them, and end the run: all at once or not at all.

    Raises DecidedMeanwhile or OtherModel, and then has written nothing, if people decided about
    texts of the field, or topics or vectors are others, since the run loaded them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        locks.refer(run.field_id)
        locks.own(run.field_id)
        same = np.array_equal(vectors.live_topics(run.field).ids, found.topics.ids)
        if not same:
            raise DecidedMeanwhile
        held.require_unchanged(run.field, answer.held)
        born = _create_topics(run, found, answer, names)
        looked_at = [(found.texts, answer.members)]
        if born:
            new = np.array([topic.pk for topic in born], np.int64)
            ids = np.concatenate([new, found.topics.ids])
            looked_at.append(move_outliers(cursor, run, answer, ids))
        LineageRow.objects.bulk_create(
            LineageRow(
                project_id=run.project_id, run=run, kind=LineageKind.BORN, target=topic, share=1.0
            )
            for topic in born
        )
        _end(run, len(born), looked_at)


def _create_topics(
    run: ClusteringRun, found: Found, answer: Outcome, names: Mapping[int, Name]
) -> list[Topic]:
    topics = [
        Topic(
            project_id=run.project_id,
            field_id=run.field_id,
            theme_id=theme,
            centroid=centroid.tolist(),
            threshold=float(answer.thresholds[place]),
            limits=answer.limits[place].tolist(),
        )
        for place, (centroid, theme) in enumerate(
            zip(found.centroids, _themes_nearby(run.field, found), strict=True)
        )
    ]
    for place, name in names.items():
        name.give_to(topics[place])
    return Topic.objects.bulk_create(topics)


def _themes_nearby(field: Field, found: Found) -> list[int | None]:
    """The theme of the topic nearest to each group, until themes are grouped anew."""
    if not len(found.topics):
        return [None] * len(found.centroids)
    theme_of = dict(
        Topic.objects.filter(project=field.project_id, field=field).values_list("pk", "theme_id")
    )
    nearest = (found.centroids @ found.topics.centroids.T).argmax(axis=1)
    return [theme_of.get(topic) for topic in found.topics.ids[nearest].tolist()]


def _end(
    run: ClusteringRun, born: int, looked_at: Sequence[tuple[EmbeddedTexts, Assignments]]
) -> None:
    run.texts = sum(len(texts) for texts, _ in looked_at)
    run.topics = born
    run.outliers = sum(int((~members.assigned).sum()) for _, members in looked_at)
    run.last_text = max(int(texts.ids.max(initial=0)) for texts, _ in looked_at)
    run.state, run.stage, run.finished_at = RunState.DONE, "", timezone.now()
    run.save()
