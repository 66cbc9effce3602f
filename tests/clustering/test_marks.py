"""What a person marked (named, pinned, hid, acted on) no run ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from accounts.models import Project, User
from clustering import finding, pipeline, services
from clustering.centroids import unit_centroids
from clustering.curation import shaping
from clustering.curation.undoing import undo
from clustering.models import ClusteringRun, Decision, Lineage, LineageKind, Text, Topic
from clustering.privacy.deletion import delete_events
from clustering.runs import full_run, outcome
from ingestion.models import Event
from tests.clustering.conftest import cluster
from tests.clustering.messages import ACCESS, DISCOUNT, PARCEL, PRICE, field_of, send
from tests.clustering.test_curation import assert_sound, current, text_of, topic_of

pytestmark = pytest.mark.django_db

Mark = Callable[[Topic, User], Decision]
MARKS = {
    "name": lambda topic, user: services.rename(topic, "Price cuts", "", user),
    "pin": lambda topic, user: services.pin(topic, True, user),
    "hide": lambda topic, user: services.hide(topic, True, user),
    "act": lambda topic, user: services.act_on(topic, "Told sales", user),
}


@pytest.fixture(params=MARKS.values(), ids=list(MARKS))
def mark(request: pytest.FixtureRequest) -> Mark:
    found: Mark = request.param
    return found


def forget(project: Project, contents: Iterable[str]) -> None:
    """Delete the events that carry these texts, as retention does."""
    texts = [*contents]
    events = Event.objects.filter(project=project, metadata__prompt__in=texts)
    delete_events(project, list(events.values_list("pk", flat=True)))
    assert not Text.objects.filter(project=project, content__in=texts).exists()


def one_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs find that all texts are about the same."""

    def found(vectors: Any, *arguments: Any, **named: Any) -> finding.Clusters:
        labels = np.zeros(len(vectors), np.int32)
        clusters = finding.clusters.find_clusters(vectors, *arguments, **named)
        return replace(clusters, labels=labels, centroids=unit_centroids(vectors, labels))

    monkeypatch.setattr(finding, "find_clusters", found)


def test_a_marked_topic_outlasts_its_texts(clustered: Project, owner: User, mark: Mark) -> None:
    topic = topic_of(clustered, DISCOUNT[0])
    made = mark(topic, owner)
    before = current(topic)
    forget(clustered, DISCOUNT)
    for _ in range(2):
        cluster(clustered)
        empty = current(topic)
        assert empty.retired_at is None
        assert (empty.threshold, empty.limits) == (before.threshold, before.limits)
        assert empty.centroid == pytest.approx(before.centroid)
    send(clustered, DISCOUNT[:1])
    pipeline.process(clustered)
    assert topic_of(clustered, DISCOUNT[0]) == topic
    cluster(clustered)
    assert topic_of(clustered, DISCOUNT[0]) == topic
    forget(clustered, DISCOUNT[:1])
    undo(made, owner)
    cluster(clustered)
    assert current(topic).retired_at is not None


def test_an_unmarked_topic_does_not(clustered: Project) -> None:
    topic = topic_of(clustered, DISCOUNT[0])
    forget(clustered, DISCOUNT)
    cluster(clustered)
    assert current(topic).retired_at is not None


def test_a_marked_topic_is_not_swallowed_by_another(
    clustered: Project, owner: User, mark: Mark, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked, other = topic_of(clustered, DISCOUNT[0]), topic_of(clustered, PRICE[0])
    largest = topic_of(clustered, ACCESS[0])
    mark(marked, owner)
    before = current(marked)
    one_cluster(monkeypatch)
    cluster(clustered)
    assert current(other).retired_at is not None
    assert current(largest).retired_at is None
    assert {topic_of(clustered, content) for content in DISCOUNT} == {marked}
    after = current(marked)
    assert (after.threshold, after.limits, after.held) == (before.threshold, before.limits, False)
    assert_sound(clustered)


def test_every_marked_topic_stays(
    clustered: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Topic.objects.filter(project=clustered, retired_at=None)
    before = set(live)
    for topic in before:
        services.pin(topic, True, owner)
    one_cluster(monkeypatch)
    run = cluster(clustered)
    assert set(live) >= before
    ended = Lineage.objects.filter(project=clustered, run=run).exclude(kind=LineageKind.CONTINUED)
    assert not ended.filter(source__isnull=False).exists()
    assert_sound(clustered)


def test_a_mark_that_is_made_during_a_run_counts(
    clustered: Project, owner: User, mark: Mark, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = topic_of(clustered, DISCOUNT[0])
    publish = outcome.publish
    made: list[Decision] = []

    def somebody_marks(*arguments: Any) -> None:
        if not made:
            made.append(mark(topic, owner))
        publish(*arguments)

    one_cluster(monkeypatch)
    monkeypatch.setattr(full_run, "publish", somebody_marks)
    cluster(clustered)
    assert made
    assert topic_of(clustered, DISCOUNT[0]) == topic


def test_topics_that_were_emptied_leave_names_to_the_others(
    clustered: Project, owner: User
) -> None:
    """One of them even without a name, as an erasure leaves it."""
    emptied = topic_of(clustered, DISCOUNT[0])
    shaping.merge([topic_of(clustered, PRICE[0])], emptied, owner)
    forget(clustered, [*DISCOUNT, *PRICE])
    Topic.objects.filter(project=clustered, pk=emptied.pk).update(label="")
    send(clustered, PARCEL)
    pipeline.process(clustered)
    cluster(clustered)
    assert current(emptied).retired_at is None
    assert "arcel" in topic_of(clustered, PARCEL[0]).label
    assert text_of(clustered, PARCEL[0]).topic != emptied
    assert ClusteringRun.objects.filter(project=clustered, field=field_of(clustered)).count() == 2
