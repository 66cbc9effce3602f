"""Reads of topics and texts for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone
from pgvector.django import CosineDistance

from accounts.models import Project
from clustering.charts import spark_points
from clustering.models import Lineage, LineageKind, Occurrence, Text, Topic
from clustering.period import Period, period
from ingestion.models import Field, FieldType

OUTLIERS, WAITING = 0, -1
"""In place of a topic's id: texts that no topic claims, and texts not embedded yet."""


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


@dataclass
class Trend:
    """Occurrences over the bars of a period, and in the stretch before it."""

    bars: list[int]
    before: int = 0

    @property
    def occurrences(self) -> int:
        return sum(self.bars)

    @property
    def spark(self) -> str:
        return spark_points(self.bars)


@dataclass
class TopicRow:
    """A topic in a period."""

    topic: Topic
    trend: Trend
    share: float
    """Of all occurrences in the period."""
    change: float | None
    """Growth of the occurrences against the stretch before; None if nothing can be said."""
    is_new: bool
    """No occurrence in a stretch before that had others."""
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TopicTable:
    """All topics of a field in a period; occurrences of every kind add up to `occurrences`."""

    rows: list[TopicRow]
    occurrences: int
    outliers: Trend
    outlier_share: float
    waiting: int

    @property
    def largest(self) -> float:
        """The largest share of a topic, which the bars are drawn against."""
        return max((row.share for row in self.rows), default=0.0) or 1.0


SORTS = {
    "share": lambda row: (-row.trend.occurrences, row.topic.pk),
    "label": lambda row: (str(row.topic).casefold(), row.topic.pk),
    "change": lambda row: (row.change is None, -(row.change or 0), row.topic.pk),
    "newest": lambda row: (-row.topic.created_at.timestamp(), row.topic.pk),
}


def topic_table(known: Field, when: Period, sort: str = "share") -> TopicTable:
    """The topics of a field, sorted by a key of SORTS; examples are added by `with_examples`."""
    trends = _trends(known, when)
    total = sum(trend.occurrences for trend in trends.values())
    topics = Topic.objects.filter(project=known.project_id, field=known, retired_at=None).defer(
        "centroid"
    )
    rows = [_row(topic, trends[topic.pk], total, when) for topic in topics]
    outliers = trends[OUTLIERS]
    return TopicTable(
        sorted(rows, key=SORTS.get(sort, SORTS["share"])),
        total,
        outliers,
        outliers.occurrences / total if total else 0.0,
        trends[WAITING].occurrences,
    )


def _row(topic: Topic, trend: Trend, total: int, when: Period) -> TopicRow:
    comparable = when.compare_start is not None
    return TopicRow(
        topic,
        trend,
        share=trend.occurrences / total if total else 0.0,
        change=trend.occurrences / trend.before - 1 if comparable and trend.before else None,
        is_new=comparable and not trend.before and trend.occurrences > 0,
    )


_TRENDS = """
    SELECT coalesce(text.topic_id, CASE WHEN text.embedded THEN 0 ELSE -1 END) AS topic_id,
           CASE WHEN occurrence.timestamp < %(start)s THEN -1
                ELSE floor(extract(epoch FROM occurrence.timestamp - %(start)s) / %(bar)s)::int
           END AS bar,
           count(*)
    FROM clustering_occurrence AS occurrence
    JOIN clustering_text AS text
      ON text.project_id = occurrence.project_id AND text.id = occurrence.text_id
    WHERE occurrence.project_id = %(project)s AND occurrence.field_id = %(field)s
      AND occurrence.timestamp >= %(first)s
      AND (occurrence.timestamp >= %(start)s OR occurrence.timestamp < %(compare_end)s)
      {condition}
    GROUP BY 1, 2
"""


def _trends(known: Field, when: Period, topic: Topic | None = None) -> dict[int, Trend]:
    """Occurrences by topic id, or those of one topic. The index is occurrence_by_time."""
    condition = "AND text.topic_id = %(topic)s" if topic else ""
    trends: dict[int, Trend] = defaultdict(lambda: Trend([0] * when.bars))
    with connection.cursor() as cursor:
        cursor.execute(
            _TRENDS.format(condition=condition),
            {
                "project": known.project_id,
                "field": known.pk,
                "topic": topic.pk if topic else None,
                "start": when.start,
                "bar": when.bar.total_seconds(),
                "first": when.compare_start or when.start,
                "compare_end": when.compare_end,
            },
        )
        for topic_id, bar, count in cursor.fetchall():
            if bar < 0:
                trends[topic_id].before += count
            else:  # a client's clock may be ahead of ours
                trends[topic_id].bars[min(bar, when.bars - 1)] += count
    return trends


_EXAMPLES = """
    SELECT topic.id, example.content
    FROM unnest(%s::bigint[]) AS topic (id)
    CROSS JOIN LATERAL (
        SELECT content FROM clustering_text
        WHERE project_id = %s AND topic_id = topic.id
        ORDER BY similarity DESC LIMIT %s
    ) AS example
"""


def with_examples(project: Project, rows: Sequence[TopicRow], count: int = 2) -> None:
    """Give rows the texts nearest to their topics' centroids. The index is text_by_topic."""
    by_topic = {row.topic.pk: row for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(_EXAMPLES, [list(by_topic), project.pk, count])
        for topic_id, content in cursor.fetchall():
            by_topic[topic_id].examples.append(content)


def search(known: Field, words: str) -> QuerySet[Text]:
    """Texts of a field that contain all the words, the most frequent first."""
    found = Text.objects.filter(project=known.project_id, field=known)
    for word in words.split():
        found = found.filter(content__icontains=word)
    return found.select_related("topic").defer("topic__centroid").order_by("-occurrences", "pk")


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

    row: TopicRow
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
        _row(topic, _trends(topic.field, when, topic)[topic.pk], total, when),
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
    """A topic by each enum field of its project. The indexes are text_by_topic and
    occurrence_by_text."""
    enums = Field.objects.filter(project=topic.project_id, type=FieldType.ENUM)
    keys = list(enums.order_by("-events", "key").values_list("key", flat=True)[:12])
    counts: dict[str, list[tuple[str, int]]] = {key: [] for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(_BREAKDOWN, [keys, topic.project_id, topic.pk, when.start])
        for key, value, count in cursor.fetchall():
            if value is not None:
                counts[key].append((value, count))
    return [_breakdown(key, found, listed) for key, found in counts.items() if found]


def _breakdown(key: str, found: list[tuple[str, int]], listed: int) -> Breakdown:
    total = sum(count for _, count in found)
    ordered = sorted(found, key=lambda pair: (-pair[1], pair[0]))
    return Breakdown(
        key,
        [(value, count, count / total) for value, count in ordered[:listed]],
        max(0, len(ordered) - listed),
    )
