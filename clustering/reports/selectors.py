"""Reads of topics and texts for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone
from pgvector.django import CosineDistance

from accounts.models import Project
from accounts.ordering import Columns, Sort
from clustering.models import Lineage, LineageKind, Occurrence, Text, Topic
from clustering.reports import table
from clustering.reports.period import Period, period
from clustering.reports.slices import Slice, trends
from ingestion.models import Field, FieldType


def text_fields(project: Project) -> list[Field]:
    """The dimensions of a project as fields, the one that most events carry first."""
    return list(
        Field.objects.filter(project=project, type=FieldType.TEXT)
        .select_related("project")
        .order_by("-events", "key")
    )


def text_field(project: Project, key: str | None) -> Field | None:
    """The dimension of a key that somebody sent; None where there is no such dimension."""
    return next((field for field in text_fields(project) if field.key == key), None)


def field_or_first(fields: Sequence[Field], key: str | None) -> Field:
    """The field of a key that somebody sent, or the first where none has it."""
    return next((field for field in fields if field.key == key), fields[0])


def period_of(field: Field, code: str) -> Period:
    """The period of a page about a field."""
    first = Occurrence.objects.filter(project=field.project_id, field=field).aggregate(
        first=Min("timestamp")
    )["first"]
    return period(code, timezone.now(), first)


def search(field: Field, words: str) -> QuerySet[Text]:
    """Texts of a field that contain all the words, the most frequent first."""
    found = Text.objects.filter(project=field.project_id, field=field)
    for word in words.split():
        found = found.filter(content__icontains=word)
    topic = ("topic__centroid", "topic__labelled_centroid")
    return found.select_related("topic").defer(*topic).order_by("-occurrences", "pk")


OUTLIER_SORTS: Columns = {
    "messages": Sort("Messages", "occurrences"),
    "similarity": Sort("Similarity", "similarity"),
    "seen": Sort("Last seen", "last_seen_at"),
}


def outliers(field: Field) -> QuerySet[Text]:
    """Texts of a field that no topic claims."""
    return (
        Text.objects.filter(project=field.project_id, field=field, topic=None, embedded=True)
        .select_related("nearest_topic")
        .defer("nearest_topic__centroid", "nearest_topic__labelled_centroid")
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


def topic_details(topic: Topic, of: Slice, when: Period, examples: int = 8) -> TopicDetails:
    texts = Text.objects.filter(project=topic.project_id, topic=topic)
    found = trends(of, when)
    total = sum(trend.occurrences for trend in found.values())
    facts = texts.aggregate(first=Min("first_seen_at"), last=Max("last_seen_at"))
    count = texts.count()
    read = texts.filter(similarity__isnull=False)  # by the model; people put others here, too
    central = list(read.order_by("-similarity", "pk")[:examples])
    farthest = texts.exclude(pk__in=[text.pk for text in central]).order_by("similarity", "pk")
    return TopicDetails(
        table.row(topic, found[topic.pk], total, when),
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
