"""The page that compares two segments."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from ingestion.models import Event, Field, FieldType
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db

PAGE = "/p/inkwell/journeys/compare/"
IOS, ANDROID = "where.platform=ios", "where.platform=android"


@pytest.fixture
def client(teammate: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(teammate)


@pytest.fixture
def payments(speaker: Speaker) -> Speaker:
    """People on iOS ask about payments much more often; of all else they ask alike."""
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    for platform, asking in (("ios", 30), ("android", 6), ("web", 6)):
        for number in range(60):
            about = "Payments" if number < asking else "Login"
            session, said = f"{platform}-{number}", {"platform": platform}
            speaker.say(session, ["Welcome", about], user_id=f"user {session}", metadata=said)
    return speaker


def test_the_values_to_choose_from_are_open_until_one_is_chosen(
    client: Client, payments: Speaker
) -> None:
    opened = '<details id="segments-choose" open>'
    assert opened in client.get(PAGE).content.decode()
    assert opened not in client.get(f"{PAGE}?{IOS}").content.decode()


def findings(response: object) -> set[tuple[str, str | None]]:
    return {
        (each.state.name, each.target.name if each.target else None)
        for each in response.context["comparison"].findings  # type: ignore[attr-defined]
    }


def test_a_segment_is_compared_with_everybody_else(client: Client, payments: Speaker) -> None:
    response = client.get(f"{PAGE}?{IOS}")
    assert response.context["sizes"] == (60, 120)
    assert ("Payments", None) in findings(response)
    assert ("Welcome", None) not in findings(response)
    assert "+40.0" in response.content.decode()


def test_one_user_for_everybody_is_told(client: Client, payments: Speaker) -> None:
    Event.objects.filter(project=payments.project).update(user_id="anonymous")
    response = client.get(f"{PAGE}?{IOS}")
    assert not findings(response)
    assert "All these sessions are of 1 user," in response.content.decode()


def test_sessions_that_are_not_counted_are_told(client: Client, payments: Speaker) -> None:
    payments.say("unclear", ["?"], metadata={"platform": "ios"})
    response = client.get(f"{PAGE}?{IOS}")
    assert (response.context["sizes"], response.context["skipped"]) == ((61, 120), (1, 0))
    assert "61 sessions, 1 of outliers alone left out" in response.content.decode()


def test_two_segments_are_compared(client: Client, payments: Speaker) -> None:
    response = client.get(PAGE, {"where.platform": "ios", "against": ANDROID})
    assert response.context["sizes"] == (60, 60)
    assert ("Payments", None) in findings(response)
    swapped = client.get(PAGE + response.context["swapped"])
    assert swapped.context["segment"].query == ANDROID
    assert swapped.context["against"].query == IOS
    shown = client.get(f"{PAGE}?{IOS}&against={quote(ANDROID)}&outliers=show")
    assert client.get(PAGE + shown.context["swapped"]).context["outliers"]


def test_what_one_user_asks_is_no_finding(client: Client, payments: Speaker) -> None:
    Event.objects.filter(project=payments.project, metadata__platform="ios").update(user_id="ada")
    response = client.get(f"{PAGE}?{IOS}")
    assert response.context["sizes"] == (60, 120)
    assert not findings(response)


def test_noise_is_no_finding(client: Client, payments: Speaker) -> None:
    response = client.get(PAGE, {"where.platform": "web", "against": ANDROID})
    assert response.context["comparison"].tested > 0
    assert not findings(response)
    assert "No difference found" in response.content.decode()


def test_a_segment_has_no_other_side_but_everybody_else(client: Client, payments: Speaker) -> None:
    response = client.get(PAGE, {"where.platform": "ios", "against": IOS})
    assert "One side has no session" in response.content.decode()
    assert "Choose a segment" in client.get(PAGE).content.decode()
    aside = client.get(PAGE, {"against": IOS}).content.decode()
    assert "Choose the segment to compare with it" in aside


@pytest.mark.parametrize(
    "query",
    [
        {"where.platform": "<script>", "against": "%"},
        {"where.nothing": "x", "against": "where.platform=ios&event=user_prompt"},
        {"event": "user_prompt", "against": "a" * 9000},
    ],
)
def test_whatever_the_sides_are_there_is_a_page(
    client: Client, payments: Speaker, query: dict[str, str]
) -> None:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
