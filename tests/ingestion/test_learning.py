"""Learning fields from events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from accounts.services import NewTenant
from ingestion.learning import (
    LOOK_AGAIN_AT,
    SAMPLES,
    learn_fields,
    override_type,
    reset_type,
    unlearn_fields,
)
from ingestion.limits import MAX_FIELDS
from ingestion.models import Field, FieldType
from ingestion.stored import StoredEvent
from tests.beside import beside
from tests.ingestion.realistic_keys import MESSAGES, sentence

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def learn(project: Project, *metadata: Any, at: datetime = NOW) -> dict[str, Field]:
    events = [StoredEvent(0, "s", each, at, at) for each in metadata]
    return learn_fields(project, events)


def field(project: Project, key: str) -> Field:
    return Field.objects.get(project=project, key=key)


def test_a_field_is_made_with_its_type_and_why(project: Project) -> None:
    learnt = learn(project, {"prompt": "How?", "platform": "ios", "tokens": 5})
    assert {key: known.type for key, known in learnt.items()} == {
        "prompt": "text",
        "platform": "enum",
        "tokens": "number",
    }
    stored = field(project, "prompt")
    assert (stored.type, stored.events, stored.samples) == ("text", 1, ["How?"])
    assert "prompt" in stored.detected_why
    assert stored.last_seen_at == learnt["prompt"].last_seen_at


def test_what_is_returned_is_what_is_stored(project: Project) -> None:
    learn(project, {"a": "x"})
    for returned in learn(project, {"a": "y", "b": 1}).values():
        stored = field(project, returned.key)
        for name in ("pk", "type", "events", "samples", "sketch", "detected_why"):
            assert getattr(stored, name) == getattr(returned, name)


def test_events_are_counted_that_carry_a_value(project: Project) -> None:
    learn(project, {"a": "x"}, {"a": None}, {"a": " "}, {"a": []}, {"a": 0}, {})
    assert field(project, "a").events == 2
    learn(project, {"a": "x"})
    assert field(project, "a").events == 3


def test_only_the_fields_of_these_events_are_returned(project: Project) -> None:
    learn(project, {"a": 1, "b": 1})
    assert set(learn(project, {"b": 1, "c": {"d": "x"}})) == {"b", "c.d"}


def test_events_without_metadata_teach_nothing(project: Project) -> None:
    assert learn(project, {}, {}) == {}
    assert learn_fields(project, []) == {}


def test_samples_are_distinct_and_in_order(project: Project) -> None:
    learn(project, {"a": "x"}, {"a": 1}, {"a": " x "}, {"a": True}, {"a": "z" * 500})
    assert field(project, "a").samples == ["x", 1, True, "z" * 200]
    learn(project, *({"a": f"more {n}"} for n in range(500)))
    known = field(project, "a")
    assert len(known.samples) == SAMPLES
    assert known.samples[4] == "more 0"


def test_distinct_values_are_counted_over_all_events(project: Project) -> None:
    for _ in range(3):
        learn(project, *({"a": f"v{n}"} for n in range(50)))
    assert field(project, "a").distinct == 50


def test_last_seen_never_goes_back(project: Project) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    learn(project, {"a": 1}, at=later)
    learn(project, {"a": 1}, at=NOW)
    assert field(project, "a").last_seen_at == later


def test_22_prompts_sent_one_by_one_are_text_throughout(project: Project) -> None:
    for message in MESSAGES:
        learnt = learn(project, {"prompt": message, "platform": "ios"})
        assert (learnt["prompt"].type, learnt["platform"].type) == ("text", "enum")


def test_a_text_field_whose_first_values_are_odd_is_found_out(project: Project) -> None:
    first = learn(project, {"what_happened": "ok"})
    assert first["what_happened"].type == "enum"
    learnt = learn(project, *({"what_happened": sentence(n)} for n in range(LOOK_AGAIN_AT[0])))
    assert learnt["what_happened"].type == "text"


def test_a_change_of_the_detected_type_is_remembered(project: Project) -> None:
    first = learn(project, {"what_happened": "ok"})["what_happened"]
    assert (first.changed_from, first.changed_at) == ("", None)
    learn(project, *({"what_happened": sentence(n)} for n in range(LOOK_AGAIN_AT[0])))
    stored = field(project, "what_happened")
    assert stored.changed_from == "enum"
    assert stored.changed_at


@pytest.mark.parametrize("mark", LOOK_AGAIN_AT)
def test_types_are_looked_at_again_at_some_counts_only(project: Project, mark: int) -> None:
    learn(project, *({"thing": "x"} for _ in range(mark - 1)))
    Field.objects.filter(project=project).update(detected_type=FieldType.NUMBER)
    assert learn(project) == {}
    assert learn(project, {"thing": "x"})["thing"].type == "enum"
    Field.objects.filter(project=project).update(detected_type=FieldType.NUMBER)
    assert learn(project, {"thing": "x"})["thing"].type == "number"


def test_a_type_stands_when_the_events_that_it_was_detected_from_are_deleted(
    project: Project,
) -> None:
    said = [{"what_happened": sentence(n)} for n in range(LOOK_AGAIN_AT[-1])]
    learn(project, *said)
    with transaction.atomic():
        unlearn_fields(project, [StoredEvent(0, "s", each, NOW, NOW) for each in said])
    known = learn(project, {"what_happened": "ok"})["what_happened"]
    assert (known.events, known.type) == (1, "text")


def test_a_person_s_decision_stands_and_can_be_undone(project: Project, owner: User) -> None:
    learn(project, {"what_happened": "ok"})
    override_type(field(project, "what_happened"), FieldType.IGNORED, owner)
    learnt = learn(project, *({"what_happened": sentence(n)} for n in range(30)))
    assert learnt["what_happened"].type == "ignored"
    overridden = field(project, "what_happened")
    assert (overridden.type, overridden.detected_type) == ("ignored", "text")
    assert overridden.overridden_by == owner
    assert overridden.overridden_at is not None
    reset_type(overridden)
    again = field(project, "what_happened")
    assert (again.type, again.overridden_by, again.overridden_at) == ("text", None, None)


@pytest.mark.parametrize("mark", LOOK_AGAIN_AT)
@pytest.mark.parametrize("chosen", [FieldType.ENUM, FieldType.NUMBER, FieldType.IGNORED])
def test_no_later_look_changes_what_a_person_set(
    project: Project, owner: User, mark: int, chosen: FieldType
) -> None:
    learn(project, {"prompt": sentence(0)})
    override_type(field(project, "prompt"), chosen, owner)
    learnt = learn(project, *({"prompt": sentence(n)} for n in range(mark)))["prompt"]
    assert (learnt.type, field(project, "prompt").type) == (chosen, chosen)
    assert learnt.detected_type == "text"


def test_a_reset_does_what_was_promised(project: Project, owner: User) -> None:
    """The type that is shown as detected is the one that it returns to."""
    learn(project, {"what_happened": "ok"})
    override_type(field(project, "what_happened"), FieldType.IGNORED, owner)
    learn(project, *({"what_happened": sentence(n)} for n in range(LOOK_AGAIN_AT[0] - 2)))
    shown = field(project, "what_happened").detected_type
    reset_type(field(project, "what_happened"))
    assert field(project, "what_happened").type == shown == "enum"
    assert learn(project, {"what_happened": sentence(0)})["what_happened"].type == "text"


def test_no_more_fields_are_made_than_a_page_can_show(project: Project) -> None:
    many = {f"k{n}": n for n in range(MAX_FIELDS + 50)}
    assert len(learn(project, many)) == MAX_FIELDS
    assert learn(project, {"late": 1, "k0": 2}).keys() == {"k0"}
    assert Field.objects.filter(project=project).count() == MAX_FIELDS


def test_a_client_that_puts_ids_into_keys_asks_for_no_more_than_can_be_fields(
    project: Project, statements: list[str]
) -> None:
    learn(project, {"prompt": "hi"})
    statements.clear()
    learnt = learn(project, {f"id_{n}": n for n in range(20_000)} | {"prompt": "hello"})
    assert len(learnt) == MAX_FIELDS
    assert learnt["prompt"].events == 2
    assert max(statement.count("%s") for statement in statements) < 20_000


def test_projects_learn_apart(project: Project, other_tenant: NewTenant) -> None:
    learn(project, {"a": 1})
    learn(other_tenant.project, {"a": "x"})
    assert (field(project, "a").type, field(other_tenant.project, "a").type) == ("number", "enum")


def test_queries_do_not_grow_with_events(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    learn(project, {"prompt": "hi", "platform": "ios"})
    with django_assert_num_queries(5):  # a savepoint around looking, reading and writing
        learn(project, *({"prompt": sentence(n), "platform": "ios"} for n in range(500)))


def test_odd_values_do_no_harm(project: Project) -> None:
    learn(project, {"a": 10**3_000, "b": 1e308, "c": "\U0001f600" * 300, "": 0, "d" * 200: "x"})
    assert len(field(project, "a").samples[0]) == 200
    assert field(project, "b").type == "number"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_no_more_fields_than_one(project: Project) -> None:
    def many(prefix: str) -> None:
        learn(project, {f"{prefix}{n}": n for n in range(MAX_FIELDS - 50)})

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            many("mine")
            done = beside(other, partial(many, "other"))
        done.result()
    assert Field.objects.filter(project=project).count() == MAX_FIELDS


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_no_count(project: Project) -> None:
    def work(part: int) -> None:
        try:
            for n in range(10):
                keys = ["a", "b", f"own{part}"]
                with transaction.atomic():
                    learn(project, dict.fromkeys(keys if part % 2 else reversed(keys), n))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert (field(project, "a").events, field(project, "own3").events) == (60, 10)
