"""CSV of topics and texts: every row, the counts of the period, and no formulas."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts import csv_files
from accounts.models import Project, User
from clustering import pipeline
from clustering.models import Text, Theme, Topic
from tests.clustering.messages import ACCESS, ALL, send

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]
FORMULA = '=HYPERLINK("http://evil.example","password reset") forgot my login password'


@pytest.fixture
def topics(project: Project) -> Project:
    send(project, [*ALL, FORMULA])
    send(project, ACCESS, days_ago=20)
    send(project, ["Password reset, »not«\nworking 🔑"], days_ago=40)
    pipeline.drain(project)
    return project


def rows(client: Client, path: str, **query: str) -> list[dict[str, str]]:
    answer: Any = client.get(path, query)
    assert answer.status_code == 200
    assert answer.streaming
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="topic')
    content = b"".join(answer.streaming_content).decode("utf-8")
    return list(csv.DictReader(content.splitlines(keepends=True)))


def test_all_topics_are_in_it_with_the_counts_of_the_period(
    topics: Project, member: Client
) -> None:
    path = f"/p/{topics.slug}/topics/export/"
    for days in ("7", "30", "all"):
        table = member.get(f"/p/{topics.slug}/topics/?days={days}").context["table"]
        found = rows(member, path, days=days)
        assert [row["topic"] for row in found] == [
            *map(str, (r.topic for r in table.rows)),
            "Outliers",
        ]
        assert sum(int(row["messages"]) for row in found) == table.occurrences
        assert sum(float(row["share"]) for row in found) == pytest.approx(1, abs=1e-4)


def test_hidden_topics_are_in_it(topics: Project, member: Client) -> None:
    path = f"/p/{topics.slug}/topics/export/"
    before = {row["topic_id"] for row in rows(member, path)}
    Topic.objects.filter(project=topics).update(hidden=True)
    found = rows(member, path)
    assert {row["topic_id"] for row in found} == before
    assert all(row["hidden"] == "1" for row in found if row["topic_id"])


def test_the_texts_of_a_topic_are_those_of_the_period(topics: Project, member: Client) -> None:
    topic = Text.objects.filter(project=topics).get(content=ACCESS[0]).topic_id
    path = f"/p/{topics.slug}/topics/{topic}/export/"
    week = {row["text"]: int(row["messages"]) for row in rows(member, path, days="7")}
    ever = {row["text"]: int(row["messages"]) for row in rows(member, path, days="all")}
    assert week[ACCESS[0]] == 1
    assert ever[ACCESS[0]] == 2
    assert "Password reset, »not«\nworking 🔑" in ever
    assert not any("🔑" in text for text in week)


def test_a_text_that_is_a_formula_is_exported_as_text(topics: Project, member: Client) -> None:
    text = Text.objects.filter(project=topics).select_related("nearest_topic").get(content=FORMULA)
    topic = text.nearest_topic
    assert topic is not None
    Text.objects.filter(project=topics, pk=text.pk).update(topic=topic)
    Topic.objects.filter(project=topics, pk=topic.pk).update(label="@SUM(A1)")
    texts = [row["text"] for row in rows(member, f"/p/{topics.slug}/topics/{topic.pk}/export/")]
    assert f"'{FORMULA}" in texts
    assert FORMULA not in texts
    names = [row["topic"] for row in rows(member, f"/p/{topics.slug}/topics/export/")]
    assert "'@SUM(A1)" in names


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_begins_like_a_formula(start: str) -> None:
    lines = csv_files.lines([f"{start}SUM()", "number"], [(f"{start}1+1", -1)])
    (head, _), (text, number) = csv.reader("".join(lines).splitlines(keepends=True))
    assert (head, text) == (f"'{start}SUM()", f"'{start}1+1")
    assert number == "-1"


def test_times_are_utc_and_nothing_is_an_empty_cell() -> None:
    moment = datetime(2026, 3, 3, 12, 30, tzinfo=UTC)
    assert "".join(csv_files.lines(["a", "b"], [(moment, None)])).splitlines() == [
        "a,b",
        "2026-03-03T12:30:00+00:00,",
    ]


def test_rows_are_sent_as_they_are_read() -> None:
    def endless() -> Any:
        while True:
            yield ("text",)

    lines = csv_files.lines(["text"], endless())
    assert next(lines) == "text\r\ntext\r\n"
    assert next(lines) == "text\r\n"


def test_outsiders_get_nothing(topics: Project, signed_in: SignedIn, outsider: User) -> None:
    topic = Topic.objects.filter(project=topics).first()
    assert topic
    for path in ("topics/export/", f"topics/{topic.pk}/export/"):
        assert signed_in(outsider).get(f"/p/{topics.slug}/{path}").status_code == 404


def test_topics_are_exported_as_the_page_is_narrowed(topics: Project, member: Client) -> None:
    path = f"/p/{topics.slug}/topics/export/"
    first, second = Topic.objects.filter(project=topics, field__key="prompt")[:2]
    theme = Theme.objects.create(project=topics, field=first.field, label="Money")
    Topic.objects.filter(project=topics, pk=first.pk).update(theme=theme)
    Topic.objects.filter(project=topics, pk=second.pk).update(hidden=True)
    for query, only in (
        ({"theme": str(theme.pk)}, first),
        ({"find": str(first)}, first),
        ({"hidden": "show"}, second),
    ):
        assert [row["topic"] for row in rows(member, path, **query)] == [str(only)]


def test_before_the_first_text_there_is_nothing_to_export(project: Project, member: Client) -> None:
    assert member.get(f"/p/{project.slug}/topics/export/").status_code == 302
