"""What a process maps of a file is what it would have read itself, and goes with the data."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import time
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from accounts.models import Project
from clustering import tasks
from clustering.columns import blocks, files, reading, stored
from clustering.columns.reading import load
from clustering.models import Block, Column, Occurrence
from ingestion.models import Field
from tests.clustering.columns.test_reading import process, stands, told
from tests.clustering.messages import ACCESS, ALL, PARCEL, field_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(files, "FEWEST_BLOCKS", 2)
    return tmp_path / "columns"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many blocks were read from PostgreSQL, each time."""
    counts: list[int] = []

    def counted(field: Field, block_ids: list[int]) -> Any:
        counts.append(len(block_ids))
        return stored.rows_of(field, block_ids)

    monkeypatch.setattr(reading, "rows_of", counted)
    return counts


@pytest.fixture
def dimension(project: Project) -> Field:
    send(project, [*ALL, *PARCEL])
    process(project)
    return field_of(project)


def another_process() -> None:
    reading._kept.clear()


def forget(field: Field, first: int, last: int) -> None:
    gone = Occurrence.objects.filter(project=field.project_id).order_by("event_id")[first:last]
    events = [each.event_id for each in gone]
    with transaction.atomic(), connection.cursor() as cursor:
        Occurrence.objects.filter(project=field.project_id, event__in=events).delete()
        blocks.forget(cursor, field.project_id, field.pk, events)


def test_another_process_maps_what_one_has_built(
    dimension: Field, folder: Path, read: list[int]
) -> None:
    assert told(dimension) == stands(dimension)
    another_process()
    read.clear()
    assert told(dimension) == stands(dimension)
    # Only the last block, to compare, and what stands behind a gap, of which there is none.
    assert sorted(read) == [0, 0, 1]
    assert [path.name for path in folder.iterdir()] == [f"{dimension.pk}.log"]


def test_nobody_else_on_the_host_can_read_it(dimension: Field, folder: Path) -> None:
    load(dimension)
    (path,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_holds_no_word_of_a_user(dimension: Field, folder: Path) -> None:
    load(dimension)
    (path,) = folder.iterdir()
    packed = path.read_bytes()
    assert all(text.encode() not in packed for text in [*ALL, *PARCEL, "session", "user"])


def test_a_file_is_written_anew_once_the_log_has_grown(
    dimension: Field, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(dimension)
    (path,) = folder.iterdir()
    before = path.stat().st_ino
    monkeypatch.setattr(files, "GROWTH", 100)
    send(project, ACCESS)
    process(project)
    another_process()
    assert told(dimension) == stands(dimension)
    assert path.stat().st_ino == before
    monkeypatch.setattr(files, "GROWTH", 1.1)
    another_process()
    assert told(dimension) == stands(dimension)
    assert path.stat().st_ino != before


def test_deleted_messages_are_in_no_file(dimension: Field, project: Project) -> None:
    load(dimension)
    forget(dimension, 5, 7)
    another_process()
    assert told(dimension) == stands(dimension)
    blocks.seal(project)
    another_process()
    assert told(dimension) == stands(dimension)


def test_a_file_goes_with_its_blocks(dimension: Field, folder: Path) -> None:
    load(dimension)
    tasks.sweep_files()
    assert list(folder.iterdir())
    forget(dimension, 0, 1)
    tasks.sweep_files()
    assert not list(folder.iterdir())


def test_a_file_of_another_database_is_not_taken_for_ours(dimension: Field) -> None:
    """Ids begin again where a database is set up anew, so that they say nothing."""
    load(dimension)
    last = Block.objects.filter(project=dimension.project_id, field=dimension).latest("upto")
    column = Column.objects.filter(project=dimension.project_id, block=last, name="time")
    times = np.frombuffer(column.get().values, np.int64) + 60_000_000
    column.update(values=times.tobytes())
    another_process()
    assert np.isin(times, load(dimension).log.time).all()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"short"),
        lambda path: path.write_bytes(b"of an older release" * 20),
        lambda path: path.unlink(),
    ],
)
def test_a_file_that_cannot_be_used_is_made_anew(
    dimension: Field, folder: Path, spoil: Callable[[Path], object]
) -> None:
    load(dimension)
    (path,) = folder.iterdir()
    spoil(path)
    another_process()
    assert told(dimension) == stands(dimension)
    assert files.read(dimension.pk)


def test_a_page_needs_no_room_on_the_disk(dimension: Field, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    assert told(dimension) == stands(dimension)


def test_what_a_killed_process_left_is_deleted(dimension: Field, folder: Path) -> None:
    load(dimension)
    left, fresh = folder / "left.new", folder / "fresh.new"
    for path in (left, fresh):
        path.write_bytes(b"half of it")
    os.utime(left, (time() - 7200, time() - 7200))
    files.sweep()
    assert not left.exists()
    assert fresh.exists()


def test_threads_wait_for_the_one_that_builds_a_log(
    dimension: Field, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tuple(
        Block.objects.filter(project=dimension.project_id, field=dimension)
        .order_by("upto")
        .values_list("pk", "rows")
    )
    built = reading._built(dimension, reading._NOTHING, wanted)
    calls: list[int] = []

    def once(*_: object) -> Any:
        calls.append(1)
        return built

    monkeypatch.setattr(reading, "_built", once)
    with reading._building[dimension.pk]:
        threads = [Thread(target=reading._with_blocks, args=(dimension, wanted)) for _ in range(3)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join(10)
    assert calls == [1]
