"""The export of a project: all of it, nothing of others, and it can be imported elsewhere."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Project, User
from accounts.services import create_project
from clustering import pipeline, services
from clustering.models import Text, Topic
from clustering.privacy import project_export
from ingestion.models import Event
from tests.clustering.messages import ACCESS, ALL, PARCEL, PRICE, send

pytestmark = pytest.mark.django_db

HOSTILE = 'Where is my "parcel"?\n\u2028</script> 🔑'


@pytest.fixture
def told(project: Project, owner: User) -> Project:
    send(project, [*ACCESS, *PARCEL, *PRICE], plan="pro")
    send(project, [*ACCESS, HOSTILE], days_ago=3)
    pipeline.drain(project)
    topic = Topic.objects.filter(project=project).earliest("pk")
    services.rename(topic, "Log-in", "People who cannot log in", owner)
    return project


def exported(project: Project) -> dict[str, list[dict[str, Any]]]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for line in project_export.lines(project):
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        found = json.loads(line)
        by_kind.setdefault(found["kind"], []).append(found)
    return by_kind


def test_everything_is_in_it(told: Project) -> None:
    found = exported(told)
    assert [each["slug"] for each in found["project"]] == [told.slug]
    assert {each["key"] for each in found["field"]} == {"prompt", "plan"}
    assert len(found["topic"]) == Topic.objects.filter(project=told).count()
    assert [each["summary"].split()[0] for each in found["decision"]] == ["Renamed"]
    events = found["event"]
    assert found["end"] == [{"kind": "end", "events": len(events)}]
    assert len(events) == Event.objects.filter(project=told).count()
    assert [each["timestamp"] for each in events] == sorted(each["timestamp"] for each in events)
    assert HOSTILE in {each["metadata"]["prompt"] for each in events}
    topic_of = dict(Text.objects.filter(project=told).values_list("content", "topic"))
    assert all(
        each["topics"] == {"prompt": topic_of[each["metadata"]["prompt"]]} for each in events
    )


def test_batches_leave_nothing_out(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(project_export.lines(told))
    monkeypatch.setattr(project_export, "_BATCH", 4)
    assert list(project_export.lines(told)) == whole


def test_large_events_are_read_a_few_at_a_time(project: Project) -> None:
    send(project, [f"{text} {n}" for n in range(8) for text in ALL], other=["x" * 90_000] * 5)
    tracemalloc.start()
    try:
        size = sum(map(len, project_export.lines(project)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 8 * len(ALL) * 5 * 90_000
    assert peak < size / 2


def test_its_events_can_be_imported_elsewhere(told: Project, tmp_path: Path) -> None:
    other = create_project(told.organization, "Other")
    file = tmp_path / "events.jsonl"
    kept = [line for line in project_export.lines(told) if b'"kind":"event"' in line]
    file.write_bytes(b"".join(kept))
    call_command("import_events", str(file), project=other.slug)
    columns = "name", "session_id", "user_id", "metadata", "timestamp"
    sent, taken = (
        sorted(map(str, Event.objects.filter(project=each).values_list(*columns)))
        for each in (told, other)
    )
    assert taken == sent
    assert len(exported(other)["event"]) == len(kept)
    assert "topic" not in exported(other)


def test_an_admin_downloads_it_and_a_member_does_not(
    told: Project, owner: User, teammate: User, signed_in: Callable[[User], Client]
) -> None:
    path = reverse("export_project", args=[told.slug])
    answer: Any = signed_in(owner).get(path)
    assert answer.streaming
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{told.slug}.jsonl"'
    assert b"".join(answer.streaming_content) == b"".join(project_export.lines(told))
    assert signed_in(teammate).get(path).status_code == 403
