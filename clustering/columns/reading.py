"""Loading the occurrences of a dimension: blocks from memory, the rest from the rows.

A process keeps the log of the dimensions it read last, of large ones as a file that the processes
of a host share (`files`). Blocks never change, so what is kept of them is true while the same
blocks exist. What is kept of the texts' topics is true while nobody can have changed them, which
`locks.own` counts.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

import numpy as np
from django.conf import settings

from clustering.columns import files
from clustering.columns.blocks import read_rows, uncovered
from clustering.columns.sessions import (
    EMPTY,
    Integers,
    OccurrenceLog,
    Places,
    Rows,
    extended,
    joined,
)
from clustering.columns.stored import rows_of, topics_of, undisturbed
from clustering.columns.values import Values
from clustering.models import Block, Dimension
from ingestion.models import Field

OUTLIER, WAITING = -1, -2
"""In place of a topic's code: a text that no topic claims, and one not embedded yet."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """A moment as the times of a log count."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Loaded:
    """The occurrences of a dimension, and the topic of each."""

    field: Field
    log: OccurrenceLog
    topic_ids: Integers
    """(k,) ids of the topics that claim any of its texts, ascending."""
    topic: Places
    """(n,) place of the topic in `topic_ids`, `OUTLIER` or `WAITING`."""
    topics: Integers
    """(t,) id of the topic of each text; 0 for an outlier, -1 while it waits."""
    blocks: tuple[tuple[int, int], ...]
    """Id and occurrences of each block, by arrival; they hold the first arrivals."""
    tail: Rows
    """The rest, by arrival."""
    of_tail: dict[Hashable, Values] = dataclasses.field(default_factory=dict)
    """What was read of the events of the rest (`filtering`)."""


@dataclass(frozen=True)
class _Kept:
    """A log of some blocks, and the topic id of each of its texts as of `changes`."""

    blocks: tuple[tuple[int, int], ...] = ()
    log: OccurrenceLog = EMPTY
    changes: int | None = None
    topics: Integers = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))
    """(t,) id of the topic of each text; 0 for an outlier, -1 while it waits."""
    loaded: Loaded | None = None
    """What was loaded last: these blocks, or fewer, and what no block held."""

    @property
    def nbytes(self) -> int:
        own = self.log.nbytes + self.topics.nbytes
        if self.loaded is None:
            return own
        shared = self.loaded.log is self.log
        return own + self.loaded.topic.nbytes + (0 if shared else self.loaded.log.nbytes)


_NOTHING = _Kept()
_kept: OrderedDict[int, _Kept] = OrderedDict()
_lock = Lock()
_building: defaultdict[int, Lock] = defaultdict(Lock)
"""By dimension: what makes threads wait for the one that reads its blocks."""


def load(field: Field) -> Loaded:
    """Load every occurrence of a dimension."""
    return undisturbed(lambda: _load(field))


def _load(field: Field) -> Loaded:
    changes = _changes(field)
    held = list(Block.objects.filter(project=field.project_id, field=field).order_by("upto"))
    *between, behind = uncovered((block.after, block.upto) for block in held)
    gaps = [rows for each in between if len(rows := read_rows(field, each))]
    # Arrivals are in order up to the first gap. What lies behind one is not kept, until it is
    # filled: that takes a worker some seconds.
    whole = [block for block in held if not gaps or block.upto < gaps[0].event[0]]
    kept = _with_blocks(field, tuple((block.pk, block.rows) for block in whole))
    kept = _with_topics(field, kept, changes)
    rest = rows_of(field, [block.pk for block in held[len(whole) :]])
    loaded = _with_tail(field, kept, joined([rest, *gaps, read_rows(field, behind)]))
    _keep(field.pk, replace(kept, loaded=loaded))
    return loaded


