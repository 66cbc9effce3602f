"""Emerging topics: found within a week, in a dimension that had topics before, and growing.

Most are born of outliers. A run among these (`outlier_run`), or one over all texts, makes a topic
of those that have become many. Others are split off the topic next to them, which claimed their
texts as they came. The topics page announces both while they are new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils import timezone

from clustering.columns import reading
from clustering.columns.reading import Loaded
from clustering.models import ClusteringRun, Lineage, LineageKind, RunScope, RunState, Text, Topic
from clustering.reports import selectors, slices
from clustering.reports.movement import Movement, movement
from clustering.reports.slices import Trend
from clustering.texts.contents import central_texts
from ingestion.models import Field

DAYS = 7
EXAMPLES = 2
SPLIT_GROWTH = 1.0
"""A part of an older topic is no news, unless it has at least doubled."""


@dataclass
class Emerging:
    """A topic, how it was born and how it grows."""

    topic: Topic
    born: Lineage
    """With the run that found it, and the share of its messages that no topic claimed before; or
    the topic that it was split off."""
    trend: Trend
    """Messages of the last `DAYS` days, by day, and of as many days before those."""
    texts: int = 0
    """Different ones."""
    since: datetime | None = None
    """When the first of its messages was sent."""
    examples: Sequence[str] = field(default_factory=list)

    @property
    def among_outliers(self) -> bool:
        """Whether a run among the outliers found it."""
        return self.born.run.scope == RunScope.OUTLIERS

    @property
    def growth(self) -> float | None:
        """Against the days before; None where it had no messages then."""
        return self.trend.occurrences / self.trend.before - 1 if self.trend.before else None

    @property
    def is_news(self) -> bool:
        moved = movement(self.trend.occurrences, self.trend.before)
        if self.born.source_id and self.growth is not None and self.growth < SPLIT_GROWTH:
            return False
        return moved in (Movement.NEW, Movement.GROWING)


def emerging(field: Field, loaded: Loaded | None = None) -> list[Emerging]:
    """The emerging topics of a field, the largest first. `loaded` is the field, if that is at hand.

    There are none where messages do not reach back two weeks: nothing to have grown from.
    """
    born = _born(field)
    when = selectors.period_of(field, str(DAYS)) if born else None
    if when is None or when.compare_start is None:
        return []
    trends = slices.trends(slices.sliced(loaded or reading.load(field)), when)
    found = []
    for line in born:
        topic = line.target
        assert topic is not None  # a birth has one
        each = Emerging(topic, line, trends[topic.pk])
        if each.is_news:
            found.append(each)
    _tell(field, found)
    return sorted(found, key=lambda each: (-each.trend.occurrences, each.topic.pk))


def _tell(field: Field, found: Sequence[Emerging]) -> None:
    """Add what the texts of the topics say, and since when. The index is text_by_topic."""
    ids = [each.topic.pk for each in found]
    if not ids:
        return
    texts = Text.objects.filter(project=field.project_id, topic__in=ids).order_by()
    facts = {
        pk: (count, since)
        for pk, count, since in texts.values_list("topic").annotate(
            Count("pk"), Min("first_seen_at")
        )
    }
    examples = defaultdict(list)
    for topic_id, _, content in central_texts(field.project_id, ids, EXAMPLES):
        examples[topic_id].append(content)
    for each in found:
        each.texts, each.since = facts.get(each.topic.pk, (0, None))
        each.examples = examples[each.topic.pk]


def _born(field: Field) -> list[Lineage]:
    """How the topics of the last days were found, but for those of a field's first run."""
    scope = {"project": field.project_id, "field": field}
    earlier = ClusteringRun.objects.filter(
        started_at__lt=OuterRef("run__started_at"),
        scope=RunScope.ALL,
        state=RunState.DONE,
        **scope,
    )
    born = Q(kind=LineageKind.BORN)
    split = Q(kind=LineageKind.SPLIT, target__created_at__gte=F("run__started_at"))
    return list(
        Lineage.objects.filter(
            born | split,
            Exists(earlier),
            project=field.project_id,
            run__field=field,
            run__started_at__gte=timezone.now() - timedelta(days=DAYS),
            target__retired_at=None,
            target__hidden=False,
        )
        .order_by("target", "kind")
        .distinct("target")
        .select_related("run", "source", "target")
        .defer(
            *("source__centroid", "source__labelled_centroid"),
            *("target__centroid", "target__labelled_centroid"),
        )
    )
