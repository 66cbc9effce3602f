"""Reads of topics and texts for pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone
from pgvector.django import CosineDistance

from accounts.models import Project
from clustering import table
from clustering.models import Lineage, LineageKind, Occurrence, Text, Topic
from clustering.period import Period, period
from ingestion.models import Field, FieldType


def text_fields(project: Project) -> list[Field]:
    """The dimensions of a project as fields, the one that most events carry first."""
    return list(
        Field.objects.filter(project=project, type=FieldType.TEXT).order_by("-events", "key")
    )


def period_of(known: Field, code: str) -> Period:
    """The period of a page about a field."""
    first = Occurrence.objects.filter(project=known.project_id, field=known).aggregate(
        first=Min("timestamp")
    )["first"]
    return period(code, timezone.now(), first)


def search(known: Field, words: str) -> QuerySet[Text]:
    """Texts of a field that contain all the words, the most frequent first."""
    found = Text.objects.filter(project=known.project_id, field=known)
    for word in words.split():
        found = found.filter(content__icontains=word)
    topic = ("topic__centroid", "topic__labelled_centroid")
    return found.select_related("topic").defer(*topic).order_by("-occurrences", "pk")


def outliers(known: Field) -> QuerySet[Text]:
    """Texts of a field that no topic claims, the most frequent first."""
    return (
        Text.objects.filter(project=known.project_id, field=known, topic=None, embedded=True)
        .select_related("nearest_topic")
        .defer("nearest_topic__centroid")
        .order_by("-occurrences", "pk")
    )


@dataclass(frozen=True)
class TopicDetails:
    """One topic in a period."""

    row: table.TopicRow
    texts: int
    first_seen_at: Any
    last_seen_at: Any
    central: list[Text]
    edge: list[Text]
    frequent: list[Text]


def topic_details(topic: Topic, when: Period, examples: int = 8) -> TopicDetails:
    texts = Text.objects.filter(project=topic.project_id, topic=topic)
    total = Occurrence.objects.filter(
        project=topic.project_id, field=topic.field_id, timestamp__gte=when.start
    ).count()
    facts = texts.aggregate(first=Min("first_seen_at"), last=Max("last_seen_at"))
    count = texts.count()
    central = list(texts.order_by("-similarity", "pk")[:examples])
    farthest = texts.exclude(pk__in=[text.pk for text in central]).order_by("similarity", "pk")
    return TopicDetails(
        table.row(topic, table.trends(topic.field, when, [topic.pk])[topic.pk], total, when),
        count,
        facts["first"],
        facts["last"],
        central,
        list(farthest[:examples]),
        list(texts.filter(occurrences__gt=1).order_by("-occurrences", "pk")[:examples]),
    )


def neighbours(topic: Topic, count: int = 5) -> list[tuple[Topic, float]]:
    """The topics most similar to this one, with the cosine similarity of their centroids."""
    if topic.centroid is None:
        return []
    near = (
        Topic.objects.filter(project=topic.project_id, field=topic.field_id, retired_at=None)
        .exclude(pk=topic.pk)
        .exclude(centroid=None)
        .annotate(distance=CosineDistance("centroid", topic.centroid))
        .defer("centroid")
        .order_by("distance")[:count]
    )
    return [(each, 1 - each.distance) for each in near]


def lineage_of(topic: Topic, count: int = 20) -> list[Lineage]:
    """What happened to a topic, the latest first. That it merely continued is left out."""
    return list(
        Lineage.objects.filter(Q(source=topic) | Q(target=topic), project=topic.project_id)
        .exclude(kind=LineageKind.CONTINUED)
        .select_related("run", "source", "target")
        .defer("source__centroid", "target__centroid")
        .order_by("-run__started_at", "pk")[:count]
    )


@dataclass(frozen=True)
class Breakdown:
    """How the occurrences of a topic divide among the values of an enum field."""

    key: str
    values: list[tuple[str, int, float]]
    """Value, occurrences and share, the commonest first."""
    others: int
    """Values that are not listed."""


_BREAKDOWN = """
    SELECT wanted.key,
           coalesce(event.metadata ->> wanted.key,
                    event.metadata #>> string_to_array(wanted.key, '.')) AS value,
           count(*)
    FROM clustering_text AS text
    JOIN clustering_occurrence AS occurrence
      ON occurrence.project_id = text.project_id AND occurrence.text_id = text.id
    JOIN ingestion_event AS event ON event.id = occurrence.event_id
    CROSS JOIN unnest(%s::text[]) AS wanted (key)
    WHERE text.project_id = %s AND text.topic_id = %s AND occurrence.timestamp >= %s
    GROUP BY 1, 2
"""


def breakdowns(topic: Topic, when: Period, listed: int = 6) -> list[Breakdown]:
    """A topic by each enum field of its project whose values repeat, as those of ids do not.

    The indexes are text_by_topic and occurrence_by_text.
    """
    enums = Field.objects.filter(project=topic.project_id, type=FieldType.ENUM)
    keys = list(enums.order_by("-events", "key").values_list("key", flat=True)[:12])
    counts: dict[str, list[tuple[str, int]]] = {key: [] for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(_BREAKDOWN, [keys, topic.project_id, topic.pk, when.start])
        for key, value, count in cursor.fetchall():
            if value is not None:
                counts[key].append((value, count))
    return [
        _breakdown(key, found, listed)
        for key, found in counts.items()
        if found and (len(found) <= listed or 2 * len(found) <= sum(n for _, n in found))
    ]


def _breakdown(key: str, found: list[tuple[str, int]], listed: int) -> Breakdown:
    total = sum(count for _, count in found)
    ordered = sorted(found, key=lambda pair: (-pair[1], pair[0]))
    return Breakdown(
        key,
        [(value, count, count / total) for value, count in ordered[:listed]],
        max(0, len(ordered) - listed),
    )
