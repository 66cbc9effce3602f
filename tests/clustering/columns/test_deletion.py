"""Columns hold nothing of events that are deleted while a worker writes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest

from accounts.models import Project
from clustering.columns import blocks, filtering
from clustering.columns.reading import load
from clustering.columns.stored import undisturbed
from clustering.columns.values import read_values
from clustering.models import Block, Column, Occurrence
from clustering.privacy.deletion import delete_events
from ingestion.models import Event
from tests.beside import beside
from tests.clustering.columns.test_reading import process, stands, told
from tests.clustering.messages import ALL, field_of, send


@pytest.mark.django_db(transaction=True)
def test_a_column_that_is_added_goes_with_its_block(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, ALL, platform="ios")
    process(project)
    platform = field_of(project, "platform")
    Column.objects.filter(project=project, name=f"enum {platform.pk}").delete()
    first = Event.objects.filter(project=project).order_by("pk").values_list("pk", flat=True)[:4]
    gone, store, deleting = list(first), blocks._store, list[Any]()

    def while_somebody_deletes(block: Block, columns: Any) -> None:
        if block.after < gone[0] <= block.upto:
            deleting.append(beside(pool, partial(delete_events, project, gone)))
        store(block, columns)

    monkeypatch.setattr(blocks, "_store", while_somebody_deletes)
    with ThreadPoolExecutor(1) as pool:
        blocks.seal(project)
        assert deleting[0].result(60).events == len(gone)
    kept = Block.objects.filter(project=project).values("pk")
    assert not Column.objects.filter(project=project).exclude(block__in=kept).exists()


@pytest.mark.django_db
def test_a_block_is_not_written_of_rows_that_were_exchanged(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event of its range is deleted and one comes late, so that there are as many."""
    send(project, ALL)
    process(project)
    Block.objects.filter(project=project).delete()
    Column.objects.filter(project=project).delete()
    field = field_of(project)
    late, gone = Occurrence.objects.filter(project=project).order_by("event_id")[1:3]
    Occurrence.objects.filter(project=project, event=late.event_id).delete()

    def while_rows_change(*arguments: Any) -> Any:
        if Occurrence.objects.filter(project=project, event=gone.event_id).exists():
            delete_events(project, [gone.event_id])
            Occurrence.objects.bulk_create([late])
        return read_values(*arguments)

    monkeypatch.setattr("clustering.columns.blocks.read_values", while_rows_change)
    blocks.seal(project)
    assert told(field) == stands(field)


@pytest.mark.django_db(transaction=True)
def test_a_dimension_is_read_however_fast_its_blocks_are_deleted(project: Project) -> None:
    send(project, ALL)
    process(project)
    field, deleting = field_of(project), list[Any]()

    def read_while_somebody_deletes() -> int:
        loaded = load(field)
        last_of_blocks = sum(size for _, size in loaded.blocks) - 1
        gone = filtering.event_ids(loaded, np.flatnonzero(loaded.log.arrival == last_of_blocks))
        deleting.append(beside(pool, partial(delete_events, project, gone)))
        return len(filtering.event_ids(loaded, np.arange(len(loaded.log))))

    with ThreadPoolExecutor(1) as pool:
        assert undisturbed(read_while_somebody_deletes) == len(ALL) - 2
        assert [each.result(60).events for each in deleting] == [1, 1, 1]
    assert told(field) == stands(field)
