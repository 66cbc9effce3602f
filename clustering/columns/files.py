"""Logs kept as files of this host, so that its processes map one instead of building each its own.

A file holds no text and no name: times, hashes of sessions' ids, ids of texts, and the blocks it
was made of. Blocks never change, so it is true while they exist; `sweep` deletes it when one does
not. It is written under another name, and moved to its place when the disk has it.
"""

from __future__ import annotations

import logging
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import time
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from clustering.columns.sessions import Numbering, OccurrenceLog
from clustering.models import Block

logger = logging.getLogger(__name__)

FEWEST_BLOCKS = 64
"""Half a million occurrences: what a process builds in some tenths of a second."""

GROWTH = 1.1
"""How many times as large as its file a log may grow before the file is written anew."""

_FORM = 0x7475727265740001
"""What a file begins with. It must change whenever the arrays of a file do."""

_KINDS = (np.int64,) * 5 + (np.int32,) * 2
_HEAD = 1 + len(_KINDS)
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True)
class Held:
    """The log of some blocks, whose arrays are a mapped file."""

    blocks: tuple[tuple[int, int], ...]
    """Id and occurrences of each, by arrival."""
    log: OccurrenceLog


def folder() -> Path:
    return Path(settings.DATA_DIR) / "columns"


def _path(field_id: int) -> Path:
    return folder() / f"{field_id}.log"


def read(field_id: int) -> Held | None:
    """What is held of a dimension, if anything is."""
    try:
        with _path(field_id).open("rb") as file:
            packed = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        form, *sizes = np.frombuffer(packed, np.int64, _HEAD).tolist()
    except (OSError, ValueError):  # there is none, or hardly anything in it
        return None
    if form != _FORM:
        return None
    arrays, end = [], 8 * _HEAD
    for kind, size in zip(_KINDS, sizes, strict=True):
        arrays.append(np.frombuffer(packed, kind, size, end))
        end += arrays[-1].nbytes
    blocks, moments, lengths, sessions, texts, text, arrival = arrays
    log = OccurrenceLog(moments, text, arrival, lengths, Numbering(sessions), Numbering(texts))
    return Held(tuple(map(tuple, blocks.reshape(-1, 2).tolist())), log)


def keep(field_id: int, blocks: Sequence[tuple[int, int]], log: OccurrenceLog) -> None:
    """Hold a log of these blocks from now on, if there is room."""
    arrays: list[NDArray[Any]] = [
        np.array(blocks, np.int64).ravel(),
        log.time,
        log.sizes,
        log.sessions.values,
        log.texts.values,
        log.text,
        log.arrival,
    ]
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder(), suffix=".new", delete=False) as file:
            file.write(np.array([_FORM, *map(len, arrays)], np.int64).data)
            for kind, array in zip(_KINDS, arrays, strict=True):
                file.write(np.ascontiguousarray(array, kind).data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(_path(field_id))
    except OSError as error:
        logger.warning("The columns of field %d are not kept as a file: %s", field_id, error)


def sweep() -> None:
    """Delete the files of blocks that no longer exist, and what a killed process left."""
    for path in folder().glob("*.new"):
        if _age(path) > _ABANDONED_SECONDS:
            _delete(path)
    for path in folder().glob("*.log"):
        held = read(int(path.stem))
        ids = [pk for pk, _ in held.blocks] if held else []
        if not ids or Block.objects.unscoped().filter(pk__in=ids).count() < len(ids):
            _delete(path)


def _age(path: Path) -> float:
    """Seconds since it was written; none where it has just been moved to its place."""
    try:
        return time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("%s cannot be deleted: %s", path, error)
