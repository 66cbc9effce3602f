"""Events go when they are older than their project keeps them, and counts stay true."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import Project, User
from accounts.services import create_project, set_retention
from billing.selectors import usage
from clustering import locks, pipeline, tasks
from clustering.columns import blocks
from clustering.curation.shaping import DecisionRefused, move
from clustering.curation.undoing import undo
from clustering.models import Block, Embedding, Occurrence, Text, Topic
from clustering.privacy import retention
from clustering.services import pin, rename
from clustering.texts import extraction
from ingestion import deletion, learning
from ingestion.models import Event
from tests.beside import beside
from tests.clustering.messages import ACCESS, PARCEL, PRICE, field_of, send


@pytest.fixture
def aged(project: Project) -> Project:
    """A project with messages of 100, 40 and 0 days ago."""
    send(project, [*PARCEL, *PRICE], days_ago=100)
    send(project, [*PRICE, *ACCESS], days_ago=40)
    send(project, ACCESS)
    pipeline.drain(project)
    return project


def contents(project: Project) -> dict[str, int]:
    return dict(Text.objects.filter(project=project).values_list("content", "occurrences"))


@pytest.mark.django_db
def test_old_events_go_with_the_texts_that_only_they_carry(aged: Project) -> None:
    set_retention(aged, 60)
    assert retention.delete_old_events(aged) == len(PARCEL) + len(PRICE)
    assert contents(aged) == dict.fromkeys(PRICE, 1) | dict.fromkeys(ACCESS, 2)
    assert Embedding.objects.filter(project=aged).count() == len(PRICE) + len(ACCESS)
    oldest = timezone.now() - timedelta(days=61)
    assert not Event.objects.filter(project=aged, timestamp__lt=oldest).exists()
    first = Text.objects.filter(project=aged).earliest("first_seen_at").first_seen_at
    assert first > oldest


@pytest.mark.django_db
def test_usage_is_not_given_back(aged: Project) -> None:
    before = usage(aged.organization).used
    set_retention(aged, 1)
    retention.delete_old_events(aged)
    assert usage(aged.organization).used == before


@pytest.mark.django_db
def test_without_a_retention_everything_stays(aged: Project) -> None:
    assert list(retention.projects_due()) == []
    assert retention.delete_old_events(aged) == 0


@pytest.mark.django_db
def test_only_projects_with_older_events_are_due(aged: Project) -> None:
    other = create_project(aged.organization, "Other")
    set_retention(other, 10)
    assert list(retention.projects_due()) == []
    set_retention(aged, 10)
    assert list(retention.projects_due()) == [aged]
    tasks.retain(aged.pk)
    assert list(retention.projects_due()) == []


def test_a_day_is_kept_to_its_end() -> None:
    project = Project(retention_days=30)
    noon = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
    assert retention.cutoff(project, noon) == datetime(2026, 3, 1, tzinfo=UTC)
    assert retention.cutoff(Project(retention_days=None), noon) is None


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [4, 9])  # the old events end within a block, and with one
def test_columns_forget_them_and_are_made_anew(
    aged: Project, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(blocks, "ROWS", rows)
    blocks.seal(aged)
    set_retention(aged, 60)
    retention.delete_old_events(aged)
    blocks.seal(aged)
    field = field_of(aged)
    held = sum(Block.objects.filter(project=aged, field=field).values_list("rows", flat=True))
    left = Occurrence.objects.filter(project=aged, field=field).count()
    assert left - held < rows
    assert not blocks.is_due(aged)


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_do_not_meet(aged: Project) -> None:
    set_retention(aged, 60)
    with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
        name = locks.retaining(aged.pk)
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        assert retention.delete_old_events(aged) == 0
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
    assert retention.delete_old_events(aged) > 0


@pytest.mark.django_db(transaction=True)
def test_who_deletes_and_who_extracts_do_not_wait_for_each_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deleted carries a field that what is extracted carries beside an older dimension."""
    send(project, ACCESS)
    pipeline.process(project)
    send(project, PRICE, key="plan", days_ago=100)
    pipeline.process(project)
    send(project, ACCESS, plan="free")
    set_retention(project, 60)
    unlearn, waiting = learning.unlearn_fields, list[Any]()

    def while_somebody_extracts(*arguments: Any) -> None:
        unlearn(*arguments)
        waiting.append(beside(pool, partial(extraction.extract, project)))

    monkeypatch.setattr(deletion, "unlearn_fields", while_somebody_extracts)
    with ThreadPoolExecutor(1) as pool:
        assert retention.delete_old_events(project) == len(PRICE)
        assert waiting[0].result(60) == len(ACCESS)


@pytest.mark.django_db
def test_texts_that_come_again_are_clustered_again(aged: Project) -> None:
    set_retention(aged, 60)
    retention.delete_old_events(aged)
    send(aged, PARCEL)
    pipeline.drain(aged)
    assert {text: contents(aged)[text] for text in PARCEL} == dict.fromkeys(PARCEL, 1)
    assert not Text.objects.filter(project=aged, embedded=False).exists()


@pytest.mark.django_db
def test_what_people_decided_waits_for_texts_that_come_again(aged: Project, owner: User) -> None:
    parcels = _topic_of(aged, PARCEL[0])
    named = rename(parcels, "Deliveries", "", owner)
    pin(parcels, True, owner)
    moved = move(Text.objects.get(project=aged, content=PARCEL[1]), None, owner)
    set_retention(aged, 60)
    retention.delete_old_events(aged)
    kept = Topic.objects.get(project=aged, pk=parcels.pk)
    assert (kept.label, kept.retired_at) == ("Deliveries", None)
    assert not Text.objects.filter(project=aged, topic=kept).exists()
    with pytest.raises(DecisionRefused, match="no longer where it was put"):
        undo(moved, owner)
    send(aged, PARCEL)
    pipeline.drain(aged)
    assert _topic_of(aged, PARCEL[0]) == kept
    undo(named, owner)
    assert Topic.objects.get(project=aged, pk=parcels.pk).label != "Deliveries"


def _topic_of(project: Project, content: str) -> Topic:
    topic = Text.objects.select_related("topic").get(project=project, content=content).topic
    assert topic is not None
    return topic
