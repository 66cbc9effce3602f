"""drain, recluster and export_topics, as scripts call them."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Project
from accounts.services import NewTenant
from clustering import jobs
from clustering.models import ClusteringRun, Text, Topic
from ingestion.models import PendingEvent
from tests.clustering.messages import ACCESS, ALL, DISCOUNT, INTEGRATION, PRICE, send

pytestmark = pytest.mark.django_db


def export(project: Project, key: str = "prompt") -> list[dict[str, Any]]:
    out = StringIO()
    call_command("export_topics", project=project.slug, field=key, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_twenty_two_messages_become_the_topics_that_a_person_would_see(
    tenant: NewTenant, project: Project
) -> None:
    client = Client()
    for message in ALL:
        body = {"name": "user_prompt", "metadata": {"prompt": message, "platform": "ios"}}
        key = {"X-API-Key": tenant.key.secret}
        answer = client.post("/track", body, content_type="application/json", headers=key)
        assert answer.status_code == 200
    call_command("drain", project=project.slug)

    topic_of = {row["text"]: row["topic_id"] for row in export(project)}
    assert topic_of.keys() == set(ALL)
    subjects = [
        {topic_of[text] for text in subject} for subject in (ACCESS, PRICE, DISCOUNT, INTEGRATION)
    ]
    assert all(len(topics) == 1 and None not in topics for topics in subjects)
    assert len(set().union(*subjects)) == 4


def test_drain_leaves_nothing_and_then_does_nothing(project: Project) -> None:
    send(project, ALL)
    call_command("drain")
    assert not PendingEvent.objects.filter(project=project).exists()
    assert not Text.objects.filter(project=project, embedded=False).exists()
    call_command("drain")
    assert ClusteringRun.objects.filter(project=project).count() == 1


def test_drain_does_one_project_if_told_so(project: Project, other_tenant: NewTenant) -> None:
    send(project, ALL)
    send(other_tenant.project, ALL)
    call_command("drain", project=project.slug)
    assert Topic.objects.filter(project=project).exists()
    assert not Topic.objects.filter(project=other_tenant.project).exists()


def test_drain_finds_topics_anew_when_enough_came(project: Project) -> None:
    send(project, ALL)
    call_command("drain")
    send(project, ["Where is my parcel?", "My parcel has not arrived", "The parcel is late"])
    call_command("drain")
    runs = ClusteringRun.objects.filter(project=project).order_by("pk")
    assert [run.reason for run in runs] == ["first topics", "3 new texts since the last run"]


def test_recluster_runs_whether_due_or_not(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    send(project, ALL)
    call_command("recluster", project=project.slug, field="prompt")
    call_command("recluster", project=project.slug, field="prompt")
    runs = ClusteringRun.objects.filter(project=project)
    assert [run.state for run in runs] == ["done", "done"]
    assert "4 topics, 8 outliers" in capsys.readouterr().err


def test_export_says_everything_about_a_text(project: Project) -> None:
    send(project, [*ALL, *ALL, *ACCESS, 'A "quoted" line\nand another — ü'])
    call_command("drain", project=project.slug)
    rows = {row["text"]: row for row in export(project)}
    assert len(rows) == len(ALL) + 1
    access = rows[ACCESS[0]]
    topic = Topic.objects.filter(project=project).get(pk=access["topic_id"])
    assert access == {
        "text": ACCESS[0],
        "occurrences": 3,
        "topic_id": topic.pk,
        "topic": topic.label,
        "nearest_topic_id": topic.pk,
        "similarity": pytest.approx(0.87, abs=0.1),
    }
    outlier = rows["Write a blog post about AI"]
    assert outlier["topic_id"] is outlier["topic"] is None
    assert outlier["nearest_topic_id"] is not None
    assert 'A "quoted" line\nand another — ü' in rows


def test_a_project_or_field_that_does_not_exist_is_named(project: Project) -> None:
    send(project, ALL, platform="ios")
    call_command("drain", project=project.slug)
    known = f"no project 'nobody'. There are: {project.slug}."
    with pytest.raises(CommandError, match=re.escape(known)):
        call_command("drain", project="nobody")
    with pytest.raises(CommandError, match=r"no text field 'platform'\. Its text fields: prompt"):
        export(project, "platform")


def test_jobs_have_the_names_of_tasks() -> None:
    from clustering import tasks

    for job in (jobs.cluster(1, "a test"), jobs.label(1)):
        assert callable(getattr(tasks, job.function))
