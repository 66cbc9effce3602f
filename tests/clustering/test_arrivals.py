"""Embed and assign."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import pytest
from django.db import connection, connections

from accounts.models import Project
from clustering import pipeline
from clustering.models import Dimension, Embedding, Text, Topic
from clustering.runs import standing
from clustering.texts import arrivals, claims, embedding, extraction, vectors
from tests.beside import beside
from tests.clustering.conftest import OtherProcess, Recorder
from tests.clustering.messages import ACCESS, ALL, PARCEL, PRICE, field_of, send

pytestmark = pytest.mark.django_db


def arrive(project: Project, texts: list[str]) -> Dimension:
    send(project, texts)
    while extraction.extract(project):
        pass
    return standing.dimensions(project)[0]


def embed(
    dimension: Dimension,
    embedder: Any,
    deadline: float = math.inf,
    meanwhile: Callable[[], bool] = arrivals.nothing,
) -> int:
    done: list[int] = []
    arrivals.embed_and_assign(dimension, embedder, done.append, deadline, meanwhile)
    return sum(done)


def topic_of(project: Project, texts: list[str], threshold: float = 0.4) -> Topic:
    centroid = embedding.load()(texts).mean(axis=0)
    return Topic.objects.create(
        project=project,
        field=field_of(project),
        centroid=(centroid / np.linalg.norm(centroid)).tolist(),
        threshold=threshold,
    )


def test_each_text_gets_one_unit_vector(project: Project, embedder: Recorder) -> None:
    dimension = arrive(project, ALL)
    assert embed(dimension, embedder) == len(ALL)
    assert embed(dimension, embedder) == 0
    assert sorted(embedder.asked) == sorted(ALL)
    stored = vectors.embedded_texts(dimension.field)
    contents = dict(Text.objects.filter(project=project).values_list("pk", "content"))
    expected = embedding.load()([contents[pk] for pk in stored.ids.tolist()])
    np.testing.assert_allclose((stored.vectors * expected).sum(axis=1), 1, atol=1e-3)


def test_the_dimension_with_most_texts_to_embed_comes_first(project: Project) -> None:
    send(project, ACCESS[:1], key="comment")
    send(project, ALL)
    while extraction.extract(project):
        pass
    waiting = standing.dimensions_to_embed(project)
    assert [dimension.field.key for dimension in waiting] == ["prompt", "comment"]


def test_without_topics_a_text_is_an_outlier_without_a_nearest(
    project: Project, embedder: Recorder
) -> None:
    embed(arrive(project, ACCESS), embedder)
    texts = Text.objects.filter(project=project)
    assert texts.filter(topic=None, nearest_topic=None, embedded=True).count() == len(ACCESS)


def test_a_new_text_joins_the_nearest_topic_at_once(project: Project, embedder: Recorder) -> None:
    arrive(project, ACCESS[:3])
    access, price = topic_of(project, ACCESS), topic_of(project, PRICE)
    dimension = arrive(project, [*ACCESS[3:], *PRICE, "Write a blog post about AI"])
    embed(dimension, embedder)
    found = {text.content: text for text in Text.objects.filter(project=project)}
    assert {found[text].topic_id for text in ACCESS} == {access.pk}
    assert {found[text].topic_id for text in PRICE} == {price.pk}
    outlier = found["Write a blog post about AI"]
    assert outlier.topic_id is None
    assert outlier.nearest_topic_id in (access.pk, price.pk)
    assert outlier.similarity is not None
    assert outlier.similarity < 0.4
    assert all((text.margin or 0) > 0 for text in found.values())


def test_retired_topics_claim_nothing(project: Project, embedder: Recorder) -> None:
    dimension = arrive(project, ACCESS)
    retired = topic_of(project, ACCESS)
    Topic.objects.filter(project=project).update(retired_at=retired.created_at)
    embed(dimension, embedder)
    assert not Text.objects.filter(project=project, nearest_topic=retired).exists()


def test_texts_of_a_killed_worker_wait_again(project: Project, embedder: Recorder) -> None:
    dimension = arrive(project, ALL)
    embedder.failing = True
    with pytest.raises(KeyboardInterrupt):
        embed(dimension, embedder)
    assert Text.objects.filter(project=project, embedded=False).count() == len(ALL)
    assert not Embedding.objects.filter(project=project).exists()
    assert embed(dimension, Recorder()) == len(ALL)


def test_a_batch_that_was_killed_while_writing_leaves_nothing(
    project: Project, embedder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    dimension = arrive(project, ALL)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(arrivals, "_assign", killed)
        embed(dimension, embedder)
    assert not Embedding.objects.filter(project=project).exists()
    assert embed(dimension, embedder) == len(ALL)
    assert Embedding.objects.filter(project=project).count() == len(ALL)


def test_no_batch_begins_after_the_deadline(project: Project, embedder: Recorder) -> None:
    dimension = arrive(project, ALL)
    embed(dimension, embedder, deadline=0)
    assert embedder.asked == []


def test_it_is_asked_for_other_work_while_the_model_computes(
    project: Project, embedder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PORTION", 20)
    dimension = arrive(project, ALL)
    work = iter([True, True, False])
    embed(dimension, embedder, meanwhile=lambda: next(work))
    assert next(work, None) is None
    assert not Text.objects.filter(project=project, embedded=False).exists()


def test_texts_of_events_that_are_extracted_meanwhile_are_embedded_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "extract", partial(extraction.extract, limit=5))
    send(project, ALL)
    send(project, PARCEL, key="feedback")
    pipeline.process(project)
    assert not standing.has_waiting(project)
    assert Embedding.objects.filter(project=project).count() == len(ALL) + len(PARCEL)


def test_a_text_that_is_deleted_while_the_model_computes_gets_no_vector(
    project: Project, embedder: Recorder
) -> None:
    dimension = arrive(project, ALL)

    def delete() -> bool:
        Text.objects.filter(project=project, content=ALL[3]).delete()
        return False

    embed(dimension, embedder, meanwhile=delete)
    assert ALL[3] in embedder.asked
    assert Text.objects.filter(project=project, embedded=True).count() == len(ALL) - 1
    assert Embedding.objects.filter(project=project).count() == len(ALL) - 1


def test_vectors_of_a_model_that_was_replaced_meanwhile_are_not_stored(
    project: Project, embedder: Recorder
) -> None:
    dimension = arrive(project, ALL)

    def replace() -> bool:
        arrivals.adopt_model(Dimension.objects.get(pk=dimension.pk, project=project), "another")
        return False

    embed(dimension, embedder, meanwhile=replace)
    assert embedder.asked
    assert not Embedding.objects.filter(project=project).exists()
    assert not Text.objects.filter(project=project, embedded=True).exists()


_OWN = "SELECT pg_try_advisory_xact_lock(hashtextextended('texts', %s))"


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_model(project: Project, embedder: Recorder) -> None:
    dimension = arrive(project, ALL)
    free: list[bool] = []

    def look() -> bool:
        with closing(connections.create_connection("default")) as other, other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM clustering_text FOR UPDATE SKIP LOCKED")
            free.append(len(cursor.fetchall()) == len(ALL))
            cursor.execute(_OWN, [dimension.field_id])
            free.append(cursor.fetchone()[0])
            cursor.execute("ROLLBACK")
        return False

    embed(dimension, embedder, meanwhile=look)
    assert free == [True, True]


def test_another_model_starts_over_and_keeps_the_topics(
    project: Project, embedder: Recorder
) -> None:
    dimension = arrive(project, ACCESS)
    topic = topic_of(project, ACCESS)
    embed(dimension, embedder)
    other = Recorder(name="another model")
    assert embed(dimension, other) == len(ACCESS)
    assert set(Text.objects.filter(project=project).values_list("topic", flat=True)) == {topic.pk}
    assert Embedding.objects.filter(project=project).count() == len(ACCESS)
    assert standing.standing(dimension, waiting=False).stale_centroids
    dimension.refresh_from_db(from_queryset=Dimension.objects.filter(project=project))
    assert dimension.model == "another model"


@pytest.mark.django_db(transaction=True)
def test_workers_share_the_texts_without_doing_any_twice(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SPAN", 4)
    monkeypatch.setattr(claims, "ENOUGH", 4)
    dimension = arrive(project, [*ALL, *PARCEL])
    both_have_begun = threading.Barrier(2, timeout=60)

    class Meeting(Recorder):
        def __call__(self, texts: Any) -> Any:
            if not self.asked:
                both_have_begun.wait()
            return super().__call__(texts)

    workers = [Meeting(), Meeting()]

    def work(worker: Meeting) -> int:
        try:
            return embed(dimension, worker)
        finally:
            connection.close()

    arrivals.adopt_model(dimension, workers[0].name)
    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(work, workers))
    assert min(shares) > 0
    asked = Counter(text for worker in workers for text in worker.asked)
    assert asked == Counter([*ALL, *PARCEL])
    assert not Text.objects.filter(project=project, embedded=False).exists()


_LOCK_FIELD = "SELECT FROM ingestion_field WHERE id = %s FOR UPDATE"
_SHARE = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended('texts', %s))"


@pytest.mark.django_db(transaction=True)
def test_whoever_adopts_a_model_lets_an_extract_end_that_has_begun(
    project: Project, other_process: OtherProcess
) -> None:
    """Which holds the field's row, and needs the right to write its texts."""
    dimension = arrive(project, ALL)
    cursor = other_process.cursor
    cursor.execute("BEGIN")
    cursor.execute(_LOCK_FIELD, [dimension.field_id])

    with ThreadPoolExecutor(1) as pool:
        adopting = beside(pool, partial(arrivals.adopt_model, dimension, "a model"))
        assert not adopting.done()
        can_go_on = _answer(cursor, _SHARE, dimension.field_id)
        cursor.execute("COMMIT")
        adopting.result()
    assert can_go_on
    assert Dimension.objects.get(project=project).model == "a model"


def _answer(cursor: Any, query: str, *parameters: object) -> bool:
    cursor.execute(query, parameters)
    return bool(cursor.fetchone()[0])
