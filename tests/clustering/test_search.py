"""Search by meaning: a worker embeds the query, the page waits for it a little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import django_rq
import numpy as np
import pytest
from django.test import Client
from rq import SimpleWorker

from accounts.models import Project, User
from clustering import pipeline
from clustering.models import Dimension, Topic
from clustering.reports import search
from clustering.views.topics import SEARCHES
from tests.clustering.messages import ALL, REFUND, field_of, send

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]
ANGRY = "people angry about refunds"


@pytest.fixture
def topics(project: Project) -> Project:
    send(project, [*ALL, *REFUND])
    pipeline.drain(project)
    return project


@pytest.fixture(autouse=True)
def queue() -> Iterator[Any]:
    queue = django_rq.get_queue("events", commit_mode="auto")
    queue.empty()  # type: ignore[no-untyped-call]
    yield queue
    queue.delete(delete_jobs=True)


def work(queue: Any) -> None:
    """Do what waits, as a worker does."""
    SimpleWorker([queue], connection=queue.connection).work(burst=True, logging_level="ERROR")


def get(client: Client, project: Project, page: str = "", **query: str | int) -> Any:
    answer = client.get(f"/p/{project.slug}/topics/{page}", query)
    assert answer.status_code == 200
    return answer


def test_a_query_is_embedded_by_a_worker_and_ranked_by_meaning(
    topics: Project, member: Client, queue: Any
) -> None:
    first = get(member, topics, q=ANGRY)
    assert first.context["meaning"] == "waiting"
    assert "attempt=1" in first.content.decode()
    work(queue)
    found = get(member, topics, "by-meaning/", q=ANGRY, attempt=1)
    near = found.context["nearest"]
    assert {text.content for text, _ in near.texts[:5]} == set(REFUND)
    similarities = [similarity for _, similarity in near.texts]
    assert similarities == sorted(similarities, reverse=True)
    assert near.topics[0][0].pk == near.texts[0][0].topic_id
    assert "hx-get" not in found.content.decode()
    again = get(member, topics, q=ANGRY)
    assert again.context["meaning"] == "found"
    assert REFUND[0] in again.content.decode()


def test_similarity_is_the_cosine(topics: Project) -> None:
    vector = pipeline.embedder()([REFUND[0]])[0]
    text, similarity = search.nearest(field_of(topics), vector).texts[0]
    assert text.content == REFUND[0]
    assert similarity == pytest.approx(1, abs=1e-3)


def test_a_query_is_asked_for_once(topics: Project, member: Client, queue: Any) -> None:
    for _ in range(3):
        get(member, topics, q=ANGRY)
    (job,) = queue.get_jobs()
    assert job.description == "embed a query"  # which logs show
    assert job.get_ttl() <= search.PATIENCE_SECONDS


def test_a_query_goes_before_other_work(topics: Project, member: Client, queue: Any) -> None:
    queue.enqueue_call("clustering.tasks.sweep", job_id="backlog")
    get(member, topics, q=ANGRY)
    assert [job.func_name for job in queue.get_jobs()] == [
        "clustering.tasks.embed_query",
        "clustering.tasks.sweep",
    ]


def test_nobody_keeps_workers_from_the_events_of_all_by_searching(
    topics: Project, member: Client, owner: User, signed_in: SignedIn, queue: Any
) -> None:
    for number in range(SEARCHES):
        get(member, topics, "by-meaning/", q=f"refund {number}", attempt=0)
    assert len(queue.get_jobs()) == SEARCHES

    for page in ("", "by-meaning/"):
        answer = get(member, topics, page, q="one too many", attempt=0)
        assert answer.context["meaning"] == "too_often"
    assert "within a minute" in answer.content.decode()
    assert len(queue.get_jobs()) == SEARCHES
    assert get(signed_in(owner), topics, q="another person").context["meaning"] == "waiting"


def test_without_a_worker_the_page_falls_back_to_words_and_says_so(
    topics: Project, member: Client
) -> None:
    first = get(member, topics, q="refund money")
    assert "Please refund my money" in first.content.decode()
    late = get(member, topics, "by-meaning/", q="refund money", attempt=search.ATTEMPTS)
    assert "no worker took the question within 3 seconds" in late.content.decode()
    assert "hx-get" not in late.content.decode()


@pytest.mark.parametrize("attempt", ["", "-1", "x", "9" * 5000, "²"])
def test_a_strange_attempt_is_the_last_one(topics: Project, member: Client, attempt: str) -> None:
    answer = get(member, topics, "by-meaning/", q="refund", attempt=attempt)
    assert answer.context["meaning"] == "no_worker"


def test_without_redis_the_page_falls_back_at_once(
    topics: Project, member: Client, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = get(member, topics, q="refund money")
    assert answer.context["meaning"] == "no_worker"
    assert "Please refund my money" in answer.content.decode()


def test_vectors_of_another_model_are_not_compared(topics: Project, member: Client) -> None:
    Dimension.objects.filter(project=topics).update(model="another")
    answer = get(member, topics, q="refund")
    assert answer.context["meaning"] == "no_vectors"
    assert "present embedding model" in answer.content.decode()


def test_before_the_first_topics_all_texts_are_compared(project: Project) -> None:
    send(project, REFUND)
    pipeline.process(project)
    assert not Topic.objects.filter(project=project).exists()
    vector = pipeline.embedder()(["money back"])[0]
    near = search.nearest(field_of(project), vector)
    assert near.topics == []
    assert len(near.texts) == len(REFUND)


def test_hidden_topics_are_not_offered_but_their_texts_are(topics: Project) -> None:
    vector = pipeline.embedder()([ANGRY])[0]
    best = search.nearest(field_of(topics), vector).topics[0][0]
    Topic.objects.filter(project=topics, pk=best.pk).update(hidden=True)
    near = search.nearest(field_of(topics), vector)
    assert best.pk not in [topic.pk for topic, _ in near.topics]
    assert near.texts[0][0].topic_id == best.pk


def test_another_project_is_not_searched(
    topics: Project, other_tenant: Any, signed_in: SignedIn, outsider: User, queue: Any
) -> None:
    send(other_tenant.project, ALL)
    pipeline.drain(other_tenant.project)
    client = signed_in(outsider)
    get(client, other_tenant.project, q=ANGRY)
    work(queue)
    page = get(client, other_tenant.project, q=ANGRY)
    assert page.context["meaning"] == "found"
    assert not any(text in page.content.decode() for text in REFUND)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("  people \n angry ", "people angry"),
        ("a\0b", "a b"),
        ("\0", ""),
        ("x" * 2000, "x" * search.LONGEST_QUERY),
    ],
)
def test_what_is_typed_becomes_one_line(typed: str, query: str) -> None:
    assert search.query_of(typed) == query


def test_a_nul_in_a_search_finds_nothing_and_breaks_nothing(
    topics: Project, member: Client
) -> None:
    assert "Nothing found" in get(member, topics, q="zzz\0zzz").content.decode()


def test_what_was_typed_is_escaped(topics: Project, member: Client, queue: Any) -> None:
    hostile = '"><script>alert(1)</script>&attempt=99'
    waiting = get(member, topics, q=hostile).content.decode()
    assert "<script>alert" not in waiting
    assert "&amp;attempt=1" in waiting
    assert "&attempt=99" not in waiting


def test_a_vector_is_kept_as_it_is(db: None) -> None:
    vector = np.random.default_rng(0).standard_normal(384).astype(np.float32)
    search.keep("a question", vector)
    kept = search.vector_of("a question")
    assert kept is not None
    np.testing.assert_array_equal(kept, vector)
    assert search.vector_of("another question") is None
