"""The page of a map and what it loads."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Project, User
from clustering import pipeline
from clustering.mapping import selectors, stored
from clustering.models import (
    ClusteringRun,
    Occurrence,
    RunState,
    Text,
    Theme,
    Topic,
    TopicMap,
)
from ingestion.models import Field, FieldType
from tests.clustering.messages import ALL, DISCOUNT, PRICE, field_of, send
from tests.clustering.test_topic_pages import SCRIPT, body, topic_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(project: Project) -> Project:
    """A project with a map, on which one text is hostile."""
    send(project, [*ALL, SCRIPT, SCRIPT])
    pipeline.drain(project)
    stored.draw(field_of(project))
    return project


def ids_of(project: Project, *contents: str) -> str:
    texts = Text.objects.filter(project=project, content__in=contents)
    return ",".join(str(text.pk) for text in texts)


def points(client: Client, project: Project, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body(client, f"/p/{project.slug}/map/points/{query}"))
    return found


def choose(client: Client, project: Project, ids: str) -> str:
    answer = client.post(f"/p/{project.slug}/map/chosen/", {"field": "prompt", "ids": ids})
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_texts_or_topics_the_page_says_what_it_waits_for(
    project: Project, member: Client
) -> None:
    path = f"/p/{project.slug}/map/"
    assert "No texts yet" in body(member, path)
    Field.objects.create(project=project, key="prompt", detected_type=FieldType.TEXT)
    assert "before the first topics" in body(member, path)
    body(member, f"{path}points/", 404)


def test_while_the_map_is_drawn_the_page_tells_how_far(drawn: Project, member: Client) -> None:
    TopicMap.objects.filter(project=drawn).delete()
    path = f"/p/{drawn.slug}/map/"
    cache.set(f"map-{field_of(drawn).pk}", 0.25)
    page = body(member, path)
    assert "The map is being drawn" in page
    assert 'value="0.25"' in page
    assert 'hx-trigger="every 2s"' in page
    cache.clear()
    assert "<progress" not in body(member, path)


@pytest.mark.parametrize("left", ["on the map", "anywhere"])
def test_a_map_without_a_text_says_so(drawn: Project, member: Client, left: str) -> None:
    """Where no text had a vector when it was drawn, or all have been deleted since."""
    if left == "anywhere":
        Occurrence.objects.filter(project=drawn).delete()
        Text.objects.filter(project=drawn).delete()
    else:
        Text.objects.filter(project=drawn).update(embedded=False)
        ClusteringRun.objects.create(
            project=drawn, field=field_of(drawn), state=RunState.DONE, started_at=timezone.now()
        )
        assert stored.draw(field_of(drawn))
    page = body(member, f"/p/{drawn.slug}/map/")
    assert "No text to draw" in page
    assert f'href="/p/{drawn.slug}/topics/?field=prompt"' in page
    assert "<canvas" not in page
    assert points(member, drawn)["ids"] == []


def test_the_table_has_every_topic_and_the_outliers(drawn: Project, member: Client) -> None:
    page = body(member, f"/p/{drawn.slug}/map/")
    for topic in Topic.objects.filter(project=drawn, retired_at=None):
        assert f'href="/p/{drawn.slug}/topics/{topic.pk}/"' in page
        assert f'data-topic="{topic.pk}"' in page
    assert f"{len(ALL) + 1} texts" in page
    outliers = Text.objects.filter(project=drawn, topic=None).count()
    assert f'Outliers</a></th><td class="num">{outliers}</td>' in page


def test_a_sample_says_that_it_is_one(drawn: Project, member: Client) -> None:
    TopicMap.objects.filter(project=drawn).update(texts=84_112)
    assert f"{len(ALL) + 1} of 84,112 texts" in body(member, f"/p/{drawn.slug}/map/")


def test_points_are_texts_with_places_and_topics(drawn: Project, member: Client) -> None:
    found = points(member, drawn)
    texts = {text.pk: text for text in Text.objects.filter(project=drawn)}
    ids = list(accumulate(found["ids"]))
    assert ids == sorted(texts)
    for pk, code in zip(ids, found["topic"], strict=True):
        assert (found["topics"][code]["id"] if code >= 0 else None) == texts[pk].topic_id
    assert min(found["x"]) >= 0
    assert max(*found["x"], *found["y"]) <= 32_767


def test_topics_of_a_theme_share_its_colour(drawn: Project, member: Client) -> None:
    money = [topic_with(drawn, texts[0]) for texts in (PRICE, DISCOUNT)]
    theme = Theme.objects.create(project=drawn, field=field_of(drawn), label="Money & <b>more</b>")
    Topic.objects.filter(project=drawn, pk__in=[each.pk for each in money]).update(theme=theme)
    found = points(member, drawn)
    groups = {each["id"]: each["group"] for each in found["topics"]}
    assert groups[money[0].pk] == groups[money[1].pk]
    assert len(set(groups.values())) == len(groups) - 1
    assert sorted(found["colours"]) == sorted(set(found["colours"]) - {0})
    assert "Money &amp; &lt;b&gt;more&lt;/b&gt;" in body(member, f"/p/{drawn.slug}/map/")


def test_points_come_compressed_and_only_when_they_changed(drawn: Project, member: Client) -> None:
    path = f"/p/{drawn.slug}/map/points/"
    answer = member.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content)) == points(member, drawn)
    assert "private" in answer.headers["Cache-Control"]
    known = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"}
    assert member.get(path, headers=known).status_code == 304
    Topic.objects.filter(project=drawn).update(label="Another name")
    assert member.get(path, headers=known).status_code == 200


def test_who_points_at_texts_reads_them(drawn: Project, member: Client) -> None:
    path = f"/p/{drawn.slug}/map/texts/?field=prompt&ids="
    topic = topic_with(drawn, SCRIPT)
    [told] = json.loads(body(member, f"{path}{ids_of(drawn, SCRIPT)}"))["texts"]
    assert (told["text"], told["topic"], told["topic_id"]) == (SCRIPT, str(topic), topic.pk)
    assert told["occurrences"] == 2
    assert 0 < told["similarity"] <= 1
    for nonsense in ("", "a,-1,²,", "9" * 30, ",".join(["1"] * 5_000)):
        json.loads(body(member, f"{path}{nonsense}"))


def test_a_long_text_is_cut(project: Project, member: Client) -> None:
    send(project, [*ALL, "word" * 5_000])
    pipeline.drain(project)
    text = Text.objects.get(project=project, content__startswith="wordword")
    path = f"/p/{project.slug}/map/texts/?ids={text.pk}"
    [told] = json.loads(body(member, path))["texts"]
    assert len(told["text"]) == 300


def test_chosen_texts_are_listed_escaped_with_their_topics(drawn: Project, member: Client) -> None:
    page = choose(member, drawn, ids_of(drawn, SCRIPT, PRICE[0]))
    assert "2 texts chosen" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    for content in (SCRIPT, PRICE[0]):
        assert f'href="/p/{drawn.slug}/topics/{topic_with(drawn, content).pk}/"' in page
    assert "no text inside the line" in choose(member, drawn, "")


def test_of_many_chosen_texts_the_most_frequent_are_listed(
    drawn: Project, member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "CHOSEN", 3)
    page = choose(member, drawn, ids_of(drawn, *ALL, SCRIPT))
    assert f"{len(ALL) + 1} texts chosen" in page
    assert "the 3 most frequent are listed" in page
    assert "I forgot my login password" in page
    assert page.count("<tr>") == 1 + 3


def test_texts_of_another_project_are_not_read(
    drawn: Project, outsider: User, signed_in: Callable[[User], Client]
) -> None:
    """Through one's own project, whatever ids one names."""
    Field.objects.create(
        project=Project.objects.unscoped().get(slug="rival"),
        key="prompt",
        detected_type=FieldType.TEXT,
    )
    client, ids = signed_in(outsider), ids_of(drawn, PRICE[0])
    answer = client.get(f"/p/rival/map/texts/?ids={ids}")
    assert json.loads(answer.content) == {"texts": []}
    answer = client.post("/p/rival/map/chosen/", {"field": "prompt", "ids": ids})
    assert PRICE[0] not in answer.content.decode()


def test_queries_do_not_grow_with_topics(
    drawn: Project, member: Client, django_assert_max_num_queries: Any
) -> None:
    for path in ("", "points/", "texts/?ids=1,2,3"):
        with django_assert_max_num_queries(22 if not path else 12):
            body(member, f"/p/{drawn.slug}/map/{path}")
