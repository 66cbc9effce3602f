"""How much topics claim: a project's choice between coverage and purity, put into force.

A topic has a threshold for each level (`Topic.limits`), and one rule holds for every text: it
belongs to its nearest topic if its similarity reaches the threshold in force. So changing the
level needs no run, and changing it back restores what was. It leaves alone what people decided:
texts that they moved, and topics that they merged or split.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, QuerySet

from accounts.models import Coverage, Project
from clustering import locks
from clustering.models import Text
from ingestion.models import Field

AT_ONCE = 50_000
"""Texts that are looked at while a person waits for the page; more are left to a worker."""

_RULED = """
    topic.retired_at IS NULL AND NOT topic.held AND topic.limits <> '{}'
    AND topic.centroid IS NOT NULL
"""
"""The topics that the setting is about: not those of runs before there was one."""

_BEHIND = """
    SELECT DISTINCT topic.project_id, topic.field_id
    FROM clustering_topic AS topic
    JOIN accounts_project AS project ON project.id = topic.project_id
    WHERE project.deleted_at IS NULL
      AND {ruled} AND topic.threshold <> topic.limits[project.coverage + 1]
    ORDER BY topic.field_id
"""

_SET_THRESHOLDS = """
    UPDATE clustering_topic AS topic SET threshold = topic.limits[project.coverage + 1]
    FROM accounts_project AS project
    WHERE topic.project_id = %(project)s AND topic.field_id = %(field)s
      AND project.id = topic.project_id
      AND {ruled} AND topic.threshold <> topic.limits[project.coverage + 1]
      AND (%(topics)s::bigint[] IS NULL OR topic.id = ANY(%(topics)s::bigint[]))
"""

_MOVE_TEXTS = """
    UPDATE clustering_text AS text
    SET topic_id = CASE WHEN text.similarity >= topic.threshold THEN topic.id END
    FROM clustering_topic AS topic
    WHERE text.project_id = %(project)s AND text.field_id = %(field)s
      AND topic.project_id = text.project_id AND topic.id = text.nearest_topic_id
      AND {ruled} AND text.embedded AND NOT text.held
      AND (text.topic_id IS NOT NULL) <> (text.similarity >= topic.threshold)
      AND (%(texts)s::bigint[] IS NULL OR text.id = ANY(%(texts)s::bigint[]))
"""

_COUNT = """
    SELECT CASE
               WHEN {ruled} AND text.embedded AND NOT text.held
               THEN (text.similarity < topic.limits[1])::int
                  + (text.similarity < topic.limits[2])::int
                  + (text.similarity < topic.limits[3])::int
                  + (text.similarity < topic.limits[4])::int
                  + (text.similarity < topic.limits[5])::int
               WHEN text.topic_id IS NULL THEN 5 ELSE 0
           END AS first_level,
           count(*), sum(text.occurrences)::bigint
    FROM clustering_text AS text
    LEFT JOIN clustering_topic AS topic
      ON topic.project_id = text.project_id AND topic.id = text.nearest_topic_id
    WHERE text.project_id = %s AND text.field_id = %s AND text.embedded
    GROUP BY 1
"""


@dataclass(frozen=True)
class Level:
    """What topics of a dimension would claim at one level, of its `all_texts` and messages."""

    coverage: Coverage
    texts: int
    all_texts: int
    messages: int
    all_messages: int

    @property
    def outliers(self) -> int:
        return self.all_texts - self.texts

    @property
    def share(self) -> float:
        """Of the messages."""
        return self.messages / self.all_messages if self.all_messages else 0.0


def chosen(field: Field) -> Coverage:
    """The level of a field's project as it is now."""
    found = Project.with_deleted.unscoped().filter(pk=field.project_id)
    return Coverage(found.values_list("coverage", flat=True).get())


def levels(field: Field) -> list[Level]:
    """What each level would mean for the texts of a field that have been compared."""
    counted = dict.fromkeys(range(len(Coverage) + 1), (0, 0))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(ruled=_RULED), [field.project_id, field.pk])
        counted |= {level: (texts, messages) for level, texts, messages in cursor.fetchall()}
    all_texts, all_messages = (sum(each) for each in zip(*counted.values(), strict=True))
    found, texts, messages = [], 0, 0
    for coverage in Coverage:
        texts, messages = texts + counted[coverage][0], messages + counted[coverage][1]
        found.append(Level(coverage, texts, all_texts, messages, all_messages))
    return found


def joining(field: Field, coverage: Coverage) -> QuerySet[Text]:
    """Outliers that a topic would claim at a level, the most frequent first."""
    return _free(field, coverage).filter(topic=None, similarity__gte=F("limit"))


def leaving(field: Field, coverage: Coverage) -> QuerySet[Text]:
    """Texts that would be outliers at a level, the most frequent first."""
    return _free(field, coverage).filter(topic__isnull=False, similarity__lt=F("limit"))


def _free(field: Field, coverage: Coverage) -> QuerySet[Text]:
    """The texts that the setting is about, with the `limit` of their nearest topic at a level."""
    return (
        Text.objects.filter(
            project=field.project_id,
            field=field,
            embedded=True,
            held=False,
            nearest_topic__retired_at=None,
            nearest_topic__held=False,
            nearest_topic__centroid__isnull=False,
        )
        .annotate(limit=F(f"nearest_topic__limits__{coverage.value}"))
        .select_related("nearest_topic")
        .defer("nearest_topic__centroid", "nearest_topic__labelled_centroid")
        .order_by("-occurrences", "pk")
    )


def behind(project: Project | None = None) -> list[tuple[int, int]]:
    """Project and field ids of the dimensions where another level is in force than was chosen."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND.format(ruled=_RULED))
        found = cursor.fetchall()
    return [each for each in found if project is None or each[0] == project.pk]


def is_quick(project: Project) -> bool:
    """Whether there are so few texts that a person can wait for it."""
    found = Text.objects.filter(project=project, embedded=True)
    return found[: AT_ONCE + 1].count() <= AT_ONCE


def put_into_force(project: Project) -> None:
    """Bring the thresholds and texts of each dimension to the level that was chosen."""
    for _, field_id in behind(project):
        with transaction.atomic():
            locks.own(field_id)
            set_thresholds(project.pk, field_id)
            move_texts(project.pk, field_id)


def set_thresholds(project_id: int, field_id: int, topic_ids: Iterable[int] | None = None) -> None:
    """Give the topics of a field, or these, the thresholds of the level that was chosen."""
    values = {"project": project_id, "field": field_id, "topics": _listed(topic_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_SET_THRESHOLDS.format(ruled=_RULED), values)


def move_texts(project_id: int, field_id: int, text_ids: Iterable[int] | None = None) -> None:
    """Have the rule hold for all texts of a field, or for these. Call it with the field's lock.

    The index is text_by_arrival, or the primary key.
    """
    values = {"project": project_id, "field": field_id, "texts": _listed(text_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_TEXTS.format(ruled=_RULED), values)


def _listed(ids: Iterable[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
