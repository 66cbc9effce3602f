"""One topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clustering.api.dimension import (
    DAYS,
    Dimension,
    chosen_period,
    chosen_segment,
    dimension_parts,
    prepared,
)
from clustering.api.texts import ListedText, listed_text
from clustering.api.topics import ListedTopic, listed_topic
from clustering.models import Lineage, LineageKind, Text, Topic
from clustering.reports import selectors, slices
from clustering.reports.slices import Trend
from ingestion.api.asked import SEGMENT, Asked, row_of
from ingestion.api.views import reads
from ingestion.models import FieldType


@dataclass(frozen=True)
class Bar:
    """Messages of the days (UTC) from this one to the next bar's."""

    day: date
    messages: int


@dataclass(frozen=True)
class Value:
    """A value of a field in the topic's messages, and the share that has it of all with a value."""

    value: str
    messages: int
    share: float


@dataclass(frozen=True)
class Breakdown:
    """The topic by an enum field, the commonest values first; `others` are not listed."""

    field: str
    values: list[Value]
    others: int


@dataclass(frozen=True)
class Change:
    """What became of the topic in a clustering run, besides that it continued.

    `share` is the part of the source's messages that moved; of the target's, where it was born.
    The target of a topic that was retired is the one that got most of it, if several got some.
    """

    run_id: int
    at: datetime
    kind: LineageKind
    source_id: int | None
    target_id: int | None
    share: float


@dataclass(frozen=True)
class Neighbour:
    """A topic that is about nearly the same: the cosine similarity of their centroids."""

    id: int
    label: str
    similarity: float


@dataclass(frozen=True)
class OneTopic(Dimension):
    """A topic in a period, and what is the same in every period: its texts, how it came about."""

    topic: ListedTopic
    retired_at: datetime | None
    acted_on_at: datetime | None
    bars: list[Bar]
    breakdowns: list[Breakdown]
    texts: int
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    central: list[ListedText]
    edge: list[ListedText]
    frequent: list[ListedText]
    lineage: list[Change]
    neighbours: list[Neighbour]


@reads("One topic", OneTopic, DAYS, *SEGMENT)
@prepared
def topic(asked: Asked, topic: int) -> OneTopic:
    """Its texts are the most typical (`central`), the least typical (`edge`) and the most often
    sent (`frequent`) ones."""
    found = _topic(asked, topic)
    when = chosen_period(asked, found.field)
    of = slices.load(found.field, chosen_segment(asked, found.field))
    details = selectors.topic_details(found, of, when)
    total = sum(trend.occurrences for trend in slices.trends(of, when).values())
    return OneTopic(
        **dimension_parts(of, when),
        topic=listed_topic(details.row, total, when.compare_start is not None),
        retired_at=found.retired_at,
        acted_on_at=found.acted_on_at,
        bars=_bars(when.days_of_bars(), details.row.trend),
        breakdowns=[
            Breakdown(each.key, [Value(*value) for value in each.values], each.others)
            for each in slices.breakdowns(of, found.pk, when)
        ],
        texts=details.texts,
        first_seen_at=details.first_seen_at,
        last_seen_at=details.last_seen_at,
        central=_texts(details.central, found),
        edge=_texts(details.edge, found),
        frequent=_texts(details.frequent, found),
        lineage=[_change(line) for line in selectors.lineage_of(found)],
        neighbours=[
            Neighbour(each.pk, str(each), round(similarity, 4))
            for each, similarity in selectors.neighbours(found)
        ],
    )


def _topic(asked: Asked, topic: int) -> Topic:
    """A topic that the pages have: its field is text."""
    found = Topic.objects.filter(project=asked.project, field__type=FieldType.TEXT)
    return row_of(found.select_related("field__project", "theme"), topic)


def _bars(days: Sequence[date], trend: Trend) -> list[Bar]:
    return [Bar(day, messages) for day, messages in zip(days, trend.bars, strict=True)]


def _texts(texts: Sequence[Text], topic: Topic) -> list[ListedText]:
    return [listed_text(text, topic) for text in texts]


def _change(line: Lineage) -> Change:
    return Change(
        line.run_id,
        line.run.started_at,
        LineageKind(line.kind),
        line.source_id,
        line.target_id,
        round(line.share, 6),
    )
