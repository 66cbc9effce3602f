"""The occurrences of a dimension that a segment holds, counted in the ways that pages want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustering.columns import filtering, reading
from clustering.columns.reading import OUTLIER, WAITING, Loaded
from clustering.columns.values import Values
from clustering.reports.charts import spark_points
from clustering.reports.period import Period
from ingestion.metadata import as_enum
from ingestion.models import Field
from ingestion.segments import Segment
from ingestion.segments_panel import Facet

Flags = NDArray[np.bool_]
Integers = NDArray[np.integer[Any]]
Part = Flags | bool
"""Which rows of a block are counted: those that are flagged, or all or none of them."""

EVERYTHING = Segment()

OUTLIERS, WAITING_TEXTS = 0, -1
"""In place of a topic's id: texts that no topic claims, and texts not embedded yet."""


@dataclass
class Trend:
    """Occurrences over the bars of a period, and over as many of the stretch before it."""

    bars: list[int]
    earlier: list[int]
    """Zeros where there is nothing before."""

    @property
    def occurrences(self) -> int:
        return sum(self.bars)

    @property
    def before(self) -> int:
        return sum(self.earlier)

    @property
    def spark(self) -> str:
        return spark_points(self.bars)


@dataclass(frozen=True)
class Slice:
    """A dimension, as much of it as a segment holds."""

    loaded: Loaded
    segment: Segment
    chosen: Flags
    """(n,) whether the segment holds the event of each occurrence of the log."""


def load(field: Field, segment: Segment = EVERYTHING) -> Slice:
    """Load a dimension; raises `filtering.BeingPrepared`."""
    return sliced(reading.load(field), segment)


def sliced(loaded: Loaded, segment: Segment = EVERYTHING) -> Slice:
    """Of a dimension that is loaded. Raises as `load` does."""
    return Slice(loaded, segment, filtering.matching(loaded, segment))


def trends(found: Slice, when: Period) -> dict[int, Trend]:
    """Occurrences by topic id, `OUTLIERS` and `WAITING_TEXTS`."""
    recent = found.chosen & (found.loaded.log.time >= reading.microseconds(when.start))
    counts = _by_state(found, recent, when.start, when)
    earlier = _by_state(found, _before(found, when), when.compare_start or when.start, when)
    trends: dict[int, Trend] = defaultdict(lambda: Trend([0] * when.bars, [0] * when.bars))
    for state, both in enumerate(zip(counts, earlier, strict=True)):
        trends[_id_of(found.loaded, state + WAITING)] = Trend(*both)
    return trends


def _by_state(found: Slice, flagged: Flags, start: datetime, when: Period) -> list[list[int]]:
    """(states from `WAITING` on, bars) occurrences of a stretch that begins at `start`."""
    rows = np.flatnonzero(flagged)
    states = len(found.loaded.topic_ids) - WAITING
    code = (found.loaded.topic[rows] - WAITING).astype(np.int64) * when.bars
    code += bar_of(found.loaded.log.time[rows], start, when)
    counts = np.bincount(code, minlength=states * when.bars).reshape(states, when.bars)
    return counts.tolist()


