"""An event that cannot be extracted is set aside; the rest goes on, and it can be tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from accounts.models import Project, User
from billing.selectors import usage
from clustering import pipeline
from clustering.models import SetAsideEvent, Text
from clustering.privacy import erasure
from clustering.privacy.deletion import delete_events
from clustering.texts import extraction, occurrences
from ingestion import learning
from ingestion.models import Event, Field, FieldType, PendingEvent
from ingestion.stored import StoredEvent
from tests.beside import beside
from tests.clustering.messages import ACCESS, ALL, PARCEL, send

pytestmark = pytest.mark.django_db

POISON = "a message that no code can read"


@pytest.fixture
def poisoned(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a poison event among others."""
    find = occurrences.find

    def choking(fields: Iterable[Field], events: Iterable[StoredEvent]) -> Any:
        found = list(events)
        if any(event.metadata["prompt"] == POISON for event in found):
            raise ValueError(f"cannot read: {POISON}")
        return find(fields, found)

    monkeypatch.setattr(extraction, "find", choking)
    send(project, [*ALL, POISON, *PARCEL])
    return project


def test_the_rest_is_extracted_and_one_is_set_aside(poisoned: Project) -> None:
    pipeline.drain(poisoned)
    assert set(Text.objects.filter(project=poisoned).values_list("content", flat=True)) == {
        *ALL,
        *PARCEL,
    }
    aside = SetAsideEvent.objects.get(project=poisoned)
    event = Event.objects.get(project=poisoned, pk=aside.event_id)
    assert event.metadata["prompt"] == POISON
    assert not PendingEvent.objects.filter(project=poisoned).exists()
    assert usage(poisoned.organization).used == len(ALL) + 1 + len(PARCEL)


def test_the_reason_says_where_and_quotes_nobody(
    poisoned: Project, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.drain(poisoned)
    reason = SetAsideEvent.objects.get(project=poisoned).reason
    assert reason.startswith("ValueError at tests/clustering/test_set_aside.py:")
    assert POISON not in reason + caplog.text


def test_counts_of_fields_leave_it_out(poisoned: Project) -> None:
    pipeline.drain(poisoned)
    assert Field.objects.get(project=poisoned, key="prompt").events == len(ALL) + len(PARCEL)


def test_the_past_is_read_without_it(poisoned: Project, owner: User) -> None:
    send(poisoned, ACCESS, plan="the pro plan")
    pipeline.drain(poisoned)
    plan = Field.objects.get(project=poisoned, key="plan")
    assert plan.type == FieldType.ENUM
    learning.override_type(plan, FieldType.TEXT, owner)
    pipeline.drain(poisoned)
    text = Text.objects.get(project=poisoned, field=plan)
    assert (text.content, text.occurrences) == ("the pro plan", len(ACCESS))


def test_it_can_be_tried_again(poisoned: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.drain(poisoned)
    with pytest.raises(CommandError, match="1 events still cannot be extracted"):
        call_command("retry_events", project=poisoned.slug)
    monkeypatch.undo()
    call_command("retry_events", project=poisoned.slug)
    assert Text.objects.get(project=poisoned, content=POISON).occurrences == 1
    assert not SetAsideEvent.objects.filter(project=poisoned).exists()
    assert usage(poisoned.organization).used == len(ALL) + 1 + len(PARCEL)


def test_no_event_is_blamed_for_a_lost_connection(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any) -> Any:
        raise OperationalError("the connection is lost")

    send(project, ACCESS)
    monkeypatch.setattr(extraction, "find", lost)
    with pytest.raises(OperationalError):
        extraction.extract(project)
    assert PendingEvent.objects.filter(project=project).count() == len(ACCESS)
    assert not SetAsideEvent.objects.filter(project=project).exists()


def test_an_erasure_takes_it_too(poisoned: Project) -> None:
    pipeline.drain(poisoned)
    Event.objects.filter(project=poisoned).update(user_id="ada")
    erasure.request(poisoned, "ada", None)
    erasure.carry_out(poisoned)
    assert not SetAsideEvent.objects.filter(project=poisoned).exists()


def test_one_that_is_tried_twice_at_once_counts_once(
    poisoned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.drain(poisoned)
    monkeypatch.undo()
    lock = learning.lock_fields

    def after_another(project: Project) -> None:
        monkeypatch.undo()
        assert extraction.retry(project) == (1, 0)
        lock(project)

    monkeypatch.setattr(extraction, "lock_fields", after_another)
    extraction.retry(poisoned)
    count = len(ALL) + 1 + len(PARCEL)
    assert Field.objects.get(project=poisoned, key="prompt").events == count


@pytest.mark.django_db(transaction=True)
def test_one_that_is_erased_while_it_is_tried_again_stays_away(
    poisoned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.drain(poisoned)
    monkeypatch.undo()
    aside = SetAsideEvent.objects.filter(project=poisoned)
    Event.objects.filter(project=poisoned, pk__in=aside.values("event")).update(user_id="ada")
    erasure.request(poisoned, "ada", None)
    learn, erasing = learning.learn_fields, list[Any]()

    def while_somebody_erases(*arguments: Any) -> Any:
        erasing.append(beside(pool, partial(erasure.carry_out, poisoned)))
        return learn(*arguments)

    monkeypatch.setattr(extraction, "learn_fields", while_somebody_erases)
    with ThreadPoolExecutor(1) as pool:
        call_command("retry_events", project=poisoned.slug)
        erasing[0].result(60)
    assert not Event.objects.filter(project=poisoned, user_id="ada").exists()
    assert not Text.objects.filter(project=poisoned, content=POISON).exists()


def test_one_that_was_deleted_meanwhile_is_not_put_on_record(
    poisoned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside = extraction._set_aside

    def late(project: Project, failure: extraction.Unreadable) -> int:
        delete_events(project, failure.event_ids)
        return set_aside(project, failure)

    monkeypatch.setattr(extraction, "_set_aside", late)
    pipeline.drain(poisoned)
    assert not SetAsideEvent.objects.filter(project=poisoned).exists()


def test_deleting_it_takes_nothing_from_the_counts_of_fields(poisoned: Project) -> None:
    pipeline.drain(poisoned)
    aside = SetAsideEvent.objects.get(project=poisoned)
    delete_events(poisoned, [aside.event_id])
    assert Field.objects.get(project=poisoned, key="prompt").events == len(ALL) + len(PARCEL)


def test_data_quality_tells_of_it(
    poisoned: Project, owner: User, signed_in: Callable[[User], Client]
) -> None:
    pipeline.drain(poisoned)
    page = signed_in(owner).get(reverse("quality", args=[poisoned.slug])).content.decode()
    assert "1 event could not be read" in page
    assert POISON not in page
