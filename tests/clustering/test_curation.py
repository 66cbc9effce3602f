"""Merging, splitting and moving: at once, through runs, and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from accounts.models import Project, User
from clustering import pipeline, services
from clustering.curation import held, shaping, splitting
from clustering.curation.shaping import DecisionRefused, NewPart
from clustering.curation.undoing import undo
from clustering.models import (
    ClusteringRun,
    Decision,
    Dimension,
    Lineage,
    Occurrence,
    RunState,
    Text,
    Topic,
)
from clustering.privacy.deletion import delete_events
from clustering.runs import full_run, outcome
from clustering.texts import arrivals, vectors
from ingestion.models import Field
from tests.clustering.conftest import Recorder, cluster
from tests.clustering.messages import (
    ACCESS,
    DISCOUNT,
    INTEGRATION,
    PARCEL,
    PRICE,
    REFUND,
    SINGLE,
    send,
)

pytestmark = pytest.mark.django_db


def news(project: Project) -> ClusteringRun:
    """A run over more texts than before."""
    send(project, [*PARCEL, *REFUND, "How can I reset my account password?"])
    pipeline.process(project)
    return cluster(project)


def text_of(project: Project, content: str) -> Text:
    return (
        Text.objects.filter(project=project).select_related("field", "topic").get(content=content)
    )


def topic_of(project: Project, content: str) -> Topic:
    topic = text_of(project, content).topic
    assert topic is not None
    return current(topic)


def current(topic: Topic) -> Topic:
    return Topic.objects.select_related("field").filter(project=topic.project_id).get(pk=topic.pk)


def places(project: Project) -> dict[str, tuple[int | None, bool]]:
    """The topic of each text, and whether a person put it there."""
    found = Text.objects.filter(project=project).values_list("content", "topic", "held")
    return {content: (topic, is_held) for content, topic, is_held in found}


def topics(project: Project) -> set[tuple[Any, ...]]:
    found = Topic.objects.filter(project=project)
    return set(found.values_list("pk", "label", "held", "pinned", "hidden", "retired_at"))


def assert_sound(project: Project) -> None:
    """Every text has exactly one state, and no live topic is empty."""
    live = set(Topic.objects.filter(project=project, retired_at=None).values_list("pk", flat=True))
    filled = set()
    for text in Text.objects.filter(project=project, embedded=True):
        assert text.similarity is not None
        assert text.nearest_topic_id in live | (set() if live else {None})
        assert text.topic_id in (None, text.nearest_topic_id)
        filled.add(text.topic_id)
    assert live == filled - {None}


def split_in(topic: Topic, groups: Iterable[list[str]], user: User) -> Decision:
    """Split off the texts of each group."""
    texts = Text.objects.filter(project=topic.project_id)
    parts = [
        shaping.NewPart(
            group[0],
            "",
            "digest",
            list(texts.filter(content__in=group).values_list("pk", flat=True)),
        )
        for group in groups
    ]
    return shaping.split(topic, parts, user)


Decide = Callable[[Project, User], Decision]


def subject(decision: Decision) -> Topic:
    assert decision.topic is not None
    return decision.topic


def a_merge(project: Project, user: User) -> Decision:
    return shaping.merge([topic_of(project, DISCOUNT[0])], topic_of(project, PRICE[0]), user)


def a_split(project: Project, user: User) -> Decision:
    return split_in(topic_of(project, ACCESS[0]), [ACCESS[3:]], user)


def a_move(project: Project, user: User) -> Decision:
    return shaping.move(text_of(project, ACCESS[5]), topic_of(project, PRICE[0]), user)


def an_outlier(project: Project, user: User) -> Decision:
    return shaping.move(text_of(project, ACCESS[5]), None, user)


def from_the_outliers(project: Project, user: User) -> Decision:
    return shaping.move(text_of(project, SINGLE[0]), topic_of(project, PRICE[0]), user)


OF_TEXTS = [a_merge, a_split, a_move, an_outlier, from_the_outliers]


@pytest.mark.parametrize("decide", OF_TEXTS)
def test_a_decision_survives_runs(clustered: Project, owner: User, decide: Decide) -> None:
    decision = decide(clustered, owner)
    assert_sound(clustered)
    before = places(clustered)
    for run in (cluster(clustered), news(clustered), cluster(clustered)):
        after = places(clustered)
        for topic_id in decision.touched:
            assert {content for content, place in before.items() if place[0] == topic_id} <= {
                content for content, place in after.items() if place[0] == topic_id
            }
        for content, place in before.items():
            assert not place[1] or after[content] == place
        kept = Topic.objects.filter(project=clustered, pk__in=decision.touched, retired_at=None)
        lines = Lineage.objects.filter(project=clustered, run=run, target__in=kept)
        assert {line.source_id for line in lines if line.kind == "continued"} == {
            topic.pk for topic in kept
        }
        assert_sound(clustered)


@pytest.mark.parametrize("decide", OF_TEXTS)
def test_undoing_restores_the_topics(clustered: Project, owner: User, decide: Decide) -> None:
    before = places(clustered), topics(clustered)
    decision = decide(clustered, owner)
    assert (places(clustered), topics(clustered)) != before
    undone = undo(decision, owner)
    after = topics(clustered)
    assert places(clustered) == before[0]
    assert {row for row in after if row[-1] is None} == before[1]
    assert (undone.undone_by, undone.undone_at is not None) == (owner, True)
    assert_sound(clustered)
    with pytest.raises(DecisionRefused, match="undone already"):
        undo(decision, owner)


@pytest.mark.parametrize("decide", OF_TEXTS)
def test_undoing_after_a_run_leaves_each_text_one_place(
    clustered: Project, owner: User, decide: Decide
) -> None:
    before = places(clustered)
    decision = decide(clustered, owner)
    news(clustered)
    undo(decision, owner)
    assert_sound(clustered)
    after = places(clustered)
    assert {content: after[content][0] for content in [*ACCESS, *PRICE, *DISCOUNT]} == {
        content: before[content][0] for content in [*ACCESS, *PRICE, *DISCOUNT]
    }
    cluster(clustered)
    assert_sound(clustered)


def test_a_merge_joins_texts_and_retires_the_other_topic(clustered: Project, owner: User) -> None:
    source, target = topic_of(clustered, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    decision = shaping.merge([source], target, owner)
    assert str(decision) == f"Merged “{source}” into “{target}”"
    assert {place for place, _ in map(places(clustered).get, [*PRICE, *DISCOUNT])} == {target.pk}  # type: ignore[misc]
    assert current(source).retired_at is not None
    merged = current(target)
    assert (merged.held, merged.label) == (True, target.label)
    assert merged.centroid is not None
    assert np.linalg.norm(merged.centroid) == pytest.approx(1, abs=1e-4)
    assert not np.allclose(merged.centroid, np.array(target.centroid))


def test_several_topics_are_merged_and_come_back(clustered: Project, owner: User) -> None:
    before = places(clustered)
    sources = [topic_of(clustered, content) for content in (DISCOUNT[0], INTEGRATION[0])]
    decision = shaping.merge(sources, topic_of(clustered, PRICE[0]), owner)
    assert len({topic for topic, _ in places(clustered).values() if topic}) == 2
    undo(decision, owner)
    assert places(clustered) == before


def test_new_texts_join_a_held_topic(clustered: Project, owner: User) -> None:
    target = subject(a_merge(clustered, owner))
    send(clustered, ["Do you have any discount or promo code?"])
    pipeline.process(clustered)
    assert topic_of(clustered, "Do you have any discount or promo code?") == target
    cluster(clustered)
    assert topic_of(clustered, "Do you have any discount or promo code?") == target


def test_what_joined_a_merged_topic_stays_there_on_undo(clustered: Project, owner: User) -> None:
    decision = a_merge(clustered, owner)
    send(clustered, ["What are your pricing plans, please?"])
    pipeline.process(clustered)
    undo(decision, owner)
    assert topic_of(clustered, "What are your pricing plans, please?") == decision.topic


def test_a_large_topic_is_cut_by_a_sample_and_each_text_is_in_one_part(
    clustered: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = topic_of(clustered, ACCESS[0])
    loaded: list[int] = []
    load = vectors.texts_by_id

    def noted(field: Field, text_ids: Iterable[int]) -> vectors.EmbeddedTexts:
        found = load(field, text_ids)
        loaded.append(len(found))
        return found

    monkeypatch.setattr(vectors, "texts_by_id", noted)
    monkeypatch.setattr(splitting, "LOADED", 4)
    suggestion = splitting.suggest(topic)
    assert suggestion is not None
    in_parts = [pk for part in suggestion.parts for pk in part.new.text_ids]
    own = Text.objects.filter(project=clustered, topic=topic)
    assert sorted(in_parts) == sorted(own.values_list("pk", flat=True))
    assert all(part.texts for part in suggestion.parts)
    assert sum(part.share for part in suggestion.parts) == pytest.approx(1)
    assert max(loaded) == 4
    assert suggestion == splitting.suggest(topic, len(suggestion.parts))


def test_a_part_is_named_and_the_rest_keeps_the_name(clustered: Project, owner: User) -> None:
    topic = topic_of(clustered, ACCESS[0])
    suggestion = splitting.suggest(topic)
    assert suggestion is not None
    assert 2 <= len(suggestion.parts) <= 5
    assert sum(part.texts for part in suggestion.parts) == len(ACCESS)
    assert sum(part.share for part in suggestion.parts) == pytest.approx(1)
    assert suggestion == splitting.suggest(topic, len(suggestion.parts))
    decision = shaping.split(topic, [part.new for part in suggestion.parts[1:]], owner)
    assert_sound(clustered)
    kept = current(topic)
    assert (kept.label, kept.held) == (topic.label, True)
    born = [pk for pk in decision.touched if pk != topic.pk]
    for part in Topic.objects.filter(project=clustered, pk__in=born):
        assert part.label
        assert part.label != topic.label
        assert (part.label_source, part.held) == ("keywords", True)
        assert part.labelled_from
    labels = dict(Topic.objects.filter(project=clustered).values_list("pk", "label"))
    cluster(clustered)
    assert {pk: labels[pk] for pk in decision.touched} == {
        pk: str(current(Topic(pk=pk, project=clustered))) for pk in decision.touched
    }


def test_a_split_that_leaves_a_part_empty_is_refused(clustered: Project, owner: User) -> None:
    before = places(clustered), topics(clustered)
    with pytest.raises(DecisionRefused, match="each part needs a text"):
        split_in(topic_of(clustered, PRICE[0]), [PRICE], owner)
    with pytest.raises(DecisionRefused, match="have changed"):
        split_in(topic_of(clustered, PRICE[0]), [ACCESS], owner)
    assert (places(clustered), topics(clustered)) == before


def test_parts_are_suggested_anew_where_a_text_has_been_deleted(
    clustered: Project, owner: User
) -> None:
    topic = topic_of(clustered, ACCESS[0])
    part = NewPart("Part", "", "", [text_of(clustered, each).pk for each in ACCESS[:3]])
    gone = Occurrence.objects.filter(project=clustered, text=part.text_ids[0])
    delete_events(clustered, list(gone.values_list("event_id", flat=True)))
    with pytest.raises(DecisionRefused, match="have changed"):
        shaping.split(topic, [part], owner)


def test_the_last_text_takes_its_topic_along(clustered: Project, owner: User) -> None:
    source = topic_of(clustered, INTEGRATION[0])
    first = shaping.move(text_of(clustered, INTEGRATION[0]), topic_of(clustered, PRICE[0]), owner)
    last = shaping.move(text_of(clustered, INTEGRATION[1]), None, owner)
    assert current(source).retired_at is not None
    assert_sound(clustered)
    with pytest.raises(DecisionRefused, match="is no more"):
        undo(first, owner)
    undo(last, owner)
    undo(first, owner)
    assert {topic_of(clustered, content) for content in INTEGRATION} == {source}
    assert_sound(clustered)


def test_a_moved_text_is_free_once_its_topic_is_retired(clustered: Project, owner: User) -> None:
    topic = topic_of(clustered, INTEGRATION[0])
    decision = shaping.move(text_of(clustered, ACCESS[5]), topic, owner)
    Text.objects.filter(project=clustered, content__in=INTEGRATION).delete()
    cluster(clustered)
    assert current(topic).retired_at is not None
    assert not text_of(clustered, ACCESS[5]).held
    assert_sound(clustered)
    with pytest.raises(DecisionRefused, match="no longer where it was put"):
        undo(decision, owner)


def test_a_held_topic_outlives_its_texts(clustered: Project, owner: User) -> None:
    target = subject(a_merge(clustered, owner))
    Text.objects.filter(project=clustered, content__in=[*PRICE, *DISCOUNT]).delete()
    cluster(clustered)
    assert current(target).retired_at is None
    send(clustered, ["What pricing plans do you offer today?"])
    pipeline.process(clustered)
    assert topic_of(clustered, "What pricing plans do you offer today?") == target
    Text.objects.filter(project=clustered).delete()
    assert cluster(clustered).state == RunState.DONE
    assert current(target).retired_at is None


def test_decisions_survive_a_change_of_embedding_model(clustered: Project, owner: User) -> None:
    target = subject(a_merge(clustered, owner))
    a_move(clustered, owner)
    before = places(clustered)
    dimension = Dimension.objects.filter(project=clustered).get()
    other: Any = Recorder(name="another model")
    arrivals.embed_and_assign(dimension, other, int)
    cluster(clustered)
    after = places(clustered)
    wanted = [content for content, place in before.items() if place[0] == target.pk]
    assert {after[content] for content in wanted} == {before[content] for content in wanted}
    assert current(target).centroid is not None
    assert_sound(clustered)


def test_a_later_decision_is_undone_first(clustered: Project, owner: User) -> None:
    merge = a_merge(clustered, owner)
    split = split_in(current(subject(merge)), [DISCOUNT[:2]], owner)
    with pytest.raises(DecisionRefused, match=r"Undo that first: Split “Can I get a discount\?”"):
        undo(merge, owner)
    undo(split, owner)
    undo(merge, owner)
    assert_sound(clustered)


def test_what_is_gone_cannot_be_merged_or_moved_to(clustered: Project, owner: User) -> None:
    source, target = topic_of(clustered, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    shaping.merge([source], target, owner)
    attempts: list[Callable[[], Decision]] = [
        lambda: shaping.merge([source], topic_of(clustered, ACCESS[0]), owner),
        lambda: shaping.merge([target], source, owner),
        lambda: shaping.move(text_of(clustered, ACCESS[0]), source, owner),
        lambda: shaping.split(source, [], owner),
    ]
    for attempt in attempts:
        with pytest.raises(DecisionRefused, match="is no more"):
            attempt()
    with pytest.raises(DecisionRefused, match="with itself"):
        shaping.merge([target], target, owner)
    with pytest.raises(DecisionRefused, match="already in"):
        shaping.move(text_of(clustered, PRICE[0]), target, owner)
    with pytest.raises(DecisionRefused, match="already an outlier"):
        shaping.move(text_of(clustered, SINGLE[0]), None, owner)


def test_a_text_that_is_deleted_while_somebody_looks_at_it_cannot_be_moved(
    clustered: Project, owner: User
) -> None:
    text, target = text_of(clustered, ACCESS[0]), topic_of(clustered, PRICE[0])
    own = Occurrence.objects.filter(project=clustered, text=text)
    delete_events(clustered, list(own.values_list("event_id", flat=True)))
    with pytest.raises(DecisionRefused, match="is no more"):
        shaping.move(text, target, owner)


@pytest.mark.parametrize("decide", OF_TEXTS)
@pytest.mark.parametrize("back", [False, True], ids=["decided", "undone"])
def test_a_run_follows_what_is_decided_while_it_computes(
    clustered: Project, owner: User, monkeypatch: pytest.MonkeyPatch, decide: Decide, back: bool
) -> None:
    earlier = [decide(clustered, owner)] if back else []
    expected: list[dict[str, Any]] = []

    def somebody_decides(*arguments: Any) -> Any:
        if not expected:
            if back:
                undo(earlier[0], owner)
            else:
                earlier.append(decide(clustered, owner))
            expected.append(places(clustered))
        return outcome.outcome_of(*arguments)

    monkeypatch.setattr(full_run, "outcome_of", somebody_decides)
    run = cluster(clustered)
    assert run.state == RunState.DONE
    assert_sound(clustered)
    after = places(clustered)
    for content in [*ACCESS, *PRICE, *DISCOUNT, SINGLE[0]]:
        assert after[content] == expected[0][content]


def test_a_run_gives_up_if_people_never_stop(
    clustered: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter(range(100))
    monkeypatch.setattr(held, "decided", lambda _: (next(counts), 0, 2))
    before = places(clustered)
    with pytest.raises(held.DecidedMeanwhile):
        cluster(clustered)
    assert places(clustered) == before
    assert ClusteringRun.objects.filter(project=clustered).latest("pk").state == RunState.FAILED


def test_marks_survive_runs_and_are_undone(clustered: Project, owner: User) -> None:
    topic = topic_of(clustered, ACCESS[0])
    before = topics(clustered)
    made = [
        services.pin(topic, True, owner),
        services.hide(topic, True, owner),
        services.act_on(topic, "Fixed in 2.4", owner),
        services.act_on(topic, "Fixed in 2.5", owner),
        services.rename(topic, "Locked out", "Cannot get in.", owner),
    ]
    news(clustered)
    marked = topic_of(clustered, ACCESS[0])
    assert marked == topic
    assert (marked.pinned, marked.hidden, marked.label) == (True, True, "Locked out")
    assert (marked.acted_on_note, marked.acted_on_by) == ("Fixed in 2.5", owner)
    with pytest.raises(DecisionRefused, match=r"Undo that first: Acted on “.*”: Fixed in 2\.5"):
        undo(made[2], owner)
    undo(made[3], owner)
    assert current(topic).acted_on_note == "Fixed in 2.4"
    assert current(topic).acted_on_at is not None
    for decision in (made[4], made[2], made[1], made[0]):
        undo(decision, owner)
    assert before <= topics(clustered)
    assert current(topic).acted_on_at is None


def test_a_description_and_a_reset_are_decisions(clustered: Project, owner: User) -> None:
    topic = topic_of(clustered, ACCESS[0])
    services.rename(topic, "Locked out", "", owner)
    described = services.rename(topic, "Locked out", "Cannot get in.", owner)
    reset = services.reset_name(topic, owner)
    assert reset is not None
    assert current(topic).label == topic.label
    undo(reset, owner)
    assert (current(topic).label, current(topic).edited_by) == ("Locked out", owner)
    assert str(described) == "Described “Locked out” anew"
    undo(described, owner)
    assert (current(topic).label, current(topic).description) == ("Locked out", "")
