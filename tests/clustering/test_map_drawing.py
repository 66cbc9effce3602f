"""When a map is drawn, of which texts, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import numpy as np
import pytest
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import TimeoutError as RedisTimeout

from accounts.models import Project
from clustering import pipeline, tasks
from clustering.mapping import stored
from clustering.mapping.selectors import picture
from clustering.mapping.stored import fields_to_draw, ids_of, positions_of
from clustering.models import ClusteringRun, RunState, Text, Topic, TopicMap
from ingestion.models import FieldType
from tests.clustering.conftest import OtherProcess, cluster
from tests.clustering.messages import ACCESS, ALL, PARCEL, PRICE, field_of, send

pytestmark = pytest.mark.django_db


def clustered(project: Project) -> None:
    """Bring a project to where a job draws its map."""
    send(project, ALL)
    pipeline.process(project)
    cluster(project)


def map_of(project: Project) -> TopicMap:
    return TopicMap.objects.get(project=project, field=field_of(project))


def test_a_map_holds_every_text_with_its_topic(project: Project) -> None:
    clustered(project)
    assert stored.draw(field_of(project))
    found = picture(map_of(project))
    texts = Text.objects.filter(project=project).order_by("pk")
    assert found.ids.tolist() == [text.pk for text in texts]
    assert found.topic_ids.tolist() == [text.topic_id or 0 for text in texts]
    assert found.drawn.texts == len(ALL)


def test_it_is_told_how_far_a_drawing_is(project: Project) -> None:
    clustered(project)
    assert stored.progress_of(field_of(project)) is None
    stored.draw(field_of(project))
    assert stored.progress_of(field_of(project)) == 1


def test_without_redis_a_map_is_drawn_and_nobody_is_told_how_far(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    clustered(project)
    for name in ("get", "set"):
        monkeypatch.setattr(cache, name, Mock(side_effect=RedisTimeout))
    assert stored.draw(field_of(project))
    assert stored.progress_of(field_of(project)) is None


def test_a_map_is_drawn_once_for_a_run(project: Project) -> None:
    send(project, ALL)
    pipeline.process(project)
    assert not stored.draw(field_of(project))
    cluster(project)
    assert stored.draw(field_of(project))
    assert not stored.draw(field_of(project))
    ClusteringRun.objects.create(project=project, field=field_of(project), state=RunState.FAILED)
    assert not stored.draw(field_of(project))


def test_one_process_draws_a_map_at_a_time(project: Project, other_process: OtherProcess) -> None:
    clustered(project)
    other_process.holds(f"draw-{field_of(project).pk}")
    assert not stored.draw(field_of(project))
    other_process.dies()
    assert stored.draw(field_of(project))


def test_texts_that_were_there_stay_about_where_they_were(project: Project) -> None:
    clustered(project)
    stored.draw(field_of(project))
    before = map_of(project)
    ids, positions = ids_of(before), positions_of(before)
    send(project, PARCEL[:2])
    pipeline.process(project)
    cluster(project)
    stored.draw(field_of(project))
    after = map_of(project)
    assert after.pk == before.pk
    assert len(ids_of(after)) == len(ids) + 2
    moved = positions_of(after)[np.searchsorted(ids_of(after), ids)] - positions
    assert np.median(np.linalg.norm(moved, axis=1)) < 0.2 * np.ptp(positions, axis=0).max()


def test_a_map_of_another_embedding_model_is_not_gone_on_with(project: Project) -> None:
    clustered(project)
    stored.draw(field_of(project))
    maps, model = TopicMap.objects.filter(project=project), map_of(project).model
    before = positions_of(map_of(project))
    mirrored = (before * np.array([-1, 1])).astype("<f4").tobytes()
    for drawn_from, sign in (("another", 1), (model, -1)):
        maps.update(positions=mirrored, model=drawn_from)
        cluster(project)
        stored.draw(field_of(project))
        after = positions_of(map_of(project))
        assert sign * np.corrcoef(before[:, 0], after[:, 0])[0, 1] > 0.9


def test_a_deleted_text_and_a_moved_one_show_at_once(project: Project) -> None:
    clustered(project)
    stored.draw(field_of(project))
    gone, moved = (
        Text.objects.get(project=project, content=each) for each in (ACCESS[0], PRICE[0])
    )
    place = picture(map_of(project)).places[np.searchsorted(ids_of(map_of(project)), moved.pk)]
    Text.objects.filter(project=project, pk=moved.pk).update(topic=None)
    Text.objects.filter(project=project, pk=gone.pk).delete()
    found = picture(map_of(project))
    assert gone.pk not in found.ids
    at = int(np.searchsorted(found.ids, moved.pk))
    assert found.topic_ids[at] == 0
    assert found.places[at].tolist() == place.tolist()


def test_of_too_many_texts_a_part_is_drawn(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "LIMIT", 10)
    clustered(project)
    stored.draw(field_of(project))
    found = picture(map_of(project))
    assert (len(found), found.drawn.texts) == (10, len(ALL))
    live = Topic.objects.filter(project=project, retired_at=None).values_list("pk", flat=True)
    assert set(live) <= set(found.topic_ids.tolist())


def test_a_hidden_topic_has_no_name_on_the_map(project: Project) -> None:
    clustered(project)
    stored.draw(field_of(project))
    topic = Text.objects.select_related("topic").get(project=project, content=PRICE[0]).topic
    assert topic in [each.topic for each in picture(map_of(project)).topics]
    Topic.objects.filter(project=project, pk=topic.pk).update(hidden=True)
    assert topic not in [each.topic for each in picture(map_of(project)).topics]


def test_the_sweep_finds_maps_that_are_behind_after_a_rest(project: Project) -> None:
    send(project, ALL)
    pipeline.process(project)
    assert fields_to_draw() == []
    cluster(project)
    field = field_of(project)
    assert fields_to_draw() == [field.pk]
    tasks.draw(field.pk)
    assert fields_to_draw() == []
    cluster(project)
    TopicMap.objects.filter(project=project).update(drawn_at=timezone.now(), seconds=60)
    assert fields_to_draw() == []
    TopicMap.objects.filter(project=project).update(drawn_at=timezone.now() - timedelta(hours=1))
    assert fields_to_draw() == [field.pk]
    field.override = FieldType.ENUM
    field.save()
    assert fields_to_draw() == []
