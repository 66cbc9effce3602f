"""Emerging topics: found within a week, in a dimension that had topics, and growing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Project, User
from clustering import pipeline
from clustering.models import ClusteringRun, Lineage, LineageKind, RunScope, Text, Topic
from clustering.runs import lifecycle
from clustering.runs.emerging import emerging
from tests.clustering.messages import ALL, PARCEL, REFUND, field_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def parcels(project: Project) -> Project:
    """A dimension with topics for weeks, where parcels come up today."""
    send(project, ALL, days_ago=20)
    pipeline.drain(project)
    ClusteringRun.objects.filter(project=project).update(
        started_at=timezone.now() - timedelta(days=19)
    )
    send(project, PARCEL, days_ago=1)
    send(project, PARCEL)
    pipeline.drain(project)
    return project


def test_a_topic_that_is_found_now_and_grows_is_announced(
    parcels: Project, signed_in: Callable[[User], Client], teammate: User
) -> None:
    (found,) = emerging(field_of(parcels))
    run = ClusteringRun.objects.filter(project=parcels).latest("started_at")
    assert (found.trend.occurrences, found.trend.before, found.growth) == (len(PARCEL) * 2, 0, None)
    assert (found.born.run, found.texts, found.among_outliers) == (run, len(PARCEL), False)
    assert found.since is not None
    assert timezone.now() - found.since >= timedelta(days=1)
    assert set(found.examples) < set(PARCEL)
    page = signed_in(teammate).get(f"/p/{parcels.slug}/topics/").content.decode()
    assert "12 messages in the last 7 days, none in the 7 before" in page
    assert str(found.topic) in page


def test_one_that_was_born_among_outliers_is_announced_as_such(
    project: Project, signed_in: Callable[[User], Client], teammate: User
) -> None:
    send(project, ALL, days_ago=20)
    pipeline.drain(project)
    ClusteringRun.objects.filter(project=project).update(
        started_at=timezone.now() - timedelta(days=19)
    )
    send(project, [PARCEL[0]], days_ago=10)
    send(project, [text for text in PARCEL for _ in range(3)])
    pipeline.process(project)
    run = lifecycle.cluster(field_of(project), "a <look>", scope=RunScope.OUTLIERS)
    (found,) = emerging(field_of(project))
    assert (found.born.run, found.among_outliers, found.trend.before) == (run, True, 1)
    assert found.growth == 17
    client = signed_in(teammate)
    page = client.get(f"/p/{project.slug}/topics/").content.decode()
    assert "18 messages in the last 7 days, 1 in the 7 before" in page
    assert "born of outliers" in page
    assert "by a run (a &lt;look&gt;)" in page
    assert "Last look among the outliers" in page
    history = client.get(f"/p/{project.slug}/runs/").content.decode()
    assert "among outliers" in history
    assert "1 born" in history


def split_off(project: Project, source: Topic, texts: list[str]) -> Topic:
    """What a run leaves that tells these texts from the topic that claimed them."""
    scope = {"project_id": source.project_id}
    born = Topic.objects.create(
        field=source.field, centroid=source.centroid, threshold=0.5, label="Apart", **scope
    )
    own = Text.objects.filter(project=project, content__in=texts)
    own.update(topic=born, nearest_topic=born)
    run = ClusteringRun.objects.filter(project=project).latest("started_at")
    Lineage.objects.create(
        run=run, kind=LineageKind.SPLIT, source=source, target=born, share=0.4, **scope
    )
    return born


def test_one_that_was_split_off_is_announced_if_it_is_mostly_new(
    parcels: Project, signed_in: Callable[[User], Client], teammate: User
) -> None:
    (older,) = (each.topic for each in emerging(field_of(parcels)))
    Lineage.objects.filter(project=parcels, target=older).delete()
    send(parcels, REFUND * 10)
    send(parcels, REFUND * 5, days_ago=9)
    pipeline.process(parcels)
    born = split_off(parcels, older, REFUND)
    (found,) = emerging(field_of(parcels))
    assert (found.topic, found.born.source, found.growth) == (born, older, 1.0)
    page = signed_in(teammate).get(f"/p/{parcels.slug}/topics/").content.decode()
    assert f"split off “{older}”" in page
    send(parcels, REFUND[:1], days_ago=9)
    pipeline.process(parcels)
    assert emerging(field_of(parcels)) == []


def test_the_first_topics_of_a_dimension_are_not(project: Project) -> None:
    send(project, ALL, days_ago=20)
    send(project, [*PARCEL, *PARCEL])
    pipeline.drain(project)
    assert Topic.objects.filter(project=project).exists()
    assert emerging(field_of(project)) == []


def test_one_that_was_found_long_ago_is_not(parcels: Project) -> None:
    for run in ClusteringRun.objects.filter(project=parcels):
        run.started_at -= timedelta(days=8)
        run.save()
    assert emerging(field_of(parcels)) == []


def test_one_that_does_not_grow_is_not(parcels: Project) -> None:
    send(parcels, [*PARCEL, *PARCEL], days_ago=9)
    pipeline.process(parcels)
    assert emerging(field_of(parcels)) == []


def test_one_that_somebody_hid_or_that_retired_is_not(parcels: Project) -> None:
    (found,) = emerging(field_of(parcels))
    Topic.objects.filter(project=parcels, pk=found.topic.pk).update(hidden=True)
    assert emerging(field_of(parcels)) == []
    Topic.objects.filter(project=parcels, pk=found.topic.pk).update(
        hidden=False, retired_at=timezone.now()
    )
    assert emerging(field_of(parcels)) == []


def test_without_messages_of_two_weeks_nothing_is_said(project: Project) -> None:
    send(project, ALL, days_ago=5)
    pipeline.drain(project)
    send(project, [*PARCEL, *REFUND] * 2)
    pipeline.drain(project)
    assert ClusteringRun.objects.filter(project=project).count() == 2
    assert emerging(field_of(project)) == []
