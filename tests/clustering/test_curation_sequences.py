"""Any decisions in any order, by one person or two at once, with runs and arrivals between."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections

from accounts.models import Project, User
from clustering import pipeline, services
from clustering.curation import shaping, splitting
from clustering.curation.held import DecidedMeanwhile
from clustering.curation.shaping import DecisionRefused
from clustering.curation.undoing import undo
from clustering.models import Decision, Text, Topic
from clustering.runs import lifecycle
from tests.clustering.messages import ACCESS, ALL, DISCOUNT, PARCEL, PRICE, REFUND, field_of, send
from tests.clustering.test_curation import assert_sound, current, places, text_of, topic_of

LATER = [*PARCEL, *REFUND, "How can I reset my account password?", "Any promo code for me?"]


class Person:
    """Decides at random, and remembers what stands."""

    def __init__(self, project: Project, user: User, seed: int) -> None:
        self.project, self.user = project, user
        self.random = random.Random(seed)
        self.made: list[Decision] = []

    def live(self) -> list[Topic]:
        found = Topic.objects.select_related("field").filter(project=self.project, retired_at=None)
        return list(found.order_by("pk"))

    def merge(self) -> Decision:
        count = self.random.choice([1, 1, 2])
        target, *sources = self.random.sample(self.live(), count + 1)
        return shaping.merge(sources, target, self.user)

    def split(self) -> Decision:
        topic = self.random.choice(self.live())
        suggestion = splitting.suggest(topic, self.random.choice([None, 2, 3]))
        if suggestion is None:
            raise DecisionRefused
        return shaping.split(topic, [part.new for part in suggestion.parts[1:]], self.user)

    def move(self) -> Decision:
        texts = Text.objects.select_related("field").filter(project=self.project, embedded=True)
        text = self.random.choice(list(texts.order_by("pk")))
        return shaping.move(text, self.random.choice([None, *self.live()]), self.user)

    def mark(self) -> Decision:
        topic = self.random.choice(self.live())
        mark = self.random.choice([services.pin, services.hide])
        return mark(topic, self.random.random() < 0.7, self.user)

    def decide(self) -> None:
        step = self.random.choice([self.merge, self.split, self.move, self.move, self.mark])
        try:
            self.made.append(step())
        except (DecisionRefused, ValueError):  # there are too few topics for it
            return

    def take_back(self) -> None:
        if self.made:
            place = self.random.randrange(len(self.made))
            try:
                undo(self.made[place], self.user)
            except DecisionRefused:
                return
            del self.made[place]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_undoing_everything_restores_everything(clustered: Project, owner: User, seed: int) -> None:
    person = Person(clustered, owner, seed)
    before, live = places(clustered), {(topic.pk, topic.held) for topic in person.live()}
    for _ in range(12):
        person.decide()
        assert_sound(clustered)
    assert person.made
    for decision in reversed(person.made):
        undo(decision, owner)
        assert_sound(clustered)
    assert places(clustered) == before
    assert {(topic.pk, topic.held) for topic in person.live()} == live
    assert not any(topic.pinned or topic.hidden for topic in person.live())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_every_text_has_one_state_whatever_happens(
    clustered: Project, owner: User, seed: int
) -> None:
    person = Person(clustered, owner, 1_000 + seed)

    def arrive() -> None:
        send(clustered, person.random.sample(LATER, 4))
        pipeline.process(clustered)

    def run() -> None:
        assert lifecycle.cluster(field_of(clustered), "a test")

    steps: list[Callable[[], None]] = [person.decide] * 4 + [person.take_back, arrive, run]
    for _ in range(16):
        person.random.choice(steps)()
        assert_sound(clustered)
    run()
    assert_sound(clustered)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_decisions_survive_ten_runs(clustered: Project, owner: User, seed: int) -> None:
    person = Person(clustered, owner, 2_000 + seed)
    for _ in range(6):
        person.decide()
    held = {topic.pk for topic in person.live() if topic.held}
    marked = {topic.pk for topic in person.live() if topic.pinned or topic.hidden}
    by_people = {
        content: topic
        for content, (topic, is_held) in places(clustered).items()
        if topic in held or is_held
    }
    for _ in range(10):
        send(clustered, person.random.sample(LATER, 3))
        pipeline.process(clustered)
        assert lifecycle.cluster(field_of(clustered), "a test")
        now = places(clustered)
        live = {topic.pk for topic in person.live()}
        assert held | marked <= live
        for content, topic in by_people.items():
            assert now[content][0] == topic or (topic and topic not in live)
    assert_sound(clustered)


@pytest.fixture
def in_threads() -> Iterator[Callable[..., list[Any]]]:
    """Call functions at the same moment, each in a thread; returns results or exceptions."""

    def together(*calls: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(len(calls))

        def one(call: Callable[[], Any]) -> Any:
            try:
                start.wait(timeout=30)
                return call()
            except DecisionRefused as refusal:
                return refusal
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    return together  # type: ignore[return-value]


@pytest.mark.django_db(transaction=True)
def test_two_people_merge_the_same_topic_at_once(
    clustered: Project, owner: User, in_threads: Any
) -> None:
    source = topic_of(clustered, DISCOUNT[0])
    targets = [topic_of(clustered, content) for content in (PRICE[0], ACCESS[0])]
    said = in_threads(
        *(lambda target=target: shaping.merge([source], target, owner) for target in targets)
    )
    assert sorted(type(each).__name__ for each in said) == ["Decision", "DecisionRefused"]
    (won,) = (each for each in said if isinstance(each, Decision))
    assert topic_of(clustered, DISCOUNT[0]) == won.topic
    assert_sound(clustered)


@pytest.mark.django_db(transaction=True)
def test_two_people_merge_two_topics_into_each_other(
    clustered: Project, owner: User, in_threads: Any
) -> None:
    one, other = (topic_of(clustered, content) for content in (DISCOUNT[0], PRICE[0]))
    said = in_threads(
        lambda: shaping.merge([one], other, owner), lambda: shaping.merge([other], one, owner)
    )
    assert sorted(type(each).__name__ for each in said) == ["Decision", "DecisionRefused"]
    assert_sound(clustered)


@pytest.mark.django_db(transaction=True)
def test_a_decision_is_undone_once(clustered: Project, owner: User, in_threads: Any) -> None:
    before = places(clustered)
    made = shaping.merge([topic_of(clustered, DISCOUNT[0])], topic_of(clustered, PRICE[0]), owner)
    said = in_threads(lambda: undo(made, owner), lambda: undo(made, owner))
    assert sorted(type(each).__name__ for each in said) == ["Decision", "DecisionRefused"]
    assert places(clustered) == before


@pytest.mark.django_db(transaction=True)
def test_people_decide_while_runs_and_workers_go_on(
    clustered: Project, owner: User, in_threads: Any
) -> None:
    def decide() -> None:
        for place in range(8):
            target = topic_of(clustered, PRICE[0] if place % 2 else ACCESS[0])
            source = text_of(clustered, ACCESS[5])
            if source.topic_id != target.pk:
                shaping.move(source, target, owner)
            services.pin(target, not current(target).pinned, owner)
        merged = shaping.merge(
            [topic_of(clustered, DISCOUNT[0])], topic_of(clustered, PRICE[0]), owner
        )
        undo(merged, owner)

    def work() -> None:
        for text in LATER:
            send(clustered, [text])
            pipeline.process(clustered)

    def run() -> None:
        for _ in range(6):
            with suppress(DecidedMeanwhile):  # nobody decides so often
                assert lifecycle.cluster(field_of(clustered), "a test")

    assert in_threads(decide, work, run) == [None, None, None]
    assert_sound(clustered)
    assert text_of(clustered, ACCESS[5]).topic == topic_of(clustered, PRICE[0])
    assert Text.objects.filter(project=clustered).count() == len({*ALL, *LATER})
