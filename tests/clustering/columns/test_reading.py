"""What is loaded from columns is what stands in the rows, whatever happened in between."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import django_rq
import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Project, User
from clustering import locks, pipeline, tasks
from clustering.columns import blocks, filtering, reading, values
from clustering.columns.blocks import Range, uncovered
from clustering.columns.filtering import BeingPrepared
from clustering.columns.reading import OUTLIER, WAITING, load
from clustering.columns.values import column_name, hashed
from clustering.models import Block, Column, Dimension, Occurrence, Text, Topic
from clustering.reports import slices
from clustering.texts import extraction, unreadable
from ingestion.learning import override_type
from ingestion.models import Event, Field, FieldType, PendingEvent
from ingestion.segments import Segment
from ingestion.segments_panel import Facet
from tests.clustering.messages import ACCESS, ALL, PARCEL, PRICE, REFUND, field_of, send
from tests.clustering.test_unreadable import choke, raising

pytestmark = pytest.mark.django_db

Said = dict[int, list[tuple[int, int, str | None]]]


def process(project: Project, limit: int = extraction.BATCH) -> None:
    while extraction.extract(project, limit):
        pass
    while extraction.reconcile(project):
        pass
    blocks.seal(project)


def told(field: Field) -> Said:
    """By session: time, event's id and state of each occurrence, from columns."""
    loaded = load(field)
    log, codes = loaded.log, loaded.topic
    ids = loaded.topic_ids.tolist()
    states = [
        {OUTLIER: None, WAITING: "waiting"}.get(code, str(ids[max(code, 0)]) if ids else "")
        for code in codes.tolist()
    ]
    events = filtering.event_ids(loaded, np.arange(len(log)))
    said = list(zip(log.time.tolist(), events, states, strict=True))
    spans = zip(log.sessions.values.tolist(), log.starts.tolist(), log.ends.tolist(), strict=True)
    return {session: said[start:end] for session, start, end in spans}


def stands(field: Field) -> Said:
    """The same from the rows."""
    said: Said = {}
    for each in (
        Occurrence.objects.filter(project=field.project_id, field=field)
        .select_related("text")
        .order_by("timestamp", "event_id")
    ):
        text = each.text
        state = (str(text.topic_id) if text.topic_id else None) if text.embedded else "waiting"
        said.setdefault(hashed(each.session_id), []).append(
            (reading.microseconds(each.timestamp), each.event_id, state)
        )
    return said


def topic(field: Field, name: str = "a topic") -> Topic:
    return Topic.objects.create(
        project=field.project, field=field, label=name, centroid=[1.0, 0.0], threshold=0.5
    )


def assign(field: Field, contents: Sequence[str], to: Topic | None) -> None:
    """As a run would: under the lock that counts changes."""
    with transaction.atomic():
        locks.own(field.pk)
        Text.objects.filter(project=field.project, field=field, content__in=contents).update(
            topic=to, embedded=True
        )


@pytest.mark.parametrize(
    ("held", "left"),
    [
        ([], [Range(0)]),
        ([(0, 4), (4, 9)], [Range(9)]),
        ([(0, 4), (7, 9)], [Range(4, 7), Range(9)]),
        ([(3, 4)], [Range(0, 3), Range(4)]),
    ],
)
def test_what_no_block_holds_is_between_and_behind_them(
    held: list[tuple[int, int]], left: list[Range]
) -> None:
    assert uncovered(held) == left


def test_columns_say_what_rows_say_as_messages_come(project: Project) -> None:
    for part in (ACCESS, ALL, PRICE, PARCEL):
        send(project, part)
        process(project)
        field = field_of(project)
        assert told(field) == stands(field)
    sent = len([*ACCESS, *ALL, *PRICE, *PARCEL])
    assert Block.objects.filter(project=project).count() == sent // 4
    assert len(load(field).tail) == sent % 4


