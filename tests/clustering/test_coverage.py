"""Coverage and purity: what a level claims, put into force at once, and back without a trace."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import services
from accounts.models import Coverage, Project, User
from clustering import coverage, pipeline, tasks
from clustering.curation import shaping
from clustering.curation.undoing import undo
from clustering.models import Text, Topic
from clustering.runs import lifecycle, outcome
from tests.clustering.conftest import cluster
from tests.clustering.messages import (
    ACCESS,
    ALL,
    PARCEL,
    PRICE,
    REFUND,
    SINGLE,
    field_of,
    send,
)
from tests.clustering.test_curation import text_of, topic_of

pytestmark = pytest.mark.django_db

NEAR = [
    "When does my parcel leave the warehouse?",
    "My parcel is damaged",
    "Cancel my order and return the money",
    "I cannot reach my account",
    "Parcel",
    "Discount",
]
"""Outliers at the balanced level, and not far out."""
HOSTILE = "<script>alert(1)</script> how do I reset my password?"


@pytest.fixture
def clustered(project: Project) -> Project:
    send(project, [*ALL, *PARCEL, *REFUND, HOSTILE])
    pipeline.drain(project)
    send(project, NEAR)
    pipeline.process(project)
    return project


def choose(project: Project, level: Coverage) -> None:
    services.set_coverage(project, level)
    coverage.put_into_force(project)


def state(project: Project) -> list[tuple[Any, ...]]:
    columns = ("pk", "topic", "nearest_topic", "similarity", "margin", "held")
    return list(Text.objects.filter(project=project).order_by("pk").values_list(*columns))


def assert_ruled(project: Project) -> None:
    """Where nobody decided, similarity and threshold do; and the level is in force."""
    assert coverage.behind(project) == []
    for text in Text.objects.filter(project=project).select_related("nearest_topic"):
        nearest = text.nearest_topic
        if nearest and nearest.limits and not (text.held or nearest.held):
            assert text.similarity is not None
            assert text.topic_id == (nearest.pk if text.similarity >= nearest.threshold else None)
            assert nearest.threshold == nearest.limits[project.coverage]
    live = Topic.objects.filter(project=project, retired_at=None)
    assert not live.filter(texts=None).exists()


def claimed(project: Project) -> set[int]:
    texts = Text.objects.filter(project=project, topic__isnull=False)
    return set(texts.values_list("pk", flat=True))


def test_a_run_leaves_every_text_to_the_rule(clustered: Project) -> None:
    assert_ruled(clustered)


def test_each_level_claims_what_was_foretold_and_all_that_a_purer_one_does(
    clustered: Project,
) -> None:
    foretold = {each.coverage: each for each in coverage.levels(field_of(clustered))}
    before: set[int] = set()
    for level in Coverage:
        choose(clustered, level)
        assert_ruled(clustered)
        now = claimed(clustered)
        assert before <= now
        assert foretold[level].texts == len(now)
        assert foretold[level].outliers == Text.objects.filter(project=clustered).count() - len(now)
        assert [*foretold.values()] == coverage.levels(field_of(clustered))
        before = now
    assert foretold[Coverage.PUREST].texts < foretold[Coverage.BALANCED].texts
    assert foretold[Coverage.BALANCED].texts < foretold[Coverage.BROADEST].texts


def test_messages_are_foretold_by_occurrences(clustered: Project) -> None:
    send(clustered, [ACCESS[0]] * 7)
    pipeline.process(clustered)
    for level in coverage.levels(field_of(clustered)):
        assert level.all_messages == level.all_texts + 7


def test_the_examples_are_the_texts_that_move(clustered: Project) -> None:
    known, before = field_of(clustered), claimed(clustered)
    for level in Coverage:
        leaving = {text.pk for text in coverage.leaving(known, level)}
        joining = {text.pk for text in coverage.joining(known, level)}
        choose(clustered, level)
        assert claimed(clustered) == before - leaving | joining
        choose(clustered, Coverage.BALANCED)


@pytest.mark.parametrize("seed", range(4))
def test_going_back_restores_every_text_whatever_people_decided(
    clustered: Project, owner: User, seed: int
) -> None:
    choice = random.Random(seed)
    choose(clustered, choice.choice([*Coverage]))
    merge = shaping.merge([topic_of(clustered, ACCESS[0])], topic_of(clustered, PARCEL[0]), owner)
    if seed % 2:
        undo(merge, owner)
    shaping.move(text_of(clustered, SINGLE[0]), topic_of(clustered, REFUND[0]), owner)
    shaping.move(text_of(clustered, PARCEL[0]), None, owner)
    held = [row for row in state(clustered) if row[-1]]
    for _ in range(2):
        assert_ruled(clustered)
        first, before = Coverage(clustered.coverage), state(clustered)
        for _ in range(4):
            choose(clustered, choice.choice([*Coverage]))
            assert_ruled(clustered)
            assert [row for row in state(clustered) if row[-1]] == held
        choose(clustered, first)
        assert state(clustered) == before
        cluster(clustered)
        held = [row for row in state(clustered) if row[-1]]


def test_a_merged_topic_keeps_its_texts_at_every_level(clustered: Project, owner: User) -> None:
    target = topic_of(clustered, PRICE[0])
    shaping.merge([topic_of(clustered, ACCESS[0])], target, owner)
    texts = set(Text.objects.filter(project=clustered, topic=target).values_list("pk", flat=True))
    for level in Coverage:
        choose(clustered, level)
        now = Text.objects.filter(project=clustered, topic=target)
        assert set(now.values_list("pk", flat=True)) == texts


def test_a_merge_undone_at_another_level_brings_all_back_until_the_next_change(
    clustered: Project, owner: User
) -> None:
    source = topic_of(clustered, ACCESS[0])
    own = Text.objects.filter(project=clustered, topic=source)
    texts = set(own.values_list("pk", flat=True))
    decision = shaping.merge([source], topic_of(clustered, PARCEL[0]), owner)
    choose(clustered, Coverage.PUREST)
    undo(decision, owner)
    assert texts <= set(own.values_list("pk", flat=True))
    choose(clustered, Coverage.PURER)
    assert_ruled(clustered)


def test_topics_of_runs_before_there_was_a_choice_stay(clustered: Project) -> None:
    Topic.objects.filter(project=clustered).update(limits=[])
    before = state(clustered)
    for level in Coverage:
        choose(clustered, level)
        assert state(clustered) == before
        assert (
            len({(each.texts, each.messages) for each in coverage.levels(field_of(clustered))}) == 1
        )
    cluster(clustered)
    assert_ruled(clustered)


def test_runs_and_arrivals_follow_the_level(clustered: Project) -> None:
    choose(clustered, Coverage.PUREST)
    send(clustered, ["Would you tell me a joke?", "How can I reset my account password?"])
    pipeline.process(clustered)
    assert_ruled(clustered)
    cluster(clustered)
    assert_ruled(clustered)
    choose(clustered, Coverage.BROADEST)
    assert_ruled(clustered)
    cluster(clustered)
    assert_ruled(clustered)


def test_a_run_that_is_written_while_the_level_changes_takes_the_new_one(
    clustered: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[bool] = []

    def change(*arguments: Any) -> Any:
        found = outcome.outcome_of(*arguments)
        if not changed:
            changed.append(True)
            choose(clustered, Coverage.PUREST)
        return found

    monkeypatch.setattr("clustering.runs.full_run.outcome_of", change)
    held = set(Topic.objects.filter(project=clustered, held=True))
    run = lifecycle.cluster(field_of(clustered), "a test")
    assert run
    assert changed
    assert_ruled(clustered)
    assert set(Topic.objects.filter(project=clustered, held=True)) == held


def test_what_was_chosen_but_not_done_is_known_and_a_worker_does_it(
    clustered: Project,
) -> None:
    before = state(clustered)
    services.set_coverage(clustered, Coverage.PUREST)
    assert coverage.behind() == [(clustered.pk, field_of(clustered).pk)]
    assert state(clustered) == before
    tasks.cover(clustered.pk)
    assert_ruled(clustered)
    assert state(clustered) != before


def test_another_project_stays_as_it_is(clustered: Project, outsider: User) -> None:
    other = Project.objects.unscoped().get(organization__memberships__user=outsider)
    send(other, [*ACCESS, *PARCEL, *REFUND, *PRICE])
    pipeline.drain(other)
    before = state(other)
    choose(clustered, Coverage.PUREST)
    assert state(other) == before


def page_of(client: Client, project: Project, query: str = "") -> str:
    answer = client.get(f"/p/{project.slug}/topics/coverage/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_each_level_and_examples_of_what_would_move(
    clustered: Project, owner: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(owner)
    page = page_of(client, clustered)
    assert all(level.label in page for level in Coverage)
    assert "Use " not in page
    page = page_of(client, clustered, "?coverage=0")
    leaving = coverage.leaving(field_of(clustered), Coverage.PUREST)
    assert "Texts that would be outliers" in page
    assert any(text.content in page for text in leaving[:8])
    assert "<script>alert" not in page
    for wrong in ("9", "-1", "x", "²", ""):
        assert "Use " not in page_of(client, clustered, f"?coverage={wrong}")


def test_an_admin_chooses_a_level_and_the_outliers_page_names_it(
    clustered: Project, owner: User, signed_in: Callable[[User], Client]
) -> None:
    client, path = signed_in(owner), f"/p/{clustered.slug}/topics/coverage/"
    client.post(path, {"coverage": "0"})
    clustered.refresh_from_db(from_queryset=Project.objects.unscoped())
    assert clustered.coverage == Coverage.PUREST
    assert_ruled(clustered)
    assert "now purest" in client.get(f"/p/{clustered.slug}/topics/outliers/").content.decode()
    answer = client.post(path, {"coverage": "17"}, follow=True)
    assert "Choose one of the levels." in answer.content.decode()
    assert_ruled(clustered)


def test_much_to_move_is_left_to_a_worker_and_said(
    clustered: Project,
    owner: User,
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coverage, "AT_ONCE", 10)
    client = signed_in(owner)
    client.post(f"/p/{clustered.slug}/topics/coverage/", {"coverage": "4"})
    assert "Texts are being moved" in page_of(client, clustered)
    tasks.cover(clustered.pk)
    assert "Texts are being moved" not in page_of(client, clustered)


def test_a_member_looks_but_does_not_choose(
    clustered: Project, teammate: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(teammate)
    assert "Use broader" not in page_of(client, clustered, "?coverage=3")
    answer = client.post(f"/p/{clustered.slug}/topics/coverage/", {"coverage": "3"})
    assert answer.status_code == 403
    clustered.refresh_from_db(from_queryset=Project.objects.unscoped())
    assert clustered.coverage == Coverage.BALANCED
