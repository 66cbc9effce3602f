"""What the API says of journeys is what the pages say, each share with its base."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import SESSION_GAP, User
from ingestion.models import Field, FieldType
from journeys.api import addresses
from tests.journeys.conftest import NOW, OUTLIER, Speaker

Read = Callable[..., Any]
PATHS = [addresses.path_of(listed).removeprefix("api/v1/") for listed in addresses.LISTS]
REPORTS = [path for path in PATHS if path.rpartition("/")[2] not in ("follow-ups", "comparison")]


@pytest.fixture
def conversations(speaker: Speaker) -> Speaker:
    """Twelve sessions that go pricing, features, pricing; four about logging in twice; one open."""
    for number in range(12):
        speaker.say(f"p{number}", ["Pricing", "Features", "Pricing"], metadata={"plan": "pro"})
    for number in range(4):
        speaker.say(f"l{number}", ["Log in", "Log in", OUTLIER], metadata={"plan": "free"})
    speaker.say("open", ["Pricing"], ended=NOW, user_id="bea")
    return speaker


@pytest.fixture
def returning(conversations: Speaker) -> Speaker:
    """The same, and somebody comes back."""
    conversations.say("again", ["Pricing"], ended=NOW - SESSION_GAP - timedelta(minutes=15))
    return conversations


@pytest.fixture
def page(signed_in: Callable[[User], Client], teammate: User, conversations: Speaker) -> Read:
    """The context of a page."""
    client, slug = signed_in(teammate), conversations.project.slug
    return lambda path: client.get(f"/p/{slug}/{path}").context


def body(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()


def names(row: dict[str, Any], *members: str) -> tuple[str, ...]:
    return tuple(row[member]["name"] for member in members)


def test_the_overview_is_that_of_the_page(read: Read, page: Read) -> None:
    for said in ("show", "skip"):
        shown = page(f"journeys/?outliers={said}")["overview"]
        told = body(read("journeys", outliers=said))["overview"]
        assert told["sessions"] == shown.sessions == 17
        assert told["several"]["count"] == shown.several.count
        assert told["several"]["base"] == 17
        assert told["several"]["rate"] == shown.several.rate
        assert [told["several"][end] for end in ("low", "high")] == [*shown.several.interval]
        assert told["skipped_sessions"] == shown.skipped_sessions


@pytest.mark.parametrize(
    ("path", "where", "context"),
    [
        ("journeys/transitions", "journeys/", "transitions"),
        ("journeys/starts", "journeys/", "starts"),
        ("journeys/drop-offs", "journeys/", "drop_offs"),
        ("journeys/back-and-forth", "journeys/", "back_and_forth"),
        ("journeys/repeats", "journeys/", "repeats"),
        ("journeys/whole", "journeys/paths/", "whole"),
        ("journeys/returns", "journeys/coming-back/", "pairs"),
        ("journeys/come-backs", "journeys/coming-back/", "come_backs"),
    ],
)
def test_a_report_is_that_of_the_page(
    read: Read, page: Read, returning: Speaker, path: str, where: str, context: str
) -> None:
    shown = page(f"{where}?outliers=show&rows=all")[context]
    told = body(read(path, outliers="show"))
    assert told["rows"] == shown.total == len(told["data"]) > 0
    assert {counts(row) for row in told["data"]} == {
        (row.share.count, row.share.base) for row in shown.rows
    }
    rank = "times" if path.endswith("transitions") else "share"
    ranks = [-row[rank]["count"] for row in told["data"]]
    assert ranks == sorted(ranks)


def counts(row: dict[str, Any]) -> tuple[int, int]:
    return row["share"]["count"], row["share"]["base"]


def test_a_transition_has_ids_names_and_bases(read: Read, conversations: Speaker) -> None:
    first, second = body(read("journeys/transitions"))["data"]
    assert {names(row, "source", "target") for row in (first, second)} == {
        ("Pricing", "Features"),
        ("Features", "Pricing"),
    }
    assert first["source"]["topic_id"] in {topic.pk for topic in conversations.topics.values()}
    assert (first["times"]["count"], first["times"]["base"]) == (12, 24)
    assert (first["share"]["count"], first["share"]["base"]) == (12, 17)
    assert first["share"]["low"] < 12 / 17 == first["share"]["rate"] < first["share"]["high"]


def test_whole_journeys_are_lists_of_topics(read: Read, conversations: Speaker) -> None:
    first = body(read("journeys/whole"))["data"][0]
    assert [state["name"] for state in first["states"]] == ["Pricing", "Features", "Pricing"]
    assert counts(first) == (12, 16)


def test_returns_are_told_in_seconds(read: Read, speaker: Speaker) -> None:
    for number in range(3):
        ended = NOW - timedelta(days=3 - number)
        speaker.say(f"s{number}", ["Pricing"], ended=ended, user_id="ada")
    (told,) = body(read("journeys/returns"))["data"]
    assert told["seconds"] == {"lower": 86_400, "median": 86_400, "upper": 86_400}
    assert told["users"] == 1


def test_follow_ups_sum_to_their_base(read: Read, page: Read, conversations: Speaker) -> None:
    pricing = conversations.topics["Pricing"].pk
    shown = page(f"journeys/?topic={pricing}")["follow_ups"]
    told = body(read("journeys/follow-ups", topic=pricing))
    assert (told["source"], told["base"]) == (
        {"topic_id": pricing, "name": "Pricing"},
        shown.base,
    )
    assert told["again"]["count"] == shown.again.count
    assert sum(row["next"]["count"] for row in told["data"]) == told["base"] == 13
    assert [row["kind"] for row in told["data"]] == ["topic", "ended", "open"][: len(shown.rows)]


def test_a_topic_without_a_session_has_no_follow_ups(read: Read, conversations: Speaker) -> None:
    alone = conversations.topic("Alone")
    told = body(read("journeys/follow-ups", topic=alone.pk))
    assert (told["source"]["name"], told["base"], told["data"]) == ("Alone", 0, [])
    assert body(read("journeys/follow-ups", topic="outlier"))["base"] == 0
    assert body(read("journeys/follow-ups", topic="outlier", outliers="show"))["base"] == 4


def test_two_segments_compared_are_as_on_the_page(
    read: Read, page: Read, conversations: Speaker
) -> None:
    Field.objects.create(
        project=conversations.project, key="plan", detected_type=FieldType.ENUM, events=48
    )
    shown = page("journeys/compare/?where.plan=pro&against=where.plan%3Dfree")
    told = body(read("journeys/comparison", **{"where.plan": "pro", "against": "where.plan=free"}))
    assert (told["first"], told["second"]) == shown["sizes"] == (12, 4)
    rows = (*shown["comparison"].findings, *shown["comparison"].others)
    assert len(told["data"]) == len(rows) == told["rows"]
    assert told["too_small"] == shown["comparison"].too_small
    assert sum(row["is_finding"] for row in told["data"]) == len(shown["comparison"].findings)
    alone = body(read("journeys/comparison", **{"where.plan": "pro"}))
    assert (alone["against"], alone["second"]) == ("", 5)


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("journeys", {"outliers": "yes"}, "outliers"),
        ("journeys", {"days": "1"}, "days"),
        ("journeys/follow-ups", {}, "topic"),
        ("journeys/follow-ups", {"topic": "x"}, "topic"),
        ("journeys/follow-ups", {"topic": "1" * 40}, "topic"),
        ("journeys/comparison", {}, "where"),
        ("journeys/comparison", {"event": "a", "against": "nonsense"}, "against"),
        ("journeys/comparison", {"event": "a", "against": "where.tier=pro"}, "against"),
        ("journeys/whole", {"where.tier": "pro"}, "where.tier"),
        ("journeys/starts", {"topic": "1"}, "topic"),
        ("journeys/starts/export", {"cursor": "1"}, "cursor"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    read: Read, conversations: Speaker, path: str, query: dict[str, str], field: str
) -> None:
    answer = read(path, **query)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_topic_of_another_project_is_not_followed(
    read: Read, conversations: Speaker, other_tenant: Any
) -> None:
    theirs = Speaker(other_tenant.project)
    theirs.say("a", ["Theirs", "Others"])
    answer = read("journeys/follow-ups", topic=theirs.topics["Theirs"].pk)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", REPORTS)
def test_pages_follow_each_other_and_add_up_to_the_export(
    read: Read, conversations: Speaker, path: str
) -> None:
    every = body(read(path, outliers="show"))["data"]
    seen: list[Any] = []
    query: dict[str, Any] = {"outliers": "show", "limit": 1}
    while True:
        told = body(read(path, **query))
        seen += told["data"]
        if told["next_cursor"] is None:
            break
        query["cursor"] = told["next_cursor"]
    assert seen == every
    lines = read(f"{path}/export", outliers="show", format="jsonl").streaming_content
    assert [json.loads(line) for line in b"".join(lines).splitlines()] == every
    table = b"".join(read(f"{path}/export", outliers="show").streaming_content).decode()
    rows = list(csv.reader(table.splitlines(keepends=True)))
    assert len(rows) == len(every) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "share_base" in rows[0]


def test_names_are_no_formulas_in_csv(read: Read, speaker: Speaker) -> None:
    speaker.say("a", ["=1+1", "@SUM(A1)"])
    table = b"".join(read("journeys/transitions/export").streaming_content).decode()
    (row,) = csv.DictReader(table.splitlines(keepends=True))
    assert (row["source_name"], row["target_name"]) == ("'=1+1", "'@SUM(A1)")


@pytest.mark.parametrize("path", ["journeys", *REPORTS])
def test_before_the_first_session_there_are_no_rows(
    read: Read, speaker: Speaker, path: str
) -> None:
    told = body(read(path))
    assert told.get("data", []) == []
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    segmented = body(read(path, **{"where.platform": "ios", "days": "all"}))
    assert segmented["segment"] == "where.platform=ios"


def test_the_members_of_a_row_are_those_that_the_docs_promise(
    read: Read, returning: Speaker
) -> None:
    """They are named in dataclasses that pages use too: another name there is another API."""
    share = {"count", "base", "lift", "rate", "low", "high"}
    row = body(read("journeys/starts"))["data"][0]
    assert set(row) == {"state", "share", "usual"}
    assert (set(row["state"]), set(row["share"])) == ({"topic_id", "name"}, share)
    expected = {
        "transitions": {"source", "target", "times", "share"},
        "drop-offs": {"state", "share", "rate"},
        "back-and-forth": {"source", "target", "share", "times"},
        "repeats": {"state", "share", "times"},
        "whole": {"states", "share", "journey"},
        "lengths": {"steps", "share"},
        "returns": {"source", "target", "share", "users", "seconds"},
        "come-backs": {"state", "share", "users", "after", "seconds"},
    }
    for name, members in expected.items():
        assert set(body(read(f"journeys/{name}"))["data"][0]) == members, name


@pytest.mark.parametrize("path", REPORTS)
def test_queries_do_not_grow_with_the_rows(
    read: Read,
    conversations: Speaker,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    read(path)
    with django_assert_max_num_queries(14):
        read(path)
