"""A text that the embedding model cannot read is set aside; the others of its batch go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Project, User
from billing.redis_client import redis
from clustering import pipeline, services
from clustering.curation import shaping
from clustering.models import Embedding, Occurrence, SetAsideText, Text, Topic
from clustering.privacy import erasure
from clustering.privacy.deletion import delete_events
from clustering.runs import standing
from clustering.texts import contents, embedding, extraction, tries, unreadable
from ingestion.models import Event
from tests.clustering.conftest import Recorder, cluster
from tests.clustering.dying import AT_ONCE
from tests.clustering.messages import ALL, PARCEL, field_of, send
from tests.clustering.test_arrivals import embed
from tests.clustering.test_killed_workers import _database

pytestmark = pytest.mark.django_db

POISON = "a message that no model can read"
Answer = Callable[[embedding.Embedder, Sequence[str]], Any]


@pytest.fixture
def sent(project: Project) -> Project:
    """A project with a poison text, the last of all that were sent."""
    send(project, [*ALL, *PARCEL, POISON, POISON])
    return project


def choke(patch: pytest.MonkeyPatch, poisoned: Answer, poison: str | None = POISON) -> None:
    """Have the real model do something else with texts among which is the poison, or with all."""
    compute = embedding.Embedder.__call__

    def choking(self: embedding.Embedder, texts: Sequence[str]) -> Any:
        is_poisoned = bool(texts) and (poison is None or poison in texts)
        return (poisoned if is_poisoned else compute)(self, texts)

    patch.setattr(embedding.Embedder, "__call__", choking)


def raising(_: embedding.Embedder, texts: Sequence[str]) -> Any:
    raise ValueError(f"cannot read: {texts}")


def no_numbers(self: embedding.Embedder, texts: Sequence[str]) -> Any:
    vectors = np.ones((len(texts), self.dimensions), np.float32) / self.dimensions**0.5
    vectors[[place for place, text in enumerate(texts) if text == POISON]] = np.nan
    return vectors


def only_poison_is_aside(project: Project) -> SetAsideText:
    texts = Text.objects.filter(project=project)
    with_vector = Embedding.objects.filter(project=project).values("text")
    assert not texts.filter(embedded=False).exists()
    assert set(texts.filter(pk__in=with_vector).values_list("content", flat=True)) == {
        *ALL,
        *PARCEL,
    }
    aside = SetAsideText.objects.select_related("text").get(project=project)
    assert (aside.text.content, aside.text.topic, aside.text.similarity) == (POISON, None, None)
    return aside


def test_one_that_raises_is_set_aside_and_the_rest_has_topics(
    sent: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    choke(monkeypatch, raising)
    pipeline.drain(sent)
    reason = only_poison_is_aside(sent).reason
    assert reason.startswith("ValueError at tests/clustering/test_unreadable.py:")
    assert POISON not in reason + caplog.text
    assert Topic.objects.filter(project=sent, retired_at=None).exists()


def test_one_whose_vector_is_none_is_set_aside(
    sent: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    choke(monkeypatch, no_numbers)
    pipeline.process(sent)
    assert "no numbers" in only_poison_is_aside(sent).reason


@pytest.mark.parametrize(
    ("answer", "error"), [(raising, ValueError), (no_numbers, unreadable.BrokenModel)]
)
def test_no_text_is_blamed_for_a_model_that_reads_nothing(
    sent: Project, monkeypatch: pytest.MonkeyPatch, answer: Answer, error: type[Exception]
) -> None:
    def of_all(self: embedding.Embedder, texts: Sequence[str]) -> Any:
        return answer(self, [POISON] * len(texts))

    choke(monkeypatch, of_all, poison=None)
    with pytest.raises(error):
        pipeline.process(sent)
    assert not SetAsideText.objects.filter(project=sent).exists()
    assert not Text.objects.filter(project=sent, embedded=True).exists()


@pytest.mark.django_db(transaction=True)
def test_one_that_kills_its_worker_each_time_is_set_aside(
    sent: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    while extraction.extract(sent):
        pass
    texts = Text.objects.filter(project=sent)
    left_by_dead(field_of(sent).pk, list(texts.values_list("pk", flat=True)))
    worker = [sys.executable, "-m", "tests.clustering.dying", str(sent.pk), POISON]
    environment = {**os.environ, "DATABASE_URL": _database()}
    assert subprocess.run(worker, cwd=settings.BASE_DIR, env=environment).returncode == -9
    assert not SetAsideText.objects.filter(project=sent).exists()
    monkeypatch.setattr(tries, "AT_ONCE", AT_ONCE)
    choke(monkeypatch, raising)  # it is not read once more
    pipeline.process(sent)
    reason = only_poison_is_aside(sent).reason
    assert reason == "2 processes ended, or hung, while the model read it"


def test_a_process_whose_model_hangs_ends(sent: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def hanging(_: embedding.Embedder, texts: Sequence[str]) -> Any:
        let_go.wait(60)
        raise KeyboardInterrupt

    def ended(status: int) -> None:
        let_go.set()
        raise SystemExit(status)

    choke(monkeypatch, hanging)
    monkeypatch.setattr(unreadable, "PATIENCE", 0.1)
    monkeypatch.setattr(os, "_exit", ended)
    with pytest.raises(SystemExit):
        pipeline.process(sent)


def test_it_can_be_tried_again(
    sent: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        choke(patch, raising)
        pipeline.drain(sent)
        call_command("retry_events", project=sent.slug)
        assert "1 texts wait" in capsys.readouterr().out
        pipeline.drain(sent)
        only_poison_is_aside(sent)
    call_command("retry_events", project=sent.slug)
    pipeline.drain(sent)
    assert not SetAsideText.objects.filter(project=sent).exists()
    text = Text.objects.get(project=sent, content=POISON)
    assert Embedding.objects.filter(project=sent, text=text).exists()


def test_another_model_tries_it_again(sent: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        choke(patch, raising)
        pipeline.process(sent)
    dimension = field_of(sent).dimensions.get(project=sent)
    embed(dimension, Recorder(name="another model"))
    assert not SetAsideText.objects.filter(project=sent).exists()
    assert Embedding.objects.filter(project=sent).count() == len(ALL) + len(PARCEL) + 1


def test_an_erasure_takes_it_too(sent: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    choke(monkeypatch, raising)
    pipeline.process(sent)
    Event.objects.filter(project=sent).update(user_id="ada")
    erasure.request(sent, "ada", None)
    erasure.carry_out(sent)
    assert not SetAsideText.objects.filter(project=sent).exists()


def test_people_may_put_it_into_a_topic(
    sent: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    choke(monkeypatch, raising)
    pipeline.drain(sent)
    topic = Topic.objects.filter(project=sent, retired_at=None).earliest("pk")
    text = only_poison_is_aside(sent).text
    shaping.move(text, topic, owner)
    pipeline.drain(sent)
    assert Text.objects.get(project=sent, pk=text.pk).topic == topic


def test_it_is_an_outlier_again_when_its_topic_ends(
    sent: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    choke(monkeypatch, raising)
    pipeline.drain(sent)
    text = only_poison_is_aside(sent).text
    parcels = Text.objects.select_related("topic").get(project=sent, content=PARCEL[0]).topic
    shaping.move(text, parcels, owner)
    others = Occurrence.objects.filter(project=sent, text__topic=parcels).exclude(text=text)
    delete_events(sent, list(others.values_list("event_id", flat=True)))
    cluster(sent)
    text = Text.objects.get(project=sent, pk=text.pk)
    assert (text.topic, text.nearest_topic, text.held) == (None, None, False)


def test_it_is_not_central_to_the_topic_that_a_person_put_it_into(
    sent: Project,
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    signed_in: Callable[[User], Client],
) -> None:
    choke(monkeypatch, raising)
    pipeline.drain(sent)
    text = only_poison_is_aside(sent).text
    parcels = Text.objects.select_related("topic").get(project=sent, content=PARCEL[0]).topic
    assert parcels is not None
    shaping.move(text, parcels, owner)
    ((_, central, _),) = contents.central_texts(sent.pk, [parcels.pk], 1)
    assert central != text.pk
    page = signed_in(owner).get(reverse("topic", args=[sent.slug, parcels.pk]))
    assert text not in page.context["details"].central


def hold(topic: Topic, user: User) -> None:
    Topic.objects.filter(project=topic.project_id, pk=topic.pk).update(held=True)


def pin(topic: Topic, user: User) -> None:
    services.pin(topic, True, user)


@pytest.mark.parametrize("decide", [lambda topic, user: None, hold, pin])
def test_a_topic_of_what_another_model_cannot_read_ends(
    sent: Project,
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    decide: Callable[[Topic, User], None],
) -> None:
    pipeline.drain(sent)
    topic = Text.objects.select_related("topic").get(project=sent, content=PARCEL[0]).topic
    assert topic is not None
    decide(topic, owner)
    own = Text.objects.filter(project=sent, topic=topic)
    shown = list(own.values_list("content", flat=True))
    for content in shown:
        choke(monkeypatch, raising, poison=content)
    monkeypatch.setattr(embedding, "model_name", lambda _: "another model")
    monkeypatch.setattr(standing, "model_name", lambda _: "another model")
    embedding.load.cache_clear()
    pipeline.process(sent)
    embedding.load.cache_clear()
    assert SetAsideText.objects.filter(project=sent).count() == len(shown)
    cluster(sent)
    assert not own.exists()
    assert Topic.objects.get(project=sent, pk=topic.pk).retired_at
    assert standing.due_runs(sent, draining=True) == []


def test_data_quality_tells_of_it(
    sent: Project,
    owner: User,
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choke(monkeypatch, raising)
    pipeline.drain(sent)
    page = signed_in(owner).get(reverse("quality", args=[sent.slug])).content.decode()
    assert "1 text could not be compared" in page
    assert "2 messages with it count as outliers" in page
    assert "ValueError at tests/clustering/test_unreadable.py:" in page
    assert POISON not in page


def left_by_dead(field_id: int, text_ids: list[int], times: int = 1) -> None:
    """What readers leave behind that die of these texts."""
    for deaths in range(times):
        with tries.noted(field_id, tries.Portion(text_ids, deaths)):
            notes = redis().hgetall(tries._key(field_id))
        redis().hset(tries._key(field_id), mapping=notes)  # type: ignore[arg-type]


def test_what_nobody_died_of_is_read_as_it_comes() -> None:
    assert tries.cautious(1, [[5, 3], [4]]) == [tries.Portion([5, 3]), tries.Portion([4])]
    with tries.noted(1, tries.Portion([5, 3])):
        pass
    assert tries.cautious(1, [[5, 3]]) == [tries.Portion([5, 3])]


def test_what_readers_died_of_comes_last_and_in_smaller_portions() -> None:
    ids = list(range(1, 601))
    left_by_dead(7, ids[:300])
    left_by_dead(7, ids[:40], times=2)
    portions = tries.cautious(7, [ids[::2], ids[1::2]])
    assert [(len(each.text_ids), each.deaths) for each in portions] == [
        *((150, 0), (150, 0)),
        *((256, 1), (4, 1)),
        *((32, 2), (8, 2)),
    ]
    assert sorted(pk for each in portions for pk in each.text_ids) == ids
    assert tries.cautious(8, [ids]) == [tries.Portion(ids)]


def test_a_text_is_hopeless_after_every_size_was_tried() -> None:
    sizes: list[int] = []
    for _ in tries.AT_ONCE:
        left_by_dead(7, list(range(500)), times=len(sizes) + 1)
        (first, *_rest) = tries.cautious(7, [list(range(500))])
        assert not first.is_hopeless
        sizes.append(len(first.text_ids))
    assert sizes == list(tries.AT_ONCE)
    left_by_dead(7, [1], times=len(sizes) + 1)
    assert tries.cautious(7, [[1]])[0].is_hopeless


def test_old_notes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    left_by_dead(7, [1])
    (note,) = redis().hgetall(tries._key(7)).items()
    moment, *rest = json.loads(note[1])
    redis().hset(tries._key(7), note[0], json.dumps([moment - tries.LASTING - 1, *rest]))
    assert tries.cautious(7, [[1]]) == [tries.Portion([1])]
    assert not redis().exists(tries._key(7))


def test_without_redis_texts_are_read(sent: Project, settings: Any) -> None:
    while extraction.extract(sent):
        pass
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    embed(field_of(sent).dimensions.get(project=sent), Recorder())
    assert not Text.objects.filter(project=sent, embedded=False).exists()
