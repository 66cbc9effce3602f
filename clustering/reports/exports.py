"""Topics, their texts and their numbers as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from accounts.csv_files import Cell
from clustering.models import ClusteringRun, Decision, Occurrence, Text, Topic
from clustering.reports.numbers import TopicFigures
from clustering.reports.period import Period
from clustering.reports.table import TopicRow, TopicTable

_CHUNK = 200
"""Texts that are read at a time: few enough to fit into memory if each is long."""

TOPIC_COLUMNS = [
    "topic_id", "topic", "description", "named_by", "messages", "share", "messages_before",
    "movement", "found", "pinned", "hidden",
]  # fmt: skip
NUMBER_COLUMNS = ["topic_id", "topic", "events", "mean", "median", "p95", "sum", "left_out"]
TEXT_COLUMNS = ["text", "messages", "similarity", "first_seen", "last_seen"]
OUTLIER_COLUMNS = [*TEXT_COLUMNS, "nearest_topic_id", "nearest_topic"]
FOUND_COLUMNS = ["text", "messages", "first_seen", "last_seen", "topic_id", "topic"]
RUN_COLUMNS = [
    "run_id", "dimension", "scope", "state", "reason", "started", "finished", "texts", "topics",
    "outliers", "error",
]  # fmt: skip
DECISION_COLUMNS = ["decision_id", "dimension", "decision", "by", "made", "undone_by", "undone"]


def table_rows(table: TopicTable) -> Iterator[Sequence[Cell]]:
    """The topics of a table, hidden ones too, and what no topic claims: all that was counted."""
    yield from topic_rows((*table.rows, *table.hidden))
    share = round(table.outlier_share, 6)
    outliers = table.outliers
    yield "", "Outliers", "", "", outliers.occurrences, share, outliers.before, "", "", "", ""
    if table.waiting:
        yield "", "Not compared yet", "", "", table.waiting, "", "", "", "", "", ""


def topic_rows(rows: Iterable[TopicRow]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        topic = row.topic
        yield (
            topic.pk, str(topic), topic.description, topic.label_source, row.trend.occurrences,
            round(row.share, 6), row.trend.before, row.movement.value, topic.created_at,
            int(topic.pinned), int(topic.hidden),
        )  # fmt: skip


def number_rows(rows: Iterable[TopicFigures]) -> Iterator[Sequence[Cell]]:
    """A number field by topic."""
    for row in rows:
        found = row.figures
        figures = (found.mean, found.median, found.p95, found.sum) if found.count else [None] * 4
        topic_id = row.topic.pk if row.topic else None
        yield topic_id, row.label, found.count, *figures, found.unread


def text_rows(topic: Topic, when: Period) -> Iterator[Sequence[Cell]]:
    """The texts of a topic that were sent in a period, the most frequent first.

    The indexes are text_by_topic and occurrence_by_text.
    """
    sent = Occurrence.objects.filter(
        project=topic.project_id, text=OuterRef("pk"), timestamp__gte=when.start
    )
    count = sent.order_by().values("text").annotate(count=Count("*")).values("count")
    texts = (
        Text.objects.filter(Exists(sent), project=topic.project_id, topic=topic)
        .annotate(messages=Subquery(count))
        .order_by("-messages", "pk")
        .values_list("content", "messages", "similarity", "first_seen_at", "last_seen_at")
    )
    for content, messages, similarity, first, last in texts.iterator(chunk_size=_CHUNK):
        rounded = None if similarity is None else round(similarity, 4)
        yield content, messages, rounded, first, last


def outlier_rows(texts: QuerySet[Text]) -> Iterator[Sequence[Cell]]:
    """Texts that no topic claims, with the nearest one."""
    for text in texts.iterator(chunk_size=_CHUNK):
        near = text.nearest_topic
        rounded = None if text.similarity is None else round(text.similarity, 4)
        yield (
            text.content, text.occurrences, rounded, text.first_seen_at, text.last_seen_at,
            near.pk if near else None, str(near or ""),
        )  # fmt: skip


def found_rows(texts: QuerySet[Text]) -> Iterator[Sequence[Cell]]:
    """Texts that a search found, with their topics."""
    for text in texts.iterator(chunk_size=_CHUNK):
        yield (
            text.content, text.occurrences, text.first_seen_at, text.last_seen_at, text.topic_id,
            str(text.topic or ""),
        )  # fmt: skip


def run_rows(runs: QuerySet[ClusteringRun]) -> Iterator[Sequence[Cell]]:
    for run in runs.iterator(chunk_size=_CHUNK):
        yield (
            run.pk, run.field.key, run.scope, run.state, run.reason, run.started_at,
            run.finished_at, run.texts, run.topics, run.outliers, run.error,
        )  # fmt: skip


def decision_rows(decisions: QuerySet[Decision]) -> Iterator[Sequence[Cell]]:
    for each in decisions.iterator(chunk_size=_CHUNK):
        yield (
            each.pk, each.field.key, str(each), str(each.made_by or ""), each.made_at,
            str(each.undone_by or ""), each.undone_at,
        )  # fmt: skip