def test_a_block_of_large_events_has_fewer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages read the metadata of all that no block holds, each time that they are asked for."""
    monkeypatch.setattr(blocks, "ROWS", 100)
    monkeypatch.setattr(blocks, "LARGEST_TEXT", 20_000)
    send(project, [*ACCESS[:2], *PARCEL[:4]])
    first = Event.objects.filter(project=project).order_by("pk")[:2]
    Event.objects.filter(project=project, pk__in=first.values("pk")).update(
        metadata={"prompt": ACCESS[0], "large": [{}] * 5_000}  # 20,000 bytes, well compressed
    )
    process(project)
    field = field_of(project)

    assert [each.rows for each in Block.objects.filter(project=project).order_by("upto")] == [1, 1]
    assert len(load(field).tail) == 4
    assert told(field) == stands(field)
    assert not blocks.is_due(project)


def test_messages_keep_their_order_of_time_across_blocks(project: Project) -> None:
    send(project, ACCESS, days_ago=1)
    process(project)
    send(project, PARCEL, days_ago=2)
    process(project)
    field = field_of(project)
    assert told(field) == stands(field)
    times = [time for time, _, _ in told(field)[hashed("session 0")]]
    assert times == sorted(times)


def test_extracting_in_any_order_leaves_no_occurrence_out(project: Project) -> None:
    random = Random(5)
    send(project, [*ALL, *PARCEL, *REFUND])
    pending = list(PendingEvent.objects.filter(project=project))
    while pending:
        now = random.sample(pending, min(5, len(pending)))
        others = [each for each in pending if each not in now]
        PendingEvent.objects.filter(
            project=project, event__in=[each.event_id for each in others]
        ).delete()
        process(project)
        field = field_of(project)
        assert told(field) == stands(field)
        PendingEvent.objects.bulk_create(others)
        pending = others
    blocks.seal(project)
    assert told(field) == stands(field)
    assert len(load(field).tail) < 4


def test_a_block_waits_for_events_before_it(project: Project) -> None:
    send(project, ALL)
    first = PendingEvent.objects.filter(project=project).earliest("event_id")
    PendingEvent.objects.filter(project=project).exclude(event_id=first.event_id).delete()
    process(project)
    waiting = Event.objects.filter(project=project).order_by("pk")[1]
    PendingEvent.objects.create(
        project=project, event_id=waiting.pk, received_at=waiting.received_at
    )
    blocks.seal(project)
    assert not Block.objects.filter(project=project).exists()


def test_a_field_that_becomes_text_later_is_read_into_its_place(
    project: Project, owner: User
) -> None:
    send(project, ALL, feedback="no")
    process(project)
    feedback = field_of(project, "feedback")
    assert feedback.type != FieldType.TEXT
    override_type(feedback, FieldType.TEXT, owner)
    process(project)
    assert told(field_of(project, "feedback")) == stands(feedback)
    assert Block.objects.filter(project=project, field=feedback).count() == len(ALL) // 4


def test_topics_are_those_of_now(project: Project) -> None:
    send(project, ALL)
    process(project)
    field = field_of(project)
    assert {state for said in told(field).values() for _, _, state in said} == {"waiting"}
    access = topic(field)
    assign(field, ACCESS, access)
    assert told(field) == stands(field)
    assign(field, ACCESS[:2], topic(field, "another"))
    assert told(field) == stands(field)
    assign(field, ACCESS, None)
    assert told(field) == stands(field)


def test_texts_that_are_embedded_meanwhile_need_no_change_of_others(project: Project) -> None:
    send(project, ALL)
    process(project)
    field = field_of(project)
    first = topic(field)
    assign(field, ACCESS, first)
    load(field)
    Text.objects.filter(project=project, content=PRICE[0]).update(topic=first, embedded=True)
    assert told(field) == stands(field)


def test_what_is_kept_is_not_read_again(project: Project) -> None:
    send(project, [*ALL, *ALL])
    process(project)
    field = field_of(project)
    assign(field, ALL, topic(field))
    load(field)
    with CaptureQueriesContext(connection) as queries:
        load(field)
    statements = " ".join(query["sql"] for query in queries)
    assert "clustering_column" not in statements
    assert "clustering_text" not in statements
    assert len(queries) == 3


def test_a_deleted_block_is_made_anew(project: Project) -> None:
    send(project, ALL)
    process(project)
    field = field_of(project)
    told(field)
    gone = list(Occurrence.objects.filter(project=project).order_by("event_id")[5:7])
    with transaction.atomic(), connection.cursor() as cursor:
        Occurrence.objects.filter(
            project=project, event__in=[each.event_id for each in gone]
        ).delete()
        blocks.forget(cursor, project.pk, field.pk, [each.event_id for each in gone])
    assert Block.objects.filter(project=project).count() == len(ALL) // 4 - 1
    assert told(field) == stands(field)
    assert blocks.seal(project) == 1
    assert told(field) == stands(field)
    kept = Block.objects.filter(project=project).values("pk")
    assert not Column.objects.filter(project=project).exclude(block__in=kept).exists()


def test_a_process_keeps_no_more_than_it_may(project: Project, settings: object) -> None:
    for key in ("prompt", "feedback"):
        send(project, [*ALL, *PARCEL], key=key)
    process(project)
    settings.COLUMNS_MEMORY_MB = 0  # type: ignore[attr-defined]
    prompt, feedback = field_of(project), field_of(project, "feedback")
    assert told(prompt) == stands(prompt)
    assert told(feedback) == stands(feedback)
    assert list(reading._kept) == [feedback.pk]


def test_a_process_keeps_the_columns_it_used_last(project: Project, settings: Any) -> None:
    send(project, ALL, platform="ios", plan="pro", city="rom")
    process(project)
    loaded = load(field_of(project))
    platform, plan, city = (field_of(project, key) for key in ("platform", "plan", "city"))
    for field in (platform, plan, platform):
        filtering.field_values(loaded, [field])
    kept = sum(column.nbytes for column in filtering._cached.values())
    settings.COLUMNS_MEMORY_MB = kept / 2**20
    filtering.field_values(loaded, [city])
    names = [name for _, name in filtering._cached]
    assert names[-1] == column_name(city)
    assert column_name(platform) in names
    assert column_name(plan) not in names
    assert sum(column.nbytes for column in filtering._cached.values()) <= kept


def test_words_of_a_column_count_as_memory() -> None:
    codes = np.zeros(8, np.uint8)
    assert values.Values(codes, ["x" * 1_000]).nbytes > 1_000


def test_values_of_large_events_are_read_without_holding_them(project: Project) -> None:
    send(project, [f"{text} {n}" for n in range(4) for text in ALL], other=["x" * 90_000] * 5)
    process(project)
    events = np.array(Event.objects.filter(project=project).values_list("pk", flat=True))
    name = [Field(pk=1, key="prompt", detected_type="enum", type="enum")]
    tracemalloc.start()
    try:
        found = values.read_values(project.pk, events, name)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(set(found[1].dictionary or ())) == len(events)
    assert peak < len(events) * 5 * 90_000 / 4


# Segments


def send_all(project: Project) -> None:
    for platform, plan, parts in (
        ("ios", "pro", ACCESS),
        ("android", "trial", [*PARCEL, *PRICE]),
        ("ios", "trial", REFUND),
        ("web", "pro", ALL),
    ):
        send(project, parts, platform=platform, user={"plan": plan}, seconds=len(parts))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"platform": ("ios",)},
        {"platform": ("ios", "web")},
        {"platform": ("ios",), "user.plan": ("trial",)},
        {"platform": ("vms",)},
        {"platform": ("ios",), "unheard_of": ("1",)},
    ],
)
def test_a_segment_holds_the_events_that_have_its_values(
    project: Project, wanted: dict[str, tuple[str, ...]]
) -> None:
    send_all(project)
    process(project)
    loaded = load(field_of(project))
    segment = Segment(wanted)
    chosen = filtering.matching(loaded, segment)
    events = Event.objects.filter(project=project)
    expected = {event.pk for event in events if segment.matches(event.metadata, event.name)}
    assert set(filtering.event_ids(loaded, chosen.nonzero()[0])) == expected
    assert loaded.blocks
    assert len(loaded.tail)


def test_a_segment_of_event_names(project: Project) -> None:
    send(project, ALL)
    process(project)
    Event.objects.filter(project=project).update(name="other")
    Column.objects.filter(project=project, name="name").update(dictionary=["other"])
    loaded = load(field_of(project))
    assert filtering.matching(loaded, Segment(names=("other",))).all()
    assert not filtering.matching(loaded, Segment(names=("user_prompt",))).any()


def test_numbers_and_users_stand_beside_their_events(project: Project) -> None:
    send_all(project)
    Event.objects.filter(project=project, metadata__platform="ios").update(user_id="ada")
    process(project)
    loaded = load(field_of(project))
    users = filtering.users(loaded, np.arange(len(loaded.log)))
    by_user = loaded.log.arrival[users == hashed("ada")]
    assert len(by_user) == len(ACCESS) + len(REFUND)
    seconds = field_of(project, "seconds")
    columns = filtering.field_values(loaded, [seconds])[seconds.pk]
    assert [value for column in columns for value in column.array.tolist()] == [6.0] * 6 + [
        9.0
    ] * 9 + [5.0] * 5 + [22.0] * 22


def test_a_field_that_becomes_an_enum_is_read_into_the_blocks(
    project: Project, owner: User
) -> None:
    send_all(project)
    platform_of = Field.objects.filter(project=project, key="platform")
    process(project)
    platform = platform_of.get()
    override_type(platform, FieldType.IGNORED, owner)
    Block.objects.filter(project=project).delete()
    blocks.seal(project)
    platform = platform_of.get()
    override_type(platform, FieldType.ENUM, owner)
    loaded, ios = load(field_of(project)), Segment({"platform": ("ios",)})
    with pytest.raises(BeingPrepared) as found:
        filtering.matching(loaded, ios)
    assert (found.value.missing, found.value.total) == (len(loaded.blocks), len(loaded.blocks))
    blocks.seal(project)
    assert filtering.matching(loaded, ios).sum() == len(ACCESS) + len(REFUND)


def test_a_number_that_becomes_an_enum_has_its_own_column(project: Project, owner: User) -> None:
    send_all(project)
    process(project)
    seconds = field_of(project, "seconds")
    override_type(seconds, FieldType.ENUM, owner)
    seconds = field_of(project, "seconds")
    blocks.seal(project)
    loaded = load(field_of(project))
    six = filtering.matching(loaded, Segment({"seconds": ("6",)}))
    assert six.sum() == len(ACCESS)
    override_type(seconds, FieldType.NUMBER, owner)
    columns = filtering.field_values(loaded, [field_of(project, "seconds")])[seconds.pk]
    assert columns[0].array.tolist() == [6.0] * 4


def test_a_field_with_too_many_values_to_list_is_filtered_by_those_that_are_known(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_all(project)
    process(project)
    first = load(field_of(project)).blocks
    monkeypatch.setattr(values, "MOST_VALUES", 2)
    send_all(project)
    process(project)
    loaded = load(field_of(project))
    platform = field_of(project, "platform")
    kinds = {column.dictionary is None for column in filtering._blocks_of(loaded, platform)}
    assert len(loaded.blocks) > len(first)
    assert kinds == {True, False}
    assert [field.key for field in filtering.listed(loaded)[0]] == ["user.plan"]
    for wanted in (("ios",), ("android", "web"), ("windows",)):
        found = filtering.matching(loaded, Segment({"platform": wanted}))
        expected = [
            Event.objects.get(project=project, pk=pk).metadata["platform"] in wanted
            for pk in filtering.event_ids(loaded, np.arange(len(loaded.log)))
        ]
        assert found.tolist() == expected


def test_of_too_many_values_the_chosen_and_the_wanted_are_counted(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "MOST_VALUES", 2)
    send_all(project)
    process(project)
    ios, since = len(ACCESS) + len(REFUND), timezone.now() - timedelta(days=9)

    def counted(find: str, *chosen: str) -> Facet:
        of = slices.load(field_of(project), Segment({"platform": chosen} if chosen else {}))
        return next(each for each in slices.facets(of, since, find) if each.key == "platform")

    assert counted("") == counted("io") == Facet("platform", [], others=3)
    assert counted(" ios ") == Facet("platform", [("ios", ios)], others=2)
    both = counted("ios", "amiga", "web")
    assert dict(both.values) == {"amiga": 0, "web": len(ALL), "ios": ios}


def test_an_empty_dimension_loads(project: Project) -> None:
    field = Field.objects.create(project=project, key="prompt", detected_type=FieldType.TEXT)
    Dimension.objects.create(project=project, field=field, active=True)
    assert blocks.seal(project) == 0
    assert len(load(field).log) == 0
    assert told(field) == {}


# Work


def test_workers_make_blocks_when_there_are_enough_messages(
    project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    topics = django_rq.get_queue("topics")
    topics.empty()  # type: ignore[no-untyped-call]
    send(project, ALL[:3])
    tasks.process(project.pk)
    assert not blocks.is_due(project)
    send(project, ALL[3:])
    cache.clear()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.process(project.pk)
    assert "clustering.tasks.seal" in {job.func_name for job in topics.jobs}
    tasks.seal(project.pk)
    assert Block.objects.filter(project=project).count() == len(ALL) // 4
    assert not blocks.is_due(project)


def test_a_page_that_waits_for_a_column_asks_for_it(
    project: Project, owner: User, client: Client
) -> None:
    send_all(project)
    process(project)
    Column.objects.filter(
        project=project, name=values.column_name(field_of(project, "platform"))
    ).delete()
    client.force_login(owner)
    page = "/p/inkwell/topics/?where.platform=ios"
    assert "A worker is reading this field" in client.get(page).content.decode()
    tasks.seal(project.pk)
    assert "A worker is reading this field" not in client.get(page).content.decode()


def test_what_was_loaded_last_is_loaded_again_until_something_changes(project: Project) -> None:
    send(project, ALL[:7])
    process(project)
    field = field_of(project)
    before = load(field)
    assert len(before.tail) == 3
    assert load(field).log is before.log
    assign(field, [ALL[6]], topic(field))
    assert load(field).log is before.log
    assert told(field) == stands(field)
    send(project, ALL[7:8])
    extraction.extract(project)
    assert load(field).log is not before.log
    assert told(field) == stands(field)
    Occurrence.objects.filter(project=project, event_id=int(before.tail.event[0])).delete()
    assert told(field) == stands(field)


def test_a_text_that_can_be_read_at_last_is_not_remembered_as_an_outlier(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, [*ALL, *PARCEL])
    with monkeypatch.context() as patch:
        choke(patch, raising, poison=PARCEL[0])
        pipeline.drain(project)
    field = field_of(project)
    assert OUTLIER in load(field).topic  # remembered from here on
    unreadable.put_back(project)
    pipeline.process(project)
    text = Text.objects.get(project=project, content=PARCEL[0])
    assert text.topic_id
    loaded = load(field)
    place = loaded.log.texts.values.tolist().index(text.pk)
    assert loaded.topics[place] == text.topic_id
