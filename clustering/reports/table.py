"""The topics of a dimension in a period: how often each, how that changed, in what order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Prefetch

from accounts.models import Project
from accounts.ordering import Order, Rows, Sort, sorted_rows
from clustering.models import Theme, Topic
from clustering.reports.movement import Movement, movement
from clustering.reports.period import Period
from clustering.reports.slices import OUTLIERS, WAITING_TEXTS, Slice, Trend, trends
from clustering.texts.contents import central_texts


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
    movement: Movement
    """What can be said of the change in spite of chance."""
    examples: list[str] = field(default_factory=list)


@dataclass
class ThemeRow:
    """A theme in a period: its topics that are listed, and their part of all occurrences."""

    theme: Theme
    topics: int = 0
    share: float = 0.0


@dataclass(frozen=True)
class TopicTable:
    """All topics of a field in a period; occurrences of every kind add up to `occurrences`."""

    rows: list[TopicRow]
    """Pinned ones first."""
    hidden: list[TopicRow]
    """Those that somebody hid, in the same order."""
    occurrences: int
    outliers: Trend
    outlier_share: float
    waiting: int

    @cached_property
    def largest(self) -> float:
        """The largest share of a topic, which the bars are drawn against."""
        return max((row.share for row in self.rows), default=0.0) or 1.0

    @property
    def themes(self) -> list[ThemeRow]:
        """The themes of the listed topics, the largest first."""
        found: dict[int, ThemeRow] = {}
        for row in self.rows:
            if theme := row.topic.theme:
                of_theme = found.setdefault(theme.pk, ThemeRow(theme))
                of_theme.topics += 1
                of_theme.share += row.share
        return sorted(found.values(), key=lambda each: (-each.share, each.theme.pk))

    @property
    def hidden_share(self) -> float:
        return sum(row.share for row in self.hidden)

    @property
    def hidden_occurrences(self) -> int:
        return sum(row.trend.occurrences for row in self.hidden)


SORTS: Rows[TopicRow] = {
    "label": Sort("Topic", lambda row: str(row.topic).casefold(), rises=True),
    "share": Sort("Share of messages", lambda row: row.trend.occurrences),
    "change": Sort("Change", lambda row: row.change),
    "newest": Sort("Found", lambda row: row.topic.created_at),
}


def order(code: str) -> Order[Callable[[TopicRow], Any]]:
    """As a URL says; the largest first where it says nothing."""
    return Order.parse(code, SORTS, "share")


def topic_table(of: Slice, when: Period, sort: str = "") -> TopicTable:
    """The topics of a dimension as `order` says; examples are added by `with_examples`."""
    field, found = of.loaded.field, trends(of, when)
    total = sum(trend.occurrences for trend in found.values())
    themes = Theme.objects.filter(project=field.project_id, field=field)
    topics = (
        Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
        .prefetch_related(Prefetch("theme", themes.defer("labelled_centroid", "replaced")))
        .defer("centroid", "labelled_centroid", "limits", "replaced")
        .order_by("pk")
    )
    every = (row(topic, found[topic.pk], total, when) for topic in topics)
    rows = sorted(sorted_rows(every, order(sort)), key=lambda row: not row.topic.pinned)
    outliers = found[OUTLIERS]
    return TopicTable(
        [row for row in rows if not row.topic.hidden],
        [row for row in rows if row.topic.hidden],
        total,
        outliers,
        outliers.occurrences / total if total else 0.0,
        found[WAITING_TEXTS].occurrences,
    )


def row(topic: Topic, trend: Trend, total: int, when: Period) -> TopicRow:
    comparable = when.compare_start is not None
    return TopicRow(
        topic,
        trend,
        share=trend.occurrences / total if total else 0.0,
        change=trend.occurrences / trend.before - 1 if comparable and trend.before else None,
        is_new=comparable and not trend.before and trend.occurrences > 0,
        movement=movement(trend.occurrences, trend.before) if comparable else Movement.NONE,
    )


def words(row: TopicRow) -> str:
    """What a topic is found by: its name, what it is said to be about, and its theme's name."""
    topic = row.topic
    return f"{topic} {topic.description} {topic.theme or ''}"


def with_examples(project: Project, rows: Sequence[TopicRow], count: int = 2) -> None:
    """Give rows the texts nearest to their topics' centroids."""
    by_topic = {row.topic.pk: row for row in rows}
    for topic_id, _, content in central_texts(project.pk, by_topic, count):
        by_topic[topic_id].examples.append(content)
