"""The run history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_rq
import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django import Settings

from accounts.models import Project, User
from clustering.models import ClusteringRun, Lineage, LineageKind, RunState, Topic
from tests.clustering.messages import field_of

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


def test_the_history_shows_what_each_run_did(
    clustered: Project, signed_in: SignedIn, teammate: User, outsider: User
) -> None:
    path = f"/p/{clustered.slug}/runs/"
    page = signed_in(teammate).get(path).content.decode()
    for shown in ("Done", "first topics", "4 born", "22", "min_cluster_size", "load"):
        assert shown in page
    assert signed_in(outsider).get(path).status_code == 404


def test_a_failed_run_says_why_there_and_on_the_topics_page(
    clustered: Project, signed_in: SignedIn, teammate: User
) -> None:
    ClusteringRun.objects.create(
        project=clustered,
        field=field_of(clustered),
        state=RunState.FAILED,
        error="MemoryError at clustering/finding/neighbours.py:31, in the stage “find”.",
        finished_at=ClusteringRun.objects.filter(project=clustered).get().finished_at,
    )
    client = signed_in(teammate)
    assert "MemoryError at clustering" in client.get(f"/p/{clustered.slug}/runs/").content.decode()
    assert "failed" in client.get(f"/p/{clustered.slug}/topics/").content.decode()


def test_runs_are_sorted_found_and_exported_as_found(
    clustered: Project, signed_in: SignedIn, teammate: User
) -> None:
    field = field_of(clustered)
    for texts, reason in ((7, "a day has passed"), (300, "asked for by Ada")):
        ClusteringRun.objects.create(
            project=clustered, field=field, state=RunState.DONE, texts=texts, reason=reason
        )
    client, path = signed_in(teammate), f"/p/{clustered.slug}/runs/"

    def texts_of(**query: str) -> list[int]:
        return [run.texts for run in client.get(path, query).context["listing"].page]

    assert texts_of() == [300, 7, 22]
    assert texts_of(sort="texts") == [300, 22, 7]
    assert texts_of(sort="-texts") == [7, 22, 300]
    assert texts_of(q="asked ada") == [300]
    assert "Nothing found" in client.get(path, {"q": "nobody"}).content.decode()
    exported: Any = client.get(path, {"q": "day", "format": "csv"})
    lines = b"".join(exported.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "a day has passed" in lines[1]


def test_before_the_first_run_the_page_says_when_it_comes(
    project: Project, signed_in: SignedIn, teammate: User
) -> None:
    assert "No run yet" in signed_in(teammate).get(f"/p/{project.slug}/runs/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_admin_asks_for_a_run(
    clustered: Project, signed_in: SignedIn, owner: User, teammate: User, outsider: User
) -> None:
    path, queue = f"/p/{clustered.slug}/runs/new/", django_rq.get_queue("topics")
    queue.empty()  # type: ignore[no-untyped-call]
    assert "Run now" not in signed_in(teammate).get(f"/p/{clustered.slug}/runs/").content.decode()
    assert signed_in(teammate).post(path, {"field": "prompt"}).status_code == 403
    assert signed_in(outsider).post(path, {"field": "prompt"}).status_code == 404
    assert signed_in(owner).post(path, {"field": "nonsense"}).status_code == 404
    assert queue.get_jobs() == []
    assert "Run now" in signed_in(owner).get(f"/p/{clustered.slug}/runs/").content.decode()
    answer = signed_in(owner).post(path, {"field": "prompt"}, follow=True)
    assert "is queued" in answer.content.decode()
    (job,) = queue.get_jobs()
    assert job.args == (field_of(clustered).pk, "asked for by owner")
    queue.delete(delete_jobs=True)


def test_queries_do_not_grow_with_the_runs(
    clustered: Project,
    signed_in: SignedIn,
    teammate: User,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for _ in range(60):
        ClusteringRun.objects.create(
            project=clustered, field=field_of(clustered), state=RunState.DONE
        )
    client = signed_in(teammate)
    with django_assert_max_num_queries(12):
        page = client.get(f"/p/{clustered.slug}/runs/").content.decode()
    assert "1–50 of 61 runs" in page


def test_what_changed_is_told_by_name(
    clustered: Project, signed_in: SignedIn, teammate: User
) -> None:
    label = str(Topic.objects.filter(project=clustered).order_by("pk")[0])
    page = signed_in(teammate).get(f"/p/{clustered.slug}/runs/").content.decode()
    assert escape(label) in page
    assert "of its messages from outliers" in page


def test_at_most_five_of_a_kind_are_named(
    clustered: Project, signed_in: SignedIn, teammate: User
) -> None:
    run = ClusteringRun.objects.filter(project=clustered).get()
    topic = Topic.objects.filter(project=clustered).order_by("pk")[0]
    for place in range(8):
        Lineage.objects.create(
            project=clustered,
            run=run,
            kind=LineageKind.RETIRED,
            source=topic,
            share=place / 10,
        )
    answer = signed_in(teammate).get(f"/p/{clustered.slug}/runs/")
    (shown,) = answer.context["page"]
    retired = shown.changes[-1]
    assert [line.share for line in retired.lines] == [0.7, 0.6, 0.5, 0.4, 0.3]
    assert "and 3 more retired" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_cannot_be_queued_is_not_said_to_be(
    clustered: Project, signed_in: SignedIn, owner: User, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    path = f"/p/{clustered.slug}/runs/new/"
    page = signed_in(owner).post(path, {"field": "prompt"}, follow=True).content.decode()
    assert "The queue does not answer. Ask again in a minute." in page
    assert "is queued" not in page


def test_a_run_in_progress_shows_its_stage_and_asks_again(
    clustered: Project, signed_in: SignedIn, teammate: User
) -> None:
    client, path = signed_in(teammate), f"/p/{clustered.slug}/runs/"
    latest = ClusteringRun.objects.filter(project=clustered).get().pk
    assert "every 3s" not in client.get(path).content.decode()
    assert "every 3s" in client.get(f"{path}?asked={latest}").content.decode()
    ClusteringRun.objects.create(project=clustered, field=field_of(clustered), stage="find")
    page = client.get(path).content.decode()
    assert "finding topics, step 2 of 6" in page
    assert "every 3s" in page
    topics = client.get(f"/p/{clustered.slug}/topics/").content.decode()
    assert "A clustering run is finding topics, step 2 of 6; it began" in topics