def bar_of(times: Integers, start: datetime, when: Period) -> Integers:
    """The bar of each moment, as logs have them, of a stretch that begins at `start`."""
    bar = when.bar // timedelta(microseconds=1)
    # A client's clock may be ahead of ours.
    return np.minimum((times - reading.microseconds(start)) // bar, when.bars - 1)


def _before(found: Slice, when: Period) -> Flags:
    """The occurrences of the stretch before a period."""
    if when.compare_start is None:
        return np.zeros(len(found.chosen), np.bool_)
    time = found.loaded.log.time
    since, until = map(reading.microseconds, (when.compare_start, when.compare_end))
    return found.chosen & (time >= since) & (time < until)


def _id_of(loaded: Loaded, code: int) -> int:
    return (
        int(loaded.topic_ids[code]) if code >= 0 else {OUTLIER: OUTLIERS}.get(code, WAITING_TEXTS)
    )


def facets(found: Slice, since: datetime, find: str) -> list[Facet]:
    """What a panel offers: event names and enum fields, each value with its messages in a period.

    Counts are those of the whole dimension, so that they stay when a segment is chosen. Of a field
    with too many values to list they are those that are chosen, and the one looked for.
    """
    loaded = found.loaded
    recent = loaded.log.time >= reading.microseconds(since)
    parts = _parts(found, recent)
    few, many = filtering.listed(loaded)
    columns = filtering.field_values(loaded, few)
    counted = [_facet(field.key, columns[field.pk], parts) for field in few]
    counted += [_facet_of_many(found, field, find, parts) for field in many]
    names = _facet(None, filtering.name_values(loaded), parts)
    of_names = [names] if len(names.values) > 1 else []
    return [*of_names, *(facet for facet in counted if facet.values or facet.others)]


def _facet_of_many(found: Slice, field: Field, find: str, parts: Sequence[Part]) -> Facet:
    chosen = dict.fromkeys(found.segment.conditions.get(field.key, ()), 0)
    wanted = [*chosen, *({as_enum(find)} - chosen.keys() - {""})]
    if not wanted or not filtering.prepared(found.loaded, [field]):
        return Facet(field.key, [], others=field.distinct)
    columns = filtering.field_values(found.loaded, [field])[field.pk]
    counted = _facet(field.key, [column.limited(wanted) for column in columns], parts)
    values = chosen | dict(counted.values)
    return Facet(field.key, [*values.items()], others=max(0, field.distinct - len(values)))


def _parts(found: Slice, rows: Flags) -> list[Part]:
    """Flagged rows of the log as each block has them, and the tail."""
    if rows.all():
        return [True] * (len(found.loaded.blocks) + 1)
    flags = np.empty(len(rows), np.bool_)
    flags[found.loaded.log.arrival] = rows
    ends = np.cumsum([size for _, size in found.loaded.blocks])
    return [_part(each) for each in np.split(flags, ends.astype(np.int64))]


def _part(flags: Flags) -> Part:
    return flags if flags.any() and not flags.all() else bool(flags.any())


def _facet(key: str | None, columns: Sequence[Values], parts: Sequence[Part]) -> Facet:
    """The values of a field. Counts of a whole block are kept with it."""
    counts: defaultdict[str, int] = defaultdict(int)
    for column, part in zip(columns, parts, strict=True):
        if part is False:
            continue
        counted = column if part is True else Values(column.array[part], column.dictionary)
        assert counted.dictionary is not None
        for value, count in zip(counted.dictionary, counted.counts.tolist(), strict=True):
            counts[value] += count
    pairs = [(value, count) for value, count in sorted(counts.items()) if count]
    return Facet(key, sorted(pairs, key=lambda pair: -pair[1]))


@dataclass(frozen=True)
class Breakdown:
    """How the occurrences of a topic divide among the values of an enum field."""

    key: str
    values: list[tuple[str, int, float]]
    """Value, occurrences and share, the commonest first."""
    others: int
    """Values that are not listed."""


def breakdowns(
    found: Slice, topic_id: int, when: Period, listed: int = 6, most: int = 12
) -> list[Breakdown]:
    """A topic by each enum field whose values repeat, as those of ids do not."""
    counted = _parts(found, rows_of(found, {topic_id}, when))
    fields, _ = filtering.listed(found.loaded, most)
    columns = filtering.field_values(found.loaded, fields)
    facets = [_facet(field.key, columns[field.pk], counted) for field in fields]
    return [
        _breakdown(str(facet.key), facet.values, listed)
        for facet in facets
        if facet.values
        and (
            len(facet.values) <= listed
            or 2 * len(facet.values) <= sum(count for _, count in facet.values)
        )
    ]


def rows_of(found: Slice, topic_ids: Collection[int], when: Period) -> Flags:
    """The occurrences of some topics in a period."""
    codes = np.flatnonzero(np.isin(found.loaded.topic_ids, list(topic_ids)))
    recent = found.loaded.log.time >= reading.microseconds(when.start)
    return found.chosen & recent & np.isin(found.loaded.topic, codes)


def _breakdown(key: str, found: Sequence[tuple[str, int]], listed: int) -> Breakdown:
    total = sum(count for _, count in found)
    return Breakdown(
        key,
        [(value, count, count / total) for value, count in found[:listed]],
        max(0, len(found) - listed),
    )
