"""Clustering runs among outliers, with the real model and the real algorithm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.utils import timezone

from accounts.models import Project, User
from billing.selectors import terms_of
from clustering import jobs, locks, pipeline, tasks
from clustering.curation import shaping
from clustering.models import ClusteringRun, Decision, Lineage, RunScope, RunState, Text, Topic
from clustering.runs import lifecycle, outlier_run, standing
from ingestion.payload import parse_event
from ingestion.services import accept
from tests.clustering.conftest import OtherProcess, assert_consistent, cluster
from tests.clustering.messages import ALL, PARCEL, REFUND, field_of, send
from tests.clustering.test_runs import groups, topic_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(project: Project) -> Project:
    """A dimension with topics."""
    send(project, ALL)
    pipeline.process(project)
    cluster(project)
    return project


@pytest.fixture
def grown(known: Project) -> Project:
    """One where something new is said, each text in a session of its own."""
    send(known, [text for text in PARCEL for _ in range(3)])
    pipeline.process(known)
    return known


def look(project: Project) -> ClusteringRun:
    run = lifecycle.cluster(field_of(project), "a look", scope=RunScope.OUTLIERS)
    assert run is not None
    return run


def say(project: Project, texts: Iterable[str], *, user: str = "", session: str = "") -> None:
    """Have texts accepted, each from a user and a session of its own unless they are given."""
    now = timezone.now()
    events = [
        parse_event(
            {
                "name": "user_prompt",
                "metadata": {"prompt": text},
                "user_id": user or f"user of {text}",
                "session_id": session or f"session of {text}",
            },
            now,
        )
        for text in texts
    ]
    accept(project.pk, terms_of(project.organization), events, now)
    pipeline.process(project)


def topics(project: Project) -> list[tuple[Any, ...]]:
    rows = Topic.objects.filter(project=project).order_by("pk")
    return [
        (topic.pk, topic.label, topic.threshold, topic.theme_id, list(topic.centroid))
        for topic in rows
    ]


def test_a_group_of_outliers_becomes_a_topic(grown: Project) -> None:
    run = look(grown)
    assert (run.state, run.scope, run.topics) == (RunState.DONE, "outliers", 1)
    born = topic_with(grown, PARCEL[0])
    assert set(PARCEL) == groups(grown)[born.pk]
    assert born.label
    assert born.label_source == "keywords"
    assert len(born.limits) == 5
    line = Lineage.objects.filter(project=grown, run=run).get()
    assert (line.kind, line.source_id, line.target_id, line.share) == ("born", None, born.pk, 1.0)


def test_its_row_says_what_happened(grown: Project) -> None:
    outliers = len(groups(grown)[None])
    run = look(grown)
    stored = ClusteringRun.objects.filter(project=grown).get(pk=run.pk)
    assert (stored.state, stored.stage, stored.error) == (RunState.DONE, "", "")
    assert (stored.texts, stored.outliers) == (outliers, outliers - len(PARCEL))
    assert stored.last_text == Text.objects.filter(project=grown).latest("pk").pk
    assert {"load", "find", "assign", "name", "write"} == stored.timings.keys()


def test_nothing_else_changes(grown: Project) -> None:
    before, placed = topics(grown), groups(grown)
    look(grown)
    assert topics(grown)[: len(before)] == before
    after = groups(grown)
    assert all(after[topic] == texts for topic, texts in placed.items() if topic)


def test_every_text_has_a_consistent_state(grown: Project) -> None:
    look(grown)
    assert_consistent(grown)


def test_a_second_look_finds_nothing_more(grown: Project) -> None:
    look(grown)
    before = topics(grown), groups(grown)
    assert look(grown).topics == 0
    assert (topics(grown), groups(grown)) == before


@pytest.mark.parametrize("same", ["user", "session"])
def test_one_who_repeats_himself_is_no_topic(known: Project, same: str) -> None:
    say(known, PARCEL, **{same: "one and the same"})
    assert look(known).topics == 0
    say(known, [PARCEL[0], PARCEL[1]])
    assert look(known).topics == 1


def test_a_project_that_does_not_tell_users_apart_gets_topics_by_sessions(
    project: Project,
) -> None:
    say(project, ALL, user="anonymous")
    cluster(project)
    say(project, PARCEL, user="anonymous")
    assert look(project).topics == 1


def test_too_few_texts_are_no_topic(known: Project) -> None:
    say(known, PARCEL[:4])
    assert look(known).topics == 0


def test_a_text_that_a_person_put_among_the_outliers_stays_there(
    grown: Project, owner: User
) -> None:
    cluster(grown)
    for content in PARCEL:
        text = Text.objects.filter(project=grown).select_related("topic").get(content=content)
        if text.topic:
            shaping.move(text, None, owner)
    assert look(grown).topics == 0


def test_a_decision_meanwhile_is_respected(
    grown: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = outlier_run._publish
    moved: list[Decision] = []

    def after_a_decision(*arguments: Any) -> None:
        if not moved:
            text = Text.objects.filter(project=grown).get(content=PARCEL[0])
            moved.append(shaping.move(text, topic_with(grown, ALL[0]), owner))
        publish(*arguments)

    monkeypatch.setattr(outlier_run, "_publish", after_a_decision)
    assert look(grown).topics == 1
    assert topic_with(grown, PARCEL[0]) == topic_with(grown, ALL[0])
    assert topic_with(grown, PARCEL[1]) != topic_with(grown, ALL[0])


def test_a_text_that_comes_meanwhile_joins(grown: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    find = outlier_run._find

    def something_arrives(*arguments: Any) -> Any:
        say(grown, ["Where is the parcel?", "Knit me a scarf"])
        return find(*arguments)

    monkeypatch.setattr(outlier_run, "_find", something_arrives)
    run = look(grown)
    assert topic_with(grown, "Where is the parcel?") == topic_with(grown, PARCEL[0])
    assert "Knit me a scarf" in groups(grown)[None]
    assert run.outliers == len(groups(grown)[None])


def test_a_failure_changes_nothing_and_is_recorded(
    grown: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = topics(grown), groups(grown)

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("My card 4111 1111 1111 1111 does not work")

    with monkeypatch.context() as patch, pytest.raises(ValueError, match="4111"):
        patch.setattr(outlier_run, "_end", fail)
        look(grown)
    failed = ClusteringRun.objects.filter(project=grown).latest("pk")
    assert (failed.state, failed.stage) == (RunState.FAILED, "write")
    assert "4111" not in failed.error
    assert (topics(grown), groups(grown)) == before
    assert look(grown).topics == 1


def test_a_full_run_goes_on_with_the_topic(grown: Project) -> None:
    look(grown)
    born = topic_with(grown, PARCEL[0])
    send(grown, REFUND)
    pipeline.process(grown)
    cluster(grown)
    assert topic_with(grown, PARCEL[0]) == born
    assert set(PARCEL) <= groups(grown)[born.pk]


def test_a_look_is_no_full_run_for_the_rule(grown: Project) -> None:
    dimension = standing.dimensions(grown)[0]
    before = standing.standing(dimension, waiting=False)
    assert before.unseen_outliers == len(PARCEL)
    look(grown)
    after = standing.standing(dimension, waiting=False)
    assert (after.texts_then, after.outliers_then) == (before.texts_then, before.outliers_then)
    assert after.new == before.new == len(PARCEL)
    assert (after.unseen_outliers, after.new_outliers) == (0, 0)
    assert after.ended_seconds >= before.ended_seconds > after.looked_seconds


def test_a_failed_look_does_not_put_off_full_runs(grown: Project) -> None:
    ClusteringRun.objects.create(
        project=grown,
        field=field_of(grown),
        scope=RunScope.OUTLIERS,
        state=RunState.FAILED,
        finished_at=timezone.now(),
    )
    now = standing.standing(standing.dimensions(grown)[0], waiting=False)
    assert (now.failures, now.failed_looks) == (0, 1)


def test_one_run_at_a_time(grown: Project, other_process: OtherProcess) -> None:
    field = field_of(grown)
    other_process.holds(locks.clustering(field.pk))
    assert lifecycle.cluster(field, "a look", scope=RunScope.OUTLIERS) is None
    tasks.look(field.pk, "a look")
    other_process.dies()
    assert look(grown).state == RunState.DONE


@pytest.mark.django_db(transaction=True)
def test_the_job_is_asked_for_when_enough_outliers_came(grown: Project) -> None:
    """Once, beside a full run's job; not again when it was done."""
    long_ago = timezone.now() - timedelta(hours=2)
    ClusteringRun.objects.filter(project=grown).update(
        texts=10_000, started_at=long_ago, finished_at=long_ago
    )
    queue = django_rq.get_queue("topics")
    queue.delete(delete_jobs=True)
    field = field_of(grown)
    look_job, cluster_job, label_job = (f"{job}-{field.pk}" for job in ("look", "cluster", "label"))
    tasks.sweep()
    tasks.sweep()
    (asked,) = (job for job in queue.get_jobs() if job.id == look_job)
    assert tuple(asked.args) == (field.pk, "6 new outliers")
    jobs.cluster(field.pk, "asked for by a person").enqueue()
    assert {look_job, cluster_job} <= set(queue.get_job_ids())
    queue.delete(delete_jobs=True)
    tasks.look(field.pk, "6 new outliers")
    assert topic_with(grown, PARCEL[0]).label
    tasks.sweep()
    assert label_job in queue.get_job_ids()
    assert look_job not in queue.get_job_ids()
    queue.delete(delete_jobs=True)
