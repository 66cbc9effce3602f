"""A person sets a field's type: what becomes of its past, its topics and its pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from clustering import pipeline, services
from clustering.models import ClusteringRun, Occurrence, Text, Topic
from clustering.texts import extraction
from ingestion import learning
from ingestion.models import Field, FieldType
from tests.clustering.conftest import Recorder
from tests.clustering.messages import ACCESS, ALL, PARCEL, field_of, send

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


@pytest.fixture
def clustered(project: Project, owner: User) -> Project:
    """A project with topics, of which a user has named one."""
    send(project, ALL)
    pipeline.drain(project)
    topic = Topic.objects.filter(project=project).earliest("pk")
    services.rename(topic, "Getting back in", "Ours", owner)
    return project


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are embedded from now on."""
    recorder = Recorder()
    monkeypatch.setattr(pipeline, "embedder", lambda: recorder)
    return recorder.asked


def topics(project: Project) -> list[tuple[Any, ...]]:
    found = Topic.objects.filter(project=project).order_by("pk")
    columns = ("pk", "label", "description", "label_source", "created_at", "retired_at")
    return list(found.values_list(*columns))


def texts(project: Project) -> dict[str, tuple[Any, ...]]:
    columns = ("pk", "topic", "occurrences", "similarity", "embedded")
    return {
        text.content: tuple(
            getattr(text, f"{name}_id" if name == "topic" else name) for name in columns
        )
        for text in Text.objects.filter(project=project)
    }


@pytest.mark.parametrize("other", [FieldType.ENUM, FieldType.NUMBER, FieldType.IGNORED])
@pytest.mark.parametrize("undo", ["text", "detected"])
def test_undoing_brings_back_the_same_topics(
    clustered: Project, owner: User, asked: list[str], other: FieldType, undo: str
) -> None:
    known = field_of(clustered)
    before = topics(clustered), texts(clustered)
    runs = ClusteringRun.objects.filter(project=clustered).count()
    learning.override_type(known, other, owner)
    pipeline.drain(clustered)
    assert (topics(clustered), texts(clustered)) == before
    if undo == "text":
        learning.override_type(known, FieldType.TEXT, owner)
    else:
        learning.reset_type(known)
    assert not extraction.fields_to_read().exists()
    pipeline.drain(clustered)
    assert (topics(clustered), texts(clustered)) == before
    assert ("Getting back in", "edited") in {(row[1], row[3]) for row in topics(clustered)}
    assert ClusteringRun.objects.filter(project=clustered).count() == runs
    assert asked == []


def test_what_came_meanwhile_joins_the_topics_that_come_back(
    clustered: Project, owner: User, asked: list[str]
) -> None:
    known, before = field_of(clustered), topics(clustered)
    learning.override_type(known, FieldType.ENUM, owner)
    send(clustered, [*ACCESS, "My password reset does not work"])
    pipeline.drain(clustered)
    assert Occurrence.objects.filter(project=clustered).count() == len(ALL)
    learning.override_type(known, FieldType.TEXT, owner)
    pipeline.drain(clustered)
    assert topics(clustered) == before
    after = texts(clustered)
    assert after[ACCESS[0]][2] == 2
    assert after["My password reset does not work"][1] == after["Password reset not working"][1]
    assert asked == ["My password reset does not work"]


def test_an_enum_s_past_becomes_topics(project: Project, owner: User) -> None:
    """A name that says what a field is keeps even sentences from being text."""
    send(project, [*ALL, *PARCEL, *ACCESS], key="case_id", days_ago=3)
    pipeline.drain(project)
    known = field_of(project, "case_id")
    assert known.type == FieldType.ENUM
    assert not Text.objects.filter(project=project).exists()

    learning.override_type(known, FieldType.TEXT, owner)
    pipeline.drain(project)
    found = texts(project)
    assert found.keys() == {*ALL, *PARCEL}
    assert all(embedded for *_, embedded in found.values())
    assert sum(occurrences for _, _, occurrences, *_ in found.values()) == 34
    assert len({found[message][1] for message in PARCEL[:4]} - {None}) == 1
    assert all(label for _, label, *_ in topics(project))
    send(project, ACCESS[:1], key="case_id")
    pipeline.drain(project)
    assert texts(project)[ACCESS[0]][2] == 3


def test_topics_leave_the_pages_and_come_back(
    clustered: Project, owner: User, signed_in: SignedIn
) -> None:
    client, known = signed_in(owner), field_of(clustered)
    pages = [f"/p/{clustered.slug}/topics/", f"/p/{clustered.slug}/journeys/"]
    addresses = [*pages, f"/p/{clustered.slug}/settings/metadata/{known.pk}/"]

    def shown() -> list[str]:
        return [client.get(address).content.decode() for address in addresses]

    on_topics, _, on_field = shown()
    assert "Getting back in" in on_topics
    live = Topic.objects.filter(project=clustered, retired_at=None).count()
    assert f"22 events carry it. Its {live} topics and their journeys leave the pages" in on_field
    client.post(addresses[2], {"type": "enum"})
    on_topics, on_journeys, on_field = shown()
    assert "Getting back in" not in on_topics + on_journeys
    assert f"The {live} topics that it had come back" in on_field
    client.post(addresses[2], {"type": "text"})
    assert "Getting back in" in shown()[0]


def test_a_page_of_a_topic_that_left_is_not_found(
    clustered: Project, owner: User, signed_in: SignedIn
) -> None:
    client, topic = signed_in(owner), Topic.objects.filter(project=clustered).earliest("pk")
    address = f"/p/{clustered.slug}/topics/{topic.pk}/"
    assert client.get(address).status_code == 200
    learning.override_type(field_of(clustered), FieldType.IGNORED, owner)
    assert client.get(address).status_code == 404
    learning.reset_type(field_of(clustered))
    assert client.get(address).status_code == 200


def test_a_run_asked_for_on_a_field_that_is_no_longer_text_is_refused(
    clustered: Project, owner: User, signed_in: SignedIn
) -> None:
    learning.override_type(field_of(clustered), FieldType.ENUM, owner)
    assert Field.objects.filter(project=clustered).get().type == FieldType.ENUM
    address = f"/p/{clustered.slug}/runs/new/"
    assert signed_in(owner).post(address, {"field": "prompt"}).status_code == 404
