"""Deleting what one user sent: nothing of it is left, and nothing of others is touched."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Project, User
from accounts.services import create_project
from billing.selectors import usage
from clustering import asking, jobs, locks, pipeline, services
from clustering import naming as topic_naming
from clustering.columns import blocks
from clustering.curation.shaping import move
from clustering.labelling.llm import ask_for_labels
from clustering.models import Decision, Erasure, Occurrence, Text, Theme, Topic
from clustering.privacy import erasure
from clustering.privacy.quotations import GoneWords
from clustering.runs import full_run, outcome
from clustering.runs.outcome import Name
from clustering.texts import extraction, occurrences
from clustering.themes import naming
from clustering.themes.renewal import regroup
from ingestion.learning import override_type
from ingestion.models import Event, Field, FieldType, PendingEvent
from tests.beside import beside
from tests.clustering.conftest import cluster
from tests.clustering.labelling.messages_api import MessagesAPI, named
from tests.clustering.messages import ACCESS, PARCEL, PRICE, field_of, send
from tests.clustering.test_naming import api  # noqa: F401
from tests.clustering.test_themes import topics  # noqa: F401

WORDS = "zanzibar"
ADA = "ada-lovelace"
OWN = [f"{text} says {WORDS}" for text in PARCEL]


@pytest.fixture
def told(project: Project) -> Project:
    """A project in which Ada and others sent messages, some of them the same."""
    for _ in range(2):
        send_as(project, ADA, [*OWN, *PRICE], extra=f"{WORDS} again")
        send_as(project, "ben", [*ACCESS, *PRICE])
    pipeline.drain(project)
    return project


def send_as(project: Project, user_id: str, texts: list[str], **metadata: Any) -> None:
    before = set(Event.objects.filter(project=project).values_list("pk", flat=True))
    send(project, texts, **metadata)
    Event.objects.filter(project=project).exclude(pk__in=before).update(user_id=user_id)


def rows_with(words: str) -> dict[str, int]:
    """The tables of the database in which a row, written as text, holds these words."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s'  # noqa: S608
                f" OR row::text LIKE %s",
                [f"%{words}%", f"%{words.encode().hex()}%"],
            )
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


@pytest.mark.django_db
def test_nothing_that_the_user_sent_is_left_anywhere(told: Project) -> None:
    blocks.seal(told)
    assert rows_with(WORDS)
    assert rows_with(ADA)
    erasure.request(told, ADA, None)
    erasure.carry_out(told)
    assert rows_with(WORDS) == {}
    assert rows_with(ADA) == {}


@pytest.mark.django_db
def test_what_others_sent_stays_with_true_counts(told: Project) -> None:
    erasure.request(told, ADA, None)
    erasure.carry_out(told)
    assert set(Event.objects.filter(project=told).values_list("user_id", flat=True)) == {"ben"}
    kept = dict(Text.objects.filter(project=told).values_list("content", "occurrences"))
    assert kept == dict.fromkeys([*ACCESS, *PRICE], 2)
    assert Occurrence.objects.filter(project=told).count() == 2 * len(kept)
    prompt = Field.objects.get(project=told, key="prompt")
    assert prompt.events == 2 * len(kept)
    assert Field.objects.get(project=told, key="extra").events == 0


@pytest.mark.django_db
def test_the_receipt_says_how_much_went_and_not_whose(told: Project, owner: User) -> None:
    erasure.request(told, ADA, owner)
    erasure.carry_out(told)
    receipt = Erasure.objects.get(project=told)
    assert (receipt.events, receipt.texts) == (2 * (len(OWN) + len(PRICE)), len(OWN))
    assert receipt.requested_by_email == owner.email
    assert receipt.user_id == ""
    assert receipt.finished_at is not None
    assert receipt.user_digest == erasure.digest(told, ADA) != erasure.digest(told, "ben")


@pytest.mark.django_db
def test_what_waits_for_extraction_goes_too_and_stays_usage(project: Project) -> None:
    send_as(project, ADA, OWN)
    before = usage(project.organization).used
    erasure.request(project, ADA, None)
    erasure.carry_out(project)
    pipeline.drain(project)
    assert not Event.objects.filter(project=project).exists()
    assert not PendingEvent.objects.filter(project=project).exists()
    assert not Text.objects.filter(project=project).exists()
    assert usage(project.organization).used == before == len(OWN)


