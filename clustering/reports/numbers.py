"""The number fields of a dimension's events: of one topic, by topic, and of all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustering.columns import filtering, reading
from clustering.columns.reading import OUTLIER
from clustering.columns.values import wanted_fields
from clustering.models import Topic
from clustering.reports.charts import Bin, histogram, spark_points
from clustering.reports.figures import Numbers, TopicNumbers, numbers_by_topic
from clustering.reports.period import Period
from clustering.reports.slices import Slice
from ingestion.models import Field, FieldType

LISTED = 8
"""Fields that a topic's page shows, those that most events carry."""

_OUTSIDE = -3
"""In place of a topic's code: an occurrence that the segment or the period does not hold."""

Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Figures:
    """What values of a number field come to; where `count` is 0, only it and `unread` tell."""

    count: int
    sum: float
    mean: float
    median: float
    p95: float
    unread: int
    """Values that are no plain number, such as "12 ms" or "1,000"."""
    histogram: list[int]

    @property
    def spark(self) -> str:
        return spark_points(self.histogram)


@dataclass(frozen=True)
class NumberField:
    """A number field in the events of a topic, and in all events of its dimension."""

    key: str
    topic: Figures
    all: Figures
    bins: list[Bin]


@dataclass(frozen=True)
class TopicFigures:
    """A topic, or None for all outliers together, with its values of a number field."""

    topic: Topic | None
    figures: Figures

    @property
    def label(self) -> str:
        return str(self.topic or "Outliers")


@dataclass(frozen=True)
class NumberTable:
    """A number field by topic."""

    rows: list[TopicFigures]
    """Of every topic that has any value, and of the outliers."""
    all: Figures
    bins: list[Bin]


def number_fields(field: Field) -> list[Field]:
    """The number fields beside a dimension, the one that most events carry first."""
    return [each for each in wanted_fields(field.project_id) if each.type == FieldType.NUMBER]


def of_topic(of: Slice, topic: Topic, when: Period, fields: Sequence[Field]) -> list[NumberField]:
    """Those of some fields that events of a topic carry. Raises BeingPrepared."""
    place = np.flatnonzero(of.loaded.topic_ids == topic.pk)
    if not len(place):
        return []
    codes = _codes(of, when)
    group = np.where(codes == place[0], 0, np.where(codes > _OUTSIDE, -1, _OUTSIDE))
    found = [
        _number_field(field, _with_all(group, values, 1)) for field, values in _values(of, fields)
    ]
    return [each for each in found if each.topic.count]


def _number_field(field: Field, numbers: TopicNumbers) -> NumberField:
    topic, every = _figures(numbers, 0), _figures(numbers, -1)
    series = [topic.histogram, every.histogram]
    bins = histogram(numbers.edges.tolist(), series, numbers.whole)
    return NumberField(field.key, topic, every, bins)


def by_topic(of: Slice, when: Period, field: Field) -> NumberTable:
    """A number field in every topic. Raises BeingPrepared."""
    topic_ids = of.loaded.topic_ids.tolist()
    codes = _codes(of, when)
    group = np.where(codes == OUTLIER, len(topic_ids), codes)
    ((_, values),) = _values(of, [field])
    numbers = _with_all(group, values, len(topic_ids) + 1)
    topics = Topic.objects.filter(project=field.project_id, pk__in=topic_ids).only("label", "field")
    by_id = topics.in_bulk()
    named = [*(by_id.get(topic_id) for topic_id in topic_ids), None]
    rows = [
        TopicFigures(topic, figures)
        for code, topic in enumerate(named)
        if (figures := _figures(numbers, code)).count or figures.unread
    ]
    every = _figures(numbers, -1)
    bins = histogram(numbers.edges.tolist(), [every.histogram], numbers.whole)
    return NumberTable(rows, every, bins)


def _codes(of: Slice, when: Period) -> Codes:
    """(n,) the topic of each occurrence by arrival, as `Loaded.topic` has it, or `_OUTSIDE`."""
    log = of.loaded.log
    counted = of.chosen & (log.time >= reading.microseconds(when.start))
    codes = np.empty(len(log), np.int32)
    codes[log.arrival] = np.where(counted, of.loaded.topic, _OUTSIDE)
    return codes


def _values(of: Slice, fields: Sequence[Field]) -> list[tuple[Field, Numbers]]:
    """(n,) what each event has of each field, by arrival."""
    columns = filtering.field_values(of.loaded, fields)
    return [
        (field, np.concatenate([column.array for column in columns[field.pk]])) for field in fields
    ]


def _with_all(group: Codes, values: Numbers, groups: int) -> TopicNumbers:
    """Sum up `values` (n,) by their `group` (n,), those in none as one group more.

    A code less than 0 is no group. `_OUTSIDE` counts nowhere, not even in the sum of all.
    """
    inside = np.where(group < 0, groups, group)
    return numbers_by_topic(np.where(group > _OUTSIDE, inside, -1), values, groups + 1)


def _figures(numbers: TopicNumbers, code: int) -> Figures:
    return Figures(
        count=int(numbers.count[code]),
        sum=float(numbers.sum[code]),
        mean=float(numbers.mean[code]),
        median=float(numbers.median[code]),
        p95=float(numbers.p95[code]),
        unread=int(numbers.unreadable[code]),
        histogram=numbers.histogram[code].tolist(),
    )