def _with_tail(field: Field, kept: _Kept, tail: Rows) -> Loaded:
    """What is kept and the rest; what was loaded last where nothing has changed since."""
    last = kept.loaded
    if last is not None and (last.blocks != kept.blocks or not last.tail.equals(tail)):
        last = None
    log = last.log if last else extended(kept.log, tail)
    new = log.texts.values[len(kept.topics) :]
    topics = np.concatenate([kept.topics, topics_of(field, new)])
    if last and np.array_equal(topics, last.topics):
        return replace(last, field=field)
    topic_ids = np.unique(topics)
    topic_ids = topic_ids[topic_ids > 0]
    code = np.searchsorted(topic_ids, topics).astype(np.int32)
    code[topics == 0] = OUTLIER
    code[topics < 0] = WAITING
    return Loaded(field, log, topic_ids, code[log.text], topics, kept.blocks, tail)


def _changes(field: Field) -> int | None:
    """How often its texts may have changed topics, read before the texts are."""
    found = Dimension.objects.filter(project=field.project_id, field=field)
    return found.values_list("changes", flat=True).first()


def _with_blocks(field: Field, wanted: tuple[tuple[int, int], ...]) -> _Kept:
    """What is kept of a dimension, with the log of exactly these blocks."""
    kept = _kept_of(field, wanted)
    if kept.blocks == wanted:
        return kept
    with _building[field.pk]:
        kept = _kept_of(field, wanted)
        if kept.blocks != wanted:
            kept = _built(field, kept, wanted)
            _keep(field.pk, kept)
    return kept


def _kept_of(field: Field, wanted: tuple[tuple[int, int], ...]) -> _Kept:
    """What this process keeps of the first of these blocks."""
    with _lock:
        kept = _kept.get(field.pk, _NOTHING)
    return kept if kept.blocks == wanted[: len(kept.blocks)] else _NOTHING


def _built(field: Field, kept: _Kept, wanted: tuple[tuple[int, int], ...]) -> _Kept:
    """The same with all of these blocks, by way of this host's file where they are many."""
    if len(wanted) < files.FEWEST_BLOCKS:
        return _with_more(field, kept, wanted)
    held = files.read(field.pk)
    if held and not _is_true(field, held, wanted):
        held = None
    if held and len(held.blocks) > len(kept.blocks):
        kept = _Kept(held.blocks, held.log)
    kept = _with_more(field, kept, wanted)
    if held and len(kept.log) <= files.GROWTH * len(held.log):
        return kept
    files.sweep()
    files.keep(field.pk, wanted, kept.log)
    held = files.read(field.pk)
    return replace(kept, log=held.log) if held and held.blocks == wanted else kept


def _with_more(field: Field, kept: _Kept, wanted: tuple[tuple[int, int], ...]) -> _Kept:
    new = [pk for pk, _ in wanted[len(kept.blocks) :]]
    return replace(kept, blocks=wanted, log=extended(kept.log, rows_of(field, new)))


def _is_true(field: Field, held: files.Held, wanted: tuple[tuple[int, int], ...]) -> bool:
    """Whether a file is of the first of these blocks, and not of another database's.

    Ids of blocks may come again where a database is set up anew, so the last one is compared.
    """
    if held.blocks != wanted[: len(held.blocks)]:
        return False
    pk, size = held.blocks[-1]
    rows = rows_of(field, [pk])
    return all(map(np.array_equal, held.log.latest(size), (rows.time, rows.session, rows.text)))


def _with_topics(field: Field, kept: _Kept, changes: int | None) -> _Kept:
    """The same with the topics of now: of all texts if any may have changed, else of some."""
    if changes is None or changes != kept.changes:
        topics = topics_of(field, kept.log.texts.values)
        return replace(kept, changes=changes, topics=topics)
    old = kept.topics
    topics = np.concatenate([old, np.full(len(kept.log.texts) - len(old), -1)])
    waiting = np.flatnonzero(topics < 0)
    if len(waiting):
        topics[waiting] = topics_of(field, kept.log.texts.values[waiting])
    return replace(kept, topics=topics)


def _keep(field_id: int, kept: _Kept) -> None:
    """Remember it as last used; where all take too much memory, forget those unused longest."""
    with _lock:
        if kept.blocks:
            _kept[field_id] = kept
            _kept.move_to_end(field_id)
        else:
            _kept.pop(field_id, None)
        while len(_kept) > 1 and _size() > settings.COLUMNS_MEMORY_MB * 2**20:
            _kept.popitem(last=False)


def _size() -> int:
    return sum(kept.nbytes for kept in _kept.values())
