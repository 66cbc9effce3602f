"""Deleting what one user sent: nothing of it is left, and nothing of others is touched."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Project, User
from accounts.services import create_project
from billing.selectors import usage
from clustering import locks, pipeline, services
from clustering.columns import blocks
from clustering.curation.shaping import move
from clustering.models import Decision, Erasure, Occurrence, Text, Topic
from clustering.privacy import erasure
from clustering.privacy.quotations import GoneWords
from ingestion.models import Event, Field, PendingEvent
from tests.clustering.messages import ACCESS, PARCEL, PRICE, field_of, send

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
