"""What the API says of topics, texts and runs is what the pages say."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from clustering import pipeline
from clustering.columns.filtering import BeingPrepared
from clustering.models import ClusteringRun, Text, Theme, Topic
from ingestion.models import Field
from tests.clustering.messages import ACCESS, ALL, PARCEL, field_of, send

pytestmark = pytest.mark.django_db

Read = Callable[..., Any]
FORMULA = '=HYPERLINK("http://evil.example","password reset") forgot my login password'


@pytest.fixture
def topics(project: Project) -> Project:
    send(project, [*ALL, *PARCEL, FORMULA], platform="ios")
    send(project, ACCESS, days_ago=20, platform="web")
    pipeline.drain(project)
    return project


@pytest.fixture
def page(signed_in: Callable[[User], Client], teammate: User, topics: Project) -> Read:
    """The context of a page."""
    client = signed_in(teammate)
    return lambda path: client.get(f"/p/{topics.slug}/{path}").context


def body(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("days", ["7", "30", "90", "all"])
@pytest.mark.parametrize("where", [{}, {"where.platform": "ios"}, {"where.platform": "none"}])
def test_topics_are_those_of_the_page(
    read: Read, page: Read, days: str, where: dict[str, str]
) -> None:
    query = "&".join(f"{name}={value}" for name, value in {"days": days, **where}.items())
    table = page(f"topics/?{query}")["table"]
    told = body(read("topics", days=days, **where))

    assert (told["field"], told["messages"]) == ("prompt", table.occurrences)
    assert told["segment"] == "&".join(f"{name}={value}" for name, value in where.items())
    assert told["outliers"]["messages"] == table.outliers.occurrences
    shown = {row.topic.pk: row for row in table.rows}
    assert [each["id"] for each in told["data"]] == sorted(shown)
    for each in told["data"]:
        row = shown[each["id"]]
        assert each["messages"] == row.trend.occurrences
        assert each["share"] == pytest.approx(row.share, abs=1e-6)
        assert each["change"] == row.change
        assert each["of_messages"] == told["messages"]
        assert each["label"] == str(row.topic)
        assert each["named_by"] == row.topic.label_source
    counted = sum(each["messages"] for each in told["data"]) + told["waiting"]
    assert counted + told["outliers"]["messages"] == told["messages"]


def test_without_a_stretch_before_nothing_is_compared(read: Read, topics: Project) -> None:
    told = body(read("topics", days="all"))
    assert told["period"]["compared_start"] is None
    assert {each["messages_before"] for each in told["data"]} == {None}


def test_topics_come_by_size_and_page_by_page(read: Read, topics: Project) -> None:
    every = body(read("topics", sort="messages"))["data"]
    order = [(-each["messages"], each["id"]) for each in every]
    assert order == sorted(order)
    seen: list[Any] = []
    query: dict[str, Any] = {"sort": "messages", "limit": 1}
    while len(seen) < len(every):
        told = body(read("topics", **query))
        seen += told["data"]
        query["cursor"] = told["next_cursor"]
    assert seen == every
    assert told["next_cursor"] is None


def test_hidden_topics_are_marked(read: Read, topics: Project) -> None:
    hidden = Topic.objects.filter(project=topics).first()
    assert hidden
    Topic.objects.filter(project=topics, pk=hidden.pk).update(hidden=True)
    told = body(read("topics"))["data"]
    assert [each["id"] for each in told if each["hidden"]] == [hidden.pk]


def test_a_theme_has_its_topics(read: Read, topics: Project, other_tenant: Any) -> None:
    theme = Theme.objects.create(project=topics, field=field_of(topics), label="Money")
    inside = Topic.objects.filter(project=topics).first()
    assert inside
    Topic.objects.filter(project=topics, pk=inside.pk).update(theme=theme)
    (told,) = body(read("topics", theme=theme.pk))["data"]
    assert (told["id"], told["theme"]) == (inside.pk, {"id": theme.pk, "label": "Money"})
    theirs = Field.objects.create(project=other_tenant.project, key="a", detected_type="text")
    other = Theme.objects.create(project=other_tenant.project, field=theirs)
    assert read("topics", theme=other.pk).status_code == 404


def test_one_topic_is_as_its_page(read: Read, page: Read, topics: Project) -> None:
    topic = Text.objects.get(project=topics, content=ACCESS[0]).topic_id
    details = page(f"topics/{topic}/?days=7")["details"]
    told = body(read(f"topics/{topic}", days="7"))

    assert told["topic"]["messages"] == details.row.trend.occurrences
    assert [bar["messages"] for bar in told["bars"]] == details.row.trend.bars
    assert told["texts"] == details.texts
    for kind in ("central", "edge", "frequent"):
        assert [text["id"] for text in told[kind]] == [text.pk for text in getattr(details, kind)]
    assert told["breakdowns"][0]["field"] == "platform"
    assert told["breakdowns"][0]["values"][0]["value"] == "ios"
    assert {each["kind"] for each in told["lineage"]} == {"born"}


def test_a_retired_topic_is_still_there(read: Read, topics: Project) -> None:
    topic = Topic.objects.filter(project=topics).first()
    assert topic
    Topic.objects.filter(project=topics, pk=topic.pk).update(retired_at=timezone.now())
    assert body(read(f"topics/{topic.pk}"))["retired_at"]


def test_texts_of_a_topic_of_none_and_with_words(read: Read, page: Read, topics: Project) -> None:
    every = body(read("texts", limit=200))["data"]
    assert [each["id"] for each in every] == sorted(each["id"] for each in every)
    assert {each["text"] for each in every} == {*ALL, *PARCEL, FORMULA}
    topic = Text.objects.get(project=topics, content=ACCESS[0]).topic_id
    inside = body(read("texts", topic=topic))["data"]
    assert inside == [each for each in every if each["topic_id"] == topic]
    outside = body(read("texts", topic="outlier", limit=200))["data"]
    assert {each["id"] for each in outside} == {
        text.pk for text in page("topics/outliers/")["page"]
    }
    words = body(read("texts", q="PASSWORD reset"))["data"]
    assert {each["text"] for each in words} == {
        text.content for text in page("topics/?q=PASSWORD+reset")["page"]
    }
    assert body(read("texts", q="password", topic="outlier"))["data"] == [
        each for each in outside if "password" in each["text"].lower()
    ]


def test_texts_page_by_page_while_others_come(read: Read, topics: Project) -> None:
    first = body(read("texts", limit=3))
    send(topics, ["Something quite new", *ACCESS])
    pipeline.drain(topics)
    second = body(read("texts", limit=3, cursor=first["next_cursor"]))["data"]
    ids = sorted(Text.objects.filter(project=topics).values_list("pk", flat=True))
    assert [each["id"] for each in (*first["data"], *second)] == ids[:6]


def test_runs_are_those_of_the_page(read: Read, page: Read, topics: Project) -> None:
    ClusteringRun.objects.create(project=topics, field=field_of(topics), state="failed", error="x")
    (failed, *_, done) = body(read("runs"))["data"]
    shown = list(page("runs/")["page"])
    assert (failed["state"], failed["error"], failed["seconds"]) == ("failed", "x", None)
    assert (done["id"], done["texts"], done["topics"]) == (
        shown[-1].pk, shown[-1].texts, shown[-1].topics,
    )  # fmt: skip
    assert {"kind": "born", "topics": done["topics"]} in done["changes"]
    page_of_one = body(read("runs", limit=1))
    rest = body(read("runs", limit=1, cursor=page_of_one["next_cursor"]))["data"]
    assert rest[0]["id"] < failed["id"]


@pytest.mark.parametrize("path", ["topics", "texts"])
def test_an_export_has_all_rows_as_the_pages_have_them(
    read: Read, topics: Project, path: str
) -> None:
    listed = body(read(path, limit=200))["data"]
    answer = read(f"{path}/export", format="jsonl")
    assert answer.streaming
    assert answer.headers["Content-Type"] == "application/jsonl"
    lines = b"".join(answer.streaming_content).splitlines()
    assert [json.loads(line) for line in lines] == listed
    answer = read(f"{path}/export")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{path}.csv"'
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines(True)))
    assert [int(row["id"]) for row in rows] == [each["id"] for each in listed]
    assert [int(row["messages"]) for row in rows] == [each["messages"] for each in listed]


def test_a_formula_is_a_text_in_csv_alone(read: Read, topics: Project) -> None:
    table = b"".join(read("texts/export").streaming_content).decode()
    texts = {row["text"] for row in csv.DictReader(table.splitlines(keepends=True))}
    assert f"'{FORMULA}" in texts
    assert FORMULA not in texts
    lines = b"".join(read("texts/export", format="jsonl").streaming_content).splitlines()
    assert FORMULA in {json.loads(line)["text"] for line in lines}


def test_an_export_of_many_texts_takes_little_memory(read: Read, project: Project) -> None:
    field = Field.objects.create(project=project, key="prompt", detected_type="text")
    now, count = timezone.now(), 20_000
    Text.objects.bulk_create(
        (
            Text(
                project=project, field=field, content=f"{n} {'x' * 500}",
                digest=sha256(str(n).encode()).digest(), first_seen_at=now, last_seen_at=now,
            )
            for n in range(count)
        ),
        batch_size=2_000,
    )  # fmt: skip
    answer = read("texts/export", format="jsonl")
    tracemalloc.start()
    size = sum(len(part) for part in answer.streaming_content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > count * 500
    assert peak < size / 2


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("topics", {"field": "nothing"}, "field"),
        ("topics", {"field": "platform"}, "field"),
        ("topics", {"days": "31"}, "days"),
        ("topics", {"sort": "label"}, "sort"),
        ("topics", {"theme": "x"}, "theme"),
        ("topics", {"where.platform": [*map(str, range(101))]}, "where"),
        ("topics", {"where": "x"}, "where"),
        ("topics", {"where.plan": "pro"}, "where.plan"),
        ("topics", {"where.prompt": "password"}, "where.prompt"),
        ("topics", {"where.": "x"}, "where."),
        ("topics", {"where.platform": " "}, "where.platform"),
        ("topics", {"where.platform": ["ios", ""]}, "where.platform"),
        ("topics/export", {"event": ""}, "event"),
        ("topics", {"theme": "9" * 30}, "theme"),
        ("topics", {"q": "x"}, "q"),
        ("topics/export", {"format": "xlsx"}, "format"),
        ("topics/export", {"limit": "1"}, "limit"),
        ("texts", {"topic": "0"}, "topic"),
        ("texts", {"topic": "1' OR 1"}, "topic"),
        ("texts", {"topic": "9" * 30}, "topic"),
        ("texts", {"q": "x" * 501}, "q"),
        ("texts", {"q": "\0"}, "q"),
        ("texts", {"days": "7"}, "days"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    read: Read, topics: Project, path: str, query: dict[str, Any], field: str
) -> None:
    answer = read(path, **query)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_refused_segment_says_what_there_is_to_filter_by(read: Read, topics: Project) -> None:
    plan = Field.objects.create(project=topics, key="plan", detected_type="enum")
    said = read("topics", **{"where.plam": "pro"}).json()["error"]
    assert said == "where.plam names no enum field. There are: platform, plan."
    assert body(read("topics", **{"where.plan": "pro"}))["messages"] == 0
    Field.objects.filter(project=topics, pk=plan.pk).delete()
    topic = Topic.objects.filter(project=topics)[0].pk
    answer = read(f"topics/{topic}", **{"where.plan": "pro"})
    assert (answer.status_code, answer.json()["field"]) == (400, "where.plan")


def test_before_the_first_text_there_is_no_dimension(read: Read, project: Project) -> None:
    for path in ("topics", "texts", "topics/export", "journeys"):
        answer = read(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert body(read("runs"))["data"] == []


def test_a_topic_of_another_project_is_not_there(
    read: Read, topics: Project, other_tenant: Any
) -> None:
    theirs = Field.objects.create(project=other_tenant.project, key="a", detected_type="text")
    topic = Topic.objects.create(project=other_tenant.project, field=theirs, threshold=0.5)
    for path, query in ((f"topics/{topic.pk}", {}), ("texts", {"topic": topic.pk})):
        answer = read(path, **query)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert answer.json()["error"] == f"There is no topic {topic.pk} here."
    assert read(f"topics/{2**70}").status_code == 404


def test_while_a_field_is_read_the_client_is_told_to_wait(
    read: Read, topics: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting(*_: Any) -> None:
        raise BeingPrepared(field_of(topics), 1, 2)

    monkeypatch.setattr("clustering.reports.slices.load", waiting)
    answer = read("topics")
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("path", "most"), [("topics", 10), ("texts", 4), ("runs", 6), ("topics/export", 11)]
)
def test_queries_do_not_grow_with_the_rows(
    read: Read,
    topics: Project,
    path: str,
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    read(path)
    with django_assert_max_num_queries(most):
        read(path)
