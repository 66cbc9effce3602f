"""Events to texts and occurrences."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Project, User
from clustering import locks
from clustering.models import Dimension, Occurrence, Text
from clustering.runs import standing
from clustering.texts import extraction, occurrences
from ingestion import learning
from ingestion.models import Event, Field, FieldType, PendingEvent
from ingestion.stored import StoredEvent
from tests.clustering.conftest import OtherProcess
from tests.clustering.messages import ACCESS, ALL, field_of, send

pytestmark = pytest.mark.django_db


def counts(project: Project) -> dict[str, int]:
    texts = Text.objects.filter(project=project)
    return dict(texts.values_list("content", "occurrences"))


def extract_all(project: Project, limit: int = extraction.BATCH) -> None:
    while extraction.extract(project, limit):
        pass
    extraction.reconcile(project)


def test_equal_messages_are_one_text(project: Project) -> None:
    send(project, ["I can't log in", "  I can't log in\n", "Account locked out", "I can't log in"])
    extract_all(project)
    assert counts(project) == {"I can't log in": 3, "Account locked out": 1}
    assert Occurrence.objects.filter(project=project).count() == 4
    assert not PendingEvent.objects.filter(project=project).exists()


def test_metadata_are_walked_once_however_many_fields_there_are() -> None:
    class Walked(dict[str, Any]):
        walks = 0

        def items(self) -> Any:
            Walked.walks += 1
            return super().items()

        def get(self, *args: Any) -> Any:
            Walked.walks += 1
            return super().get(*args)

    now = timezone.now()
    hostile = Walked({"." * n: Walked(x=1) for n in range(100)} | {".prompt": "hello"})
    fields = [Field(pk=n, key=f"{'.' * n}prompt") for n in range(50)]
    found = occurrences.find(fields, [StoredEvent(1, "s", hostile, now, now)])
    assert set(found.texts) == {(1, "hello")}
    assert Walked.walks <= 101


def test_counts_and_dates_grow_over_batches(project: Project) -> None:
    send(project, ALL, days_ago=2)
    extract_all(project)
    send(project, ACCESS, days_ago=5)
    send(project, ACCESS, days_ago=1)
    extract_all(project, limit=4)
    text = Text.objects.filter(project=project).get(content=ACCESS[0])
    assert text.occurrences == 3
    assert (text.last_seen_at - text.first_seen_at).days == 4
    assert sum(counts(project).values()) == len(ALL) + 2 * len(ACCESS)


def test_an_occurrence_carries_what_journeys_need(project: Project) -> None:
    send(project, ACCESS)
    extract_all(project)
    event = Event.objects.filter(project=project).earliest("pk")
    occurrence = Occurrence.objects.filter(project=project).get(event_id=event.pk)
    assert (occurrence.session_id, occurrence.timestamp) == (event.session_id, event.timestamp)


def test_extracting_the_same_events_again_changes_nothing(project: Project) -> None:
    send(project, [*ALL, *ACCESS])
    extract_all(project)
    before = counts(project)
    PendingEvent.objects.bulk_create(
        PendingEvent(project=project, event=event, received_at=event.received_at)
        for event in Event.objects.filter(project=project)
    )
    extract_all(project)
    assert counts(project) == before
    assert Occurrence.objects.filter(project=project).count() == len(ALL) + len(ACCESS)


@pytest.mark.parametrize("step", ["find", "store", "_note_dimensions"])
def test_events_of_a_killed_worker_wait_again(
    project: Project, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    send(project, ALL)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(extraction, step, killed)
        extraction.extract(project)
    assert PendingEvent.objects.filter(project=project).count() == len(ALL)
    assert not Text.objects.filter(project=project).exists()
    extract_all(project)
    assert counts(project) == dict.fromkeys(ALL, 1)


def test_a_new_text_field_is_complete_at_once(project: Project) -> None:
    send(project, ALL)
    extraction.extract(project)
    assert Dimension.objects.filter(project=project).get().active


def test_an_enum_that_is_made_text_has_its_past_read(project: Project, owner: User) -> None:
    send(project, ["hello"] * 30, key="greeting")
    extract_all(project)
    greeting = field_of(project, "greeting")
    assert greeting.type == FieldType.ENUM
    assert counts(project) == {}

    learning.override_type(greeting, FieldType.TEXT, owner)
    send(project, ["hello"], key="greeting")
    extract_all(project)
    assert counts(project) == {"hello": 31}
    assert Dimension.objects.filter(project=project).get(field=greeting).active


def test_a_text_that_is_made_enum_rests_until_that_is_undone(project: Project, owner: User) -> None:
    send(project, ALL)
    extract_all(project)
    prompt = field_of(project)

    learning.override_type(prompt, FieldType.ENUM, owner)
    send(project, ACCESS)
    extract_all(project)
    assert counts(project) == dict.fromkeys(ALL, 1)
    assert not Dimension.objects.filter(project=project).get().active
    assert not extraction.fields_to_read().exists()

    learning.override_type(prompt, FieldType.TEXT, owner)
    extract_all(project)
    assert counts(project) == dict.fromkeys(ALL, 1) | dict.fromkeys(ACCESS, 2)
    assert Dimension.objects.filter(project=project).get().active


def test_events_passed_over_between_two_looks_are_not_lost(project: Project, owner: User) -> None:
    """The type was enum only while these events were extracted, and nobody reconciled then."""
    send(project, ALL)
    extract_all(project)
    learning.override_type(field_of(project), FieldType.ENUM, owner)
    send(project, ACCESS)
    extraction.extract(project)
    learning.override_type(field_of(project), FieldType.TEXT, owner)
    extraction.reconcile(project)
    assert counts(project) == dict.fromkeys(ALL, 1) | dict.fromkeys(ACCESS, 2)


def test_reading_the_past_goes_on_after_a_kill(
    project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, [f"hello {place % 3}" for place in range(30)], key="greeting", days_ago=1)
    extract_all(project)
    learning.override_type(field_of(project, "greeting"), FieldType.TEXT, owner)
    monkeypatch.setattr(extraction, "BATCH", 7)
    store = occurrences.store
    calls: list[int] = []

    def killed_at_the_third(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        store(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(extraction, "store", killed_at_the_third)
        extraction.reconcile(project)
    assert sum(counts(project).values()) == 14
    read: list[int] = []

    def noted(fields: Any, events: Any) -> Any:
        read.extend(event.id for event in events)
        return find(fields, events)

    find = occurrences.find
    monkeypatch.setattr(extraction, "find", noted)
    extraction.reconcile(project)
    assert counts(project) == {"hello 0": 10, "hello 1": 10, "hello 2": 10}
    assert len(read) == 30 - 14


def test_reading_the_past_goes_on_after_a_deadline(
    project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, ["hello"] * 30, key="greeting")
    extract_all(project)
    learning.override_type(field_of(project, "greeting"), FieldType.TEXT, owner)
    clock = iter([1.0, 2.0, 3.0])
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "monotonic", lambda: next(clock))
        patch.setattr(extraction, "BATCH", 10)
        assert extraction.reconcile(project, deadline=2)
        assert counts(project) == {"hello": 20}
        assert extraction.reconcile(project, deadline=2), "late, it still gets on by a batch"
    assert counts(project) == {"hello": 30}
    assert not extraction.reconcile(project)
    assert counts(project) == {"hello": 30}
    assert not extraction.fields_to_read().exists()


def test_events_passed_over_while_the_past_is_read_are_not_lost(
    project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, ["hello"] * 30, key="greeting", days_ago=1)
    extract_all(project)
    greeting = field_of(project, "greeting")
    learning.override_type(greeting, FieldType.TEXT, owner)
    monkeypatch.setattr(extraction, "BATCH", 20)
    assert extraction._read_batch(greeting) == 20
    learning.reset_type(greeting)
    send(project, ["goodbye"], key="greeting", days_ago=2)
    extraction.extract(project)
    learning.override_type(greeting, FieldType.TEXT, owner)
    extraction.reconcile(project)
    assert counts(project) == {"hello": 30, "goodbye": 1}


def test_a_past_that_another_process_reads_is_left_to_it(
    project: Project, owner: User, other_process: OtherProcess
) -> None:
    send(project, ["hello"] * 30, key="greeting")
    extract_all(project)
    greeting = field_of(project, "greeting")
    learning.override_type(greeting, FieldType.TEXT, owner)
    other_process.holds(locks.reading(greeting.pk))
    assert not extraction.reconcile(project)
    assert counts(project) == {}
    assert standing.has_waiting(project)
    other_process.dies()
    extraction.reconcile(project)
    assert counts(project) == {"hello": 30}


def test_other_projects_are_left_alone(
    project: Project, other_tenant: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    send(project, ALL)
    send(other_tenant.project, ACCESS)
    with django_assert_max_num_queries(30):
        extraction.extract(project)
    assert not Text.objects.filter(project=other_tenant.project).exists()
    extract_all(other_tenant.project)
    assert counts(other_tenant.project) == dict.fromkeys(ACCESS, 1)


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_count_each_event_once(project: Project) -> None:
    for _ in range(6):
        send(project, ALL)

    def work(_: int) -> int:
        done = 0
        try:
            while extracted := extraction.extract(project, 5):
                done += extracted
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(work, range(3)))
    while extraction.extract(project):
        pass  # a worker stops when others hold all that is left
    assert sum(done) <= 6 * len(ALL)
    assert counts(project) == dict.fromkeys(ALL, 6)
