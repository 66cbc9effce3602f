"""The topics of a dimension."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clustering.api.dimension import (
    DIMENSION,
    Dimension,
    chosen_slice,
    dimension_parts,
    prepared,
)
from clustering.models import LabelSource, Theme
from clustering.reports import table
from clustering.reports.movement import Movement
from clustering.reports.table import TopicRow
from ingestion.api.asked import Asked, Key, Parameter, row_of
from ingestion.api.listings import Computed
from ingestion.api.views import lists

_SORTS = ("id", "messages")
SORT = Parameter(
    "sort",
    {"type": "string", "enum": [*_SORTS], "default": "id"},
    "`id`: in the order of birth, which never changes; `messages`: the largest first.",
)
THEME = Parameter("theme", {"type": "integer", "minimum": 1}, "Only topics of this theme.")


@dataclass(frozen=True)
class ThemeOf:
    """A theme: topics that are about the same thing."""

    id: int
    label: str


@dataclass(frozen=True)
class ListedTopic:
    """A topic in a period.

    `share` is of `of_messages`, all of the period and segment. `messages_before` are those of the
    stretch before, and `change` the growth against them; null where there is nothing to compare
    with. `movement` is what can be said of the change in spite of chance.
    """

    id: int
    label: str
    description: str
    named_by: LabelSource | None
    theme: ThemeOf | None
    messages: int
    of_messages: int
    share: float
    messages_before: int | None
    change: float | None
    movement: Movement | None
    pinned: bool
    hidden: bool
    created_at: datetime


@dataclass(frozen=True)
class Messages:
    """How many, how many in the stretch before, and which share of all in the period."""

    messages: int
    messages_before: int | None
    share: float


@dataclass(frozen=True)
class Topics(Dimension):
    """A dimension in a period: `messages` are those of all topics, those that no topic claims
    (`outliers`) and those that are not compared with any yet (`waiting`)."""

    messages: int
    outliers: Messages
    waiting: int


@lists("Topics of a dimension", ListedTopic, Topics, *DIMENSION, THEME, SORT)
@prepared
def topics(asked: Asked) -> Computed[ListedTopic]:
    """With their messages in a period, hidden topics among them."""
    of, when = chosen_slice(asked)
    found = table.topic_table(of, when)
    compared = when.compare_start is not None
    rows = [listed_topic(row, found.occurrences, compared) for row in (*found.rows, *found.hidden)]
    if (said := asked.id(THEME.name)) is not None:
        theme = row_of(Theme.objects.filter(project=asked.project), said)
        rows = [row for row in rows if row.theme and row.theme.id == theme.pk]
    outliers = Messages(
        found.outliers.occurrences,
        found.outliers.before if compared else None,
        round(found.outlier_share, 6),
    )
    about = Topics(
        **dimension_parts(of, when),
        messages=found.occurrences,
        outliers=outliers,
        waiting=found.waiting,
    )
    by_size = asked.choice(SORT.name, _SORTS, _SORTS[0]) == "messages"
    return Computed(rows, _by_size if by_size else _by_id, about)


def _by_id(topic: ListedTopic) -> Key:
    return (topic.id,)


def _by_size(topic: ListedTopic) -> Key:
    return (-topic.messages, topic.id)


def listed_topic(row: TopicRow, of_messages: int, compared: bool) -> ListedTopic:
    topic, theme = row.topic, row.topic.theme
    return ListedTopic(
        id=topic.pk,
        label=str(topic),
        description=topic.description,
        named_by=LabelSource(topic.label_source) if topic.label_source else None,
        theme=ThemeOf(theme.pk, str(theme)) if theme else None,
        messages=row.trend.occurrences,
        of_messages=of_messages,
        share=round(row.share, 6),
        messages_before=row.trend.before if compared else None,
        change=row.change,
        movement=row.movement or None,
        pinned=topic.pinned,
        hidden=topic.hidden,
        created_at=topic.created_at,
    )
