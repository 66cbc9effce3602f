"""Outliers, runs and decisions are found by words, sorted, and downloaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Project, User
from clustering import services
from clustering.models import ClusteringRun, RunState, Text, Topic
from ingestion.models import Field, FieldType
from tests.downloads import rows

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]
OUTLIERS = {"=1+1 pears": (1, 0.3), "two apples": (3, 0.1), "three apples": (2, 0.2)}


@pytest.fixture
def clustered(project: Project) -> Project:
    field = Field.objects.create(project=project, key="prompt", detected_type=FieldType.TEXT)
    topic = Topic.objects.create(project=project, field=field, label="Fruit", threshold=0.5)
    ClusteringRun.objects.create(project=project, field=field, state=RunState.DONE)
    for content, (occurrences, similarity) in OUTLIERS.items():
        Text.objects.create(
            project=project,
            field=field,
            content=content,
            digest=content.encode(),
            occurrences=occurrences,
            similarity=similarity,
            embedded=True,
            nearest_topic=topic,
            first_seen_at=timezone.now(),
            last_seen_at=timezone.now(),
        )
    return project


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["two apples", "three apples", "=1+1 pears"]),
        ("sort=-messages", ["=1+1 pears", "three apples", "two apples"]),
        ("sort=similarity", ["=1+1 pears", "three apples", "two apples"]),
        ("q=APPLES", ["two apples", "three apples"]),
        ("q=apples+three", ["three apples"]),
        ("q=%25", []),
        ("q=%00apples&sort=seen'--", ["two apples", "three apples"]),
    ],
)
def test_outliers_are_found_and_sorted(
    clustered: Project, member: Client, query: str, expected: list[str]
) -> None:
    path = f"/p/{clustered.slug}/topics/outliers/?{query}"
    page = member.get(path)
    assert [text.content for text in page.context["listing"].page] == expected
    found = rows(member.get(f"{path}&format=csv"))
    assert [row["text"].removeprefix("'") for row in found] == expected
    assert page.context["listing"].total == len(OUTLIERS)


def test_a_file_of_outliers_is_safe_and_on_record(
    clustered: Project, member: Client, teammate: User
) -> None:
    found = rows(member.get(f"/p/{clustered.slug}/topics/outliers/?format=csv"))
    assert found[-1]["text"] == "'=1+1 pears"
    assert found[-1]["nearest_topic"] == "Fruit"
    entry = AuditEntry.objects.filter(organization=clustered.organization).latest("pk")
    assert (entry.actor, entry.subject) == (teammate, "outliers-prompt.csv")


def test_what_a_search_finds_is_downloaded(clustered: Project, member: Client) -> None:
    fruit = Topic.objects.get(project=clustered)
    Text.objects.filter(project=clustered, content="two apples").update(topic=fruit)
    found = rows(member.get(f"/p/{clustered.slug}/topics/?q=APPLES&format=csv"))
    assert [(row["text"], row["messages"], row["topic"]) for row in found] == [
        ("two apples", "3", "Fruit"),
        ("three apples", "2", ""),
    ]


def test_runs_are_those_of_a_dimension(clustered: Project, member: Client) -> None:
    other = Field.objects.create(
        project=clustered, key="feedback", detected_type=FieldType.TEXT, events=1
    )
    ClusteringRun.objects.create(project=clustered, field=other, reason="second look")
    path = f"/p/{clustered.slug}/runs/"
    assert len(member.get(path).context["page"]) == 2
    assert [run.field for run in member.get(f"{path}?field=feedback").context["page"]] == [other]
    assert len(member.get(f"{path}?field=unknown").context["page"]) == 2
    (row,) = rows(member.get(f"{path}?field=feedback&format=csv"))
    assert (row["dimension"], row["reason"], row["finished"]) == ("feedback", "second look", "")


def test_decisions_are_found_and_downloaded(
    clustered: Project, member: Client, owner: User
) -> None:
    topic = Topic.objects.filter(project=clustered).first()
    assert topic
    services.rename(topic, "Refunds", "", user=owner)
    services.pin(topic, True, owner)
    path = f"/p/{clustered.slug}/decisions/"
    (found,) = member.get(f"{path}?q=refunds+RENAMED").context["listing"].page
    assert found.kind == "rename"
    assert "Nothing found" in member.get(f"{path}?q=<b>").content.decode()
    assert [row["by"] for row in rows(member.get(f"{path}?format=csv"))] == [owner.email] * 2
    (row,) = rows(member.get(f"{path}?q=refunds+renamed&format=csv"))
    assert "Refunds" in row["decision"]


def test_outsiders_download_nothing(
    clustered: Project, signed_in: SignedIn, outsider: User
) -> None:
    for path in ("topics/outliers/", "runs/", "decisions/", "settings/metadata/"):
        answer = signed_in(outsider).get(f"/p/{clustered.slug}/{path}?format=csv")
        assert answer.status_code == 404
