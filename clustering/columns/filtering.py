"""Which occurrences a segment holds, and the values that their events have."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from clustering.columns.reading import Loaded
from clustering.columns.sessions import Integers
from clustering.columns.stored import BlocksChanged
from clustering.columns.values import (
    NAME,
    USER,
    Values,
    column_name,
    has_many_values,
    read_names_and_users,
    read_values,
    wanted_fields,
)
from clustering.models import Block, Column
from ingestion.models import Field, FieldType
from ingestion.segments import Segment

Flags = NDArray[np.bool_]


class BeingPrepared(Exception):
    """Workers have yet to read a field for `missing` of `total` blocks."""

    def __init__(self, field: Field, missing: int, total: int) -> None:
        super().__init__(f"{field.key}: {missing} of {total} blocks are missing")
        self.field, self.missing, self.total = field, missing, total


_cached: OrderedDict[tuple[int, str], Values] = OrderedDict()
_lock = Lock()


def matching(loaded: Loaded, segment: Segment) -> Flags:
    """(n,) occurrences whose events a segment holds, as the log has them. Raises BeingPrepared."""
    found = np.ones(len(loaded.log), np.bool_)
    if not segment:
        return found
    fields = {
        field.key: field for field in filterable(loaded.field) if field.key in segment.conditions
    }
    columns = field_values(loaded, list(fields.values()))
    for key, values in segment.conditions.items():
        found &= _having(columns[fields[key].pk], values) if key in fields else False
    if segment.names:
        found &= _having(name_values(loaded), segment.names)
    return found[loaded.log.arrival]


def filterable(dimension: Field) -> list[Field]:
    """The enum fields that segments are made of, the one that most events carry first."""
    return [each for each in wanted_fields(dimension.project_id) if each.type == FieldType.ENUM]


def _having(columns: Sequence[Values], values: Sequence[str]) -> Flags:
    return np.concatenate([column.limited(values).array > 0 for column in columns])


def listed(loaded: Loaded, most: int | None = None) -> tuple[list[Field], list[Field]]:
    """The enum fields that can be listed, and those that have too many values for that.

    Of the former `most`, and those alone whose values every block holds.
    """
    few: list[Field] = []
    many: list[Field] = []
    for field in filterable(loaded.field):
        if has_many_values(field):
            many.append(field)
        elif most is None or len(few) < most:
            columns = _columns(loaded, column_name(field))
            if all(column and column.dictionary is not None for column in columns):
                few.append(field)
    return few, many


def field_values(loaded: Loaded, fields: Sequence[Field]) -> dict[int, list[Values]]:
    """The values of enum and number fields by field id and arrival: each block's, the tail's.

    Raises BeingPrepared.
    """
    blocks = {field.pk: _blocks_of(loaded, field) for field in fields}
    new = [field for field in fields if (field.pk, field.type) not in loaded.of_tail]
    found = read_values(loaded.field.project_id, loaded.tail.event, new)
    loaded.of_tail.update({(field.pk, field.type): found[field.pk] for field in new})
    return {field.pk: [*blocks[field.pk], loaded.of_tail[field.pk, field.type]] for field in fields}


def _blocks_of(loaded: Loaded, field: Field) -> list[Values]:
    columns = _columns(loaded, column_name(field))
    if missing := sum(column is None for column in columns):
        raise BeingPrepared(field, missing, len(columns))
    return [column for column in columns if column is not None]


def prepared(loaded: Loaded, fields: Sequence[Field]) -> list[Field]:
    """Those of the fields whose values every block holds."""
    return [field for field in fields if None not in _columns(loaded, column_name(field))]


def name_values(loaded: Loaded) -> list[Values]:
    """The names of the events by arrival: of each block, then of the tail."""
    return _of_every_block(loaded, NAME)


def users(loaded: Loaded, rows: NDArray[np.integer[Any]]) -> Integers:
    """(m,) hash of the user of each of these rows of the log, 0 where its event names none."""
    by_arrival = np.concatenate([column.array for column in _of_every_block(loaded, USER)])
    found: Integers = by_arrival.astype(np.int64, copy=False)[loaded.log.arrival[rows]]
    return found


def _of_every_block(loaded: Loaded, name: str) -> list[Values]:
    blocks = [column for column in _columns(loaded, name) if column is not None]
    if name not in loaded.of_tail:
        found = read_names_and_users(loaded.field.project_id, loaded.tail.event)
        loaded.of_tail.update(found)
    return [*blocks, loaded.of_tail[name]]


def _columns(loaded: Loaded, name: str) -> list[Values | None]:
    """A column of each block; None where it has none. Raises BlocksChanged."""
    found = _remembered(loaded, name)
    new = dict(_read(loaded, name, [pk for pk, column in found.items() if column is None]))
    _remember({(pk, name): column for pk, column in new.items()})
    found.update(new)
    if None in found.values() and _gone(loaded):
        raise BlocksChanged(loaded.field.pk)
    return list(found.values())


def _gone(loaded: Loaded) -> bool:
    """Whether a block was deleted since it was loaded."""
    blocks = Block.objects.filter(project=loaded.field.project_id, field=loaded.field)
    return blocks.filter(pk__in=[pk for pk, _ in loaded.blocks]).count() < len(loaded.blocks)


def _read(loaded: Loaded, name: str, block_ids: Sequence[int]) -> Iterator[tuple[int, Values]]:
    if not block_ids:
        return
    rows = dict(loaded.blocks)
    for pk, packed, dictionary in Column.objects.filter(
        project=loaded.field.project_id, block__in=block_ids, name=name
    ).values_list("block_id", "values", "dictionary"):
        yield pk, Values.unpacked(name, bytes(packed), rows[pk], dictionary)


def _remembered(loaded: Loaded, name: str) -> dict[int, Values | None]:
    """What is remembered of a column, by block, which thereby counts as used last."""
    with _lock:
        for pk, _ in loaded.blocks:
            if (pk, name) in _cached:
                _cached.move_to_end((pk, name))
        return {pk: _cached.get((pk, name)) for pk, _ in loaded.blocks}


def _remember(columns: Mapping[tuple[int, str], Values]) -> None:
    """Remember columns, and forget those used longest ago where all take too much memory."""
    if not columns:
        return
    with _lock:
        _cached.update(columns)
        excess = sum(column.nbytes for column in _cached.values())
        excess -= settings.COLUMNS_MEMORY_MB * 2**20
        while excess > 0:
            _, forgotten = _cached.popitem(last=False)
            excess -= forgotten.nbytes


def event_ids(loaded: Loaded, rows: NDArray[np.integer[Any]]) -> list[int]:
    """The ids of the events of occurrences, given by their rows of the log (m,)."""
    arrival = loaded.log.arrival[rows].astype(np.int64)
    ends = np.cumsum([size for _, size in loaded.blocks] or [0])
    block = np.searchsorted(ends, arrival, side="right")
    found = np.empty(len(arrival), np.int64)
    in_tail = block >= len(loaded.blocks)
    found[in_tail] = loaded.tail.event[arrival[in_tail] - (int(ends[-1]) if loaded.blocks else 0)]
    for place in np.unique(block[~in_tail]).tolist():
        pk, size = loaded.blocks[place]
        mine = block == place
        found[mine] = _events_of(loaded, pk)[arrival[mine] - (int(ends[place]) - size)]
    return found.tolist()


def _events_of(loaded: Loaded, block_id: int) -> Integers:
    column = Column.objects.filter(
        project=loaded.field.project_id, block=block_id, name="event"
    ).first()
    if column is None:
        raise BlocksChanged(loaded.field.pk)
    return np.frombuffer(column.values, np.int64)
