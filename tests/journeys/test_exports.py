"""CSV of what the pages of journeys and sessions list: every row, as the page is narrowed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Project, User
from ingestion.models import Event, Field, FieldType
from journeys import selectors, session_exports, sessions
from tests.journeys.conftest import NOW, OUTLIER, OVER, Speaker

pytestmark = pytest.mark.django_db

JOURNEYS = "/p/inkwell/journeys/"
SESSIONS = "/p/inkwell/sessions/"
BEHIND = "/p/inkwell/journeys/paths/sessions/"

ON_IOS = {f"a{number}" for number in range(20)}
ON_ANDROID = {f"b{number}" for number in range(15)}


@pytest.fixture
def client(teammate: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(teammate)


@pytest.fixture
def told(speaker: Speaker) -> Speaker:
    """Sessions a0–a19 on iOS, of ten users who come back, go from Pricing to Features; b0–b14 on
    Android come to Login."""
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    for number in range(20):
        speaker.say(
            f"a{number}",
            ["Pricing", "Features"],
            ended=NOW - OVER * (1 + number),
            user_id=f"ada {number % 10}",
            metadata={"platform": "ios"},
        )
    for number in range(15):
        metadata = {"platform": "android"}
        speaker.say(f"b{number}", ["Login", OUTLIER], user_id=f"bob {number}", metadata=metadata)
    return speaker


def rows(client: Client, page: str, **query: str) -> list[dict[str, str]]:
    answer: Any = client.get(page, query)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    content = b"".join(answer.streaming_content).decode("utf-8")
    return list(csv.DictReader(content.splitlines(keepends=True)))


def ids(found: list[dict[str, str]]) -> set[str]:
    return {row["session_id"] for row in found}


def test_a_table_of_journeys_holds_what_the_page_counts(client: Client, told: Speaker) -> None:
    starts = rows(client, f"{JOURNEYS}export/starts/")
    assert [(row["state_name"], row["share_count"]) for row in starts] == [
        ("Pricing", "20"),
        ("Login", "15"),
    ]
    (only,) = rows(client, f"{JOURNEYS}export/starts/", **{"where.platform": "android"})
    assert only["state_name"] == "Login"


@pytest.mark.parametrize(
    ("page", "tables"),
    [
        ("", ["transitions", "starts", "drop-offs", "follow-ups"]),
        ("paths/", ["whole", "lengths"]),
        ("coming-back/", ["come-backs", "returns"]),
        ("compare/", ["comparison"]),
    ],
)
def test_every_table_of_a_page_is_downloaded_by_its_link(
    client: Client, told: Speaker, page: str, tables: list[str]
) -> None:
    query = "?where.platform=ios&days=90"
    html = client.get(f"{JOURNEYS}{page}{query}").content.decode()
    for table in tables:
        link = html.split(f'href="{JOURNEYS}export/{table}/?', 1)[1].split('"', 1)[0]
        assert "where.platform=ios" in link
        rows(client, f"{JOURNEYS}export/{table}/?{link.replace('&amp;', '&')}")


def test_a_whole_journey_is_told_in_words(client: Client, told: Speaker) -> None:
    first = rows(client, f"{JOURNEYS}export/whole/")[0]
    assert first["journey"] == " → ".join(each["name"] for each in json.loads(first["states"]))


@pytest.mark.parametrize(
    ("days", "period"), [("", "30-days"), ("90", "90-days"), ("all", "all-time")]
)
def test_a_file_is_named_after_its_period(
    client: Client, told: Speaker, days: str, period: str
) -> None:
    answer = client.get(f"{JOURNEYS}export/starts/", {"days": days} if days else {})
    assert f'"journeys-starts-{period}.csv"' in answer.headers["Content-Disposition"]


def test_a_comparison_says_which_differences_may_be_chance(client: Client, told: Speaker) -> None:
    found = rows(client, f"{JOURNEYS}export/comparison/", **{"where.platform": "ios"})
    assert {row["is_finding"] for row in found} <= {"0", "1"}
    assert "Pricing" in {row["state_name"] for row in found}


def test_a_table_that_cannot_be_made_says_why(client: Client, told: Speaker) -> None:
    answer = client.get(f"{JOURNEYS}export/comparison/")
    assert answer.status_code == 400
    assert "Choose a segment" in answer.content.decode()
    assert client.get(f"{JOURNEYS}export/nothing/").status_code == 404


def test_every_session_is_exported_batch_by_batch(
    client: Client, told: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_exports, "BATCH", 4)
    every = rows(client, SESSIONS, format="csv")
    assert len(every) == 35
    assert ids(every) == ON_IOS | ON_ANDROID
    row = next(row for row in every if row["session_id"] == "b0")
    assert (row["user_id"], row["journey"], row["events"]) == ("bob 0", "Login → Outlier", "2")
    assert (row["first_text"], row["seconds"]) == ("about Login", "60.0")


def test_sessions_are_exported_as_the_page_is_narrowed(
    client: Client, told: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_exports, "BATCH", 3)
    login, pricing = str(told.topic("Login").pk), str(told.topic("Pricing").pk)
    assert ids(rows(client, SESSIONS, format="csv", topic=login)) == ON_ANDROID
    assert ids(rows(client, SESSIONS, format="csv", topic="outlier")) == ON_ANDROID
    assert ids(rows(client, SESSIONS, format="csv", user="bob 3")) == {"b3"}
    assert ids(rows(client, BEHIND, format="csv", path=pricing)) == ON_IOS


def test_no_more_events_are_read_at_a_time_than_a_batch_has(
    client: Client, told: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many sessions come to a topic."""
    monkeypatch.setattr(session_exports, "BATCH", 4)
    read, events_of = list[int](), selectors.events_of

    def noting(project_id: int, event_ids: Sequence[int]) -> list[Event]:
        read.append(len(event_ids))
        return events_of(project_id, event_ids)

    for module in (selectors, sessions):
        monkeypatch.setattr(module, "events_of", noting)
    pricing = str(told.topic("Pricing").pk)
    assert len(rows(client, SESSIONS, format="csv", topic=pricing)) == 20
    assert len(rows(client, BEHIND, format="csv", path=pricing)) == 20
    assert read == [4] * 10


def test_a_session_id_that_is_a_formula_is_exported_as_text(
    client: Client, speaker: Speaker
) -> None:
    speaker.say("=1+1", ["Pricing"])
    (row,) = rows(client, SESSIONS, format="csv")
    assert row["session_id"] == "'=1+1"


def test_an_export_is_on_record(client: Client, told: Speaker, project: Project) -> None:
    before = AuditEntry.objects.filter(organization=project.organization).count()
    rows(client, f"{JOURNEYS}export/starts/")
    rows(client, SESSIONS, format="csv")
    assert AuditEntry.objects.filter(organization=project.organization).count() == before + 2