@pytest.mark.django_db(transaction=True)
def test_what_is_being_read_of_the_past_goes_too(
    project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The past is read for a new dimension: of events that were extracted, and of pending ones."""
    send(project, PRICE, key="plan")
    extraction.extract(project)
    override_type(Field.objects.get(project=project, key="plan"), FieldType.TEXT, owner)
    send(project, OWN, key="plan")
    Event.objects.filter(project=project, metadata__plan__in=OWN).update(user_id=ADA)
    erasure.request(project, ADA, None)
    find, erasing = occurrences.find, list[Any]()

    def while_somebody_erases(*arguments: Any) -> Any:
        if not erasing:
            erasing.append(beside(pool, partial(erasure.carry_out, project)))
        return find(*arguments)

    monkeypatch.setattr(extraction, "find", while_somebody_erases)
    with ThreadPoolExecutor(1) as pool:
        extraction.reconcile(project)
        erasing[0].result(60)
    assert not Event.objects.filter(project=project, user_id=ADA).exists()
    assert rows_with(WORDS) == {}


@pytest.mark.django_db
def test_extent_counts_what_would_go(told: Project) -> None:
    found = erasure.extent(told, ADA)
    assert (found.events, found.texts) == (2 * (len(OWN) + len(PRICE)), len(OWN))
    assert not erasure.extent(told, "nobody")


@pytest.mark.django_db
def test_a_decision_about_a_text_that_is_gone_stays_without_its_words(
    told: Project, owner: User
) -> None:
    text = Text.objects.filter(project=told, field=field_of(told), content=OWN[0]).get()
    assert text.topic is not None
    others = Topic.objects.filter(project=told, retired_at=None).exclude(pk=text.topic.pk)
    topic = others.first()
    decision = move(text, topic, owner)
    assert WORDS in decision.summary
    erasure.request(told, ADA, None)
    erasure.carry_out(told)
    assert WORDS not in Decision.objects.get(project=told, pk=decision.pk).summary


@pytest.mark.django_db
def test_a_name_that_a_person_gave_stays(told: Project, owner: User) -> None:
    text = Text.objects.filter(project=told, content=OWN[0]).get()
    assert text.topic is not None
    services.pin(text.topic, True, owner)
    services.rename(text.topic, "Parcels", "", owner)
    erasure.request(told, ADA, None)
    erasure.carry_out(told)
    assert Topic.objects.get(project=told, pk=text.topic.pk).label == "Parcels"
    assert rows_with(WORDS) == {}


@pytest.mark.django_db
def test_a_name_of_before_goes_from_the_record_too(told: Project, owner: User) -> None:
    """A run has renamed the topic since somebody decided about it; a person did so once more."""
    text = Text.objects.filter(project=told, content=OWN[0]).select_related("topic").get()
    assert text.topic is not None
    found = Topic.objects.filter(project=told, pk=text.topic.pk)
    found.update(label=f"Late says {WORDS}")
    decision = services.pin(text.topic, True, owner)
    assert WORDS in decision.summary
    found.update(label="Parcels", description="")
    services.rename(text.topic, "My parcel", "", owner)
    services.hide(text.topic, True, owner)
    erasure.request(told, ADA, None)
    erasure.carry_out(told)
    assert rows_with(WORDS) == {}
    summaries = Decision.objects.filter(project=told).order_by("pk").values_list("summary")
    assert [summary for (summary,) in summaries] == [
        "Pinned “…”",
        "Renamed “Parcels” to “My parcel”",
        "Hid “My parcel”",
    ]


def erase_ada(project: Project) -> None:
    erasure.request(project, ADA, None)
    erasure.carry_out(project)


@pytest.mark.django_db
def test_a_run_that_read_them_before_does_not_name_topics_by_them(
    told: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    Topic.objects.filter(project=told).update(label="", description="")  # all are named anew
    publish, before = outcome.publish, [erase_ada]

    def late(*arguments: Any) -> None:
        while before:
            before.pop()(told)
        publish(*arguments)

    monkeypatch.setattr(full_run, "publish", late)
    cluster(told)
    assert Topic.objects.filter(project=told, retired_at=None).exclude(label="").exists()
    assert rows_with(WORDS) == {}


@pytest.mark.django_db
def test_themes_are_not_named_by_them_either(
    topics: Project,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send_as(topics, ADA, OWN)
    pipeline.process(topics)
    name_locally, before = naming.name_locally, [erase_ada]

    def by_them_at_first(*arguments: Any) -> dict[int, Name]:
        names = name_locally(*arguments)
        if before:
            before.pop()(topics)
            names = {theme: Name(f"{WORDS} {theme}", "", "keywords", "") for theme in names}
        return names

    monkeypatch.setattr(naming, "name_locally", by_them_at_first)
    assert regroup(field_of(topics)) == Theme.objects.filter(project=topics).count() > 0
    assert rows_with(WORDS) == {}


@pytest.mark.django_db
def test_nor_by_an_llm_that_was_shown_them(
    told: Project,
    api: MessagesAPI,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api.play(model=lambda _: named(f"What {WORDS} says {len(api.requests)}"))
    ask = ask_for_labels

    def while_somebody_erases(*arguments: Any, **more: Any) -> Any:
        results = ask(*arguments, **more)
        erase_ada(told)
        return results

    with monkeypatch.context() as patch:
        patch.setattr(asking, "ask_for_labels", while_somebody_erases)
        assert topic_naming.label(field_of(told)) == 0
    assert api.requests
    assert rows_with(WORDS) == {}
    api.play(*(named(name) for name in ("Access", "Prices", "Parcels")))
    assert topic_naming.label(field_of(told)) > 0


@pytest.mark.django_db
def test_topics_get_new_names_though_the_worker_was_killed(
    told: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    erasure.request(told, ADA, None)
    with pytest.raises(KeyboardInterrupt):
        erasure.carry_out(told, on_progress=killed)
    assert not Event.objects.filter(project=told, user_id=ADA).exists()
    assert Topic.objects.filter(project=told, retired_at=None, label="").exists()
    asked: list[str] = []
    monkeypatch.setattr(jobs.Job, "enqueue", lambda job: asked.append(job.id))
    erasure.carry_out(told)
    assert asked == [jobs.cluster(field_of(told).pk, "").id]


@pytest.mark.django_db
def test_another_project_keeps_a_user_of_the_same_id(told: Project) -> None:
    other = create_project(told.organization, "Other")
    send_as(other, ADA, OWN)
    erasure.request(told, ADA, None)
    erasure.carry_out(told)
    assert Event.objects.filter(project=other).count() == len(OWN)


@pytest.mark.django_db
def test_the_command_prints_a_receipt(told: Project, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("forget_user", project=told.slug, user_id=ADA)
    assert '"events": 18' in capsys.readouterr().out
    assert not Event.objects.filter(project=told, user_id=ADA).exists()


@pytest.mark.django_db(transaction=True)
def test_the_command_waits_for_a_worker_that_is_at_it(
    told: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    def forget() -> None:
        try:
            call_command("forget_user", project=told.slug, user_id=ADA)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with locks.holding(locks.erasing(told.pk)) as held:
            assert held
            command = pool.submit(forget)
            with pytest.raises(TimeoutError):
                command.result(1.0)
        command.result(30)
    assert '"events": 18' in capsys.readouterr().out


@pytest.mark.django_db
def test_the_receipt_of_a_user_is_found_again(
    told: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    for user_id in (ADA, "ben"):
        call_command("forget_user", project=told.slug, user_id=user_id)
    ada, ben = (json.loads(line) for line in capsys.readouterr().out.splitlines())

    def printed(**options: str) -> list[object]:
        call_command("receipts", project=told.slug, **options)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert printed() == [ben, ada]
    assert printed(user_id=ADA) == [ada]
    assert ADA not in str(ada)
    for options in ({"user_id": ADA.upper()}, {"user_id": ""}):
        with pytest.raises(CommandError, match="no receipt of this user_id"):
            printed(**options)
    other = create_project(told.organization, "Other")
    with pytest.raises(CommandError, match="no receipt"):
        call_command("receipts", project=other.slug)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("naming", "cleared"),
    [
        ({"description": "Typical: “Where is my parcel?”"}, {"description"}),
        ({"description": "Typical: “The  parcel that I\nordered, and…”"}, {"description"}),
        ({"description": "People ask where a parcel is."}, set()),
        ({"label": "Parcel that I ordered"}, {"label"}),
        ({"label": "Parcels"}, set()),
        ({"label": "My parcel"}, set()),
        ({"label": "", "description": ""}, set()),
    ],
)
def test_words_that_are_only_in_deleted_texts_are_known(
    told: Project, naming: dict[str, str], cleared: set[str]
) -> None:
    gone = ["where is my parcel?", "the parcel that i ordered, and the other one", ""]
    assert set(GoneWords(told, field_of(told).pk, gone).told_by(naming)) == cleared


@pytest.mark.django_db
def test_a_description_goes_whose_text_had_characters_that_nobody_sees(project: Project) -> None:
    send_as(project, ADA, ["\ufeffMy c\u00adard was declined at the till of a shop"])
    pipeline.process(project)
    topic = Topic.objects.create(
        project=project,
        field=field_of(project),
        description="Typical: “My card was declined at the till of a shop”",
        threshold=0.5,
    )
    erase_ada(project)
    assert Topic.objects.get(project=project, pk=topic.pk).description == ""
