"""Pages of paths, of sessions behind them, and of what people come back about."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Project, User
from clustering.models import Text
from ingestion.models import Field, FieldType, PendingEvent
from tests.journeys.conftest import NOW, OUTLIER, Speaker

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]
PATHS, SESSIONS = "/p/inkwell/journeys/paths/", "/p/inkwell/journeys/paths/sessions/"
BACK = "/p/inkwell/journeys/coming-back/"


@pytest.fixture
def client(teammate: User, signed_in: SignedIn) -> Client:
    return signed_in(teammate)


def talk(speaker: Speaker) -> None:
    for number in range(12):
        speaker.say(f"a{number}", ["Pricing", "Features", "Pricing"], user_id=f"user {number}")
    for number in range(5):
        speaker.say(f"b{number}", ["Pricing", "Login", OUTLIER])
    speaker.say("open", ["Pricing", "Features"], ended=NOW)


def words(page: str) -> str:
    return " ".join(page.split())


def test_a_path_goes_on_by_shares_of_the_sessions_that_took_it(
    client: Client, speaker: Speaker
) -> None:
    talk(speaker)
    pricing, features = speaker.topic("Pricing"), speaker.topic("Features")
    response = client.get(PATHS, {"path": f"{pricing.pk},{features.pk}"})
    first, second = (each["level"] for each in response.context["levels"])
    assert (first.base, second.base) == (18, 13)
    assert [(row.kind, row.share.count) for row in first.rows] == [
        ("topic", 13),
        ("topic", 5),
        ("ended", 0),
    ]
    assert [(row.kind, row.share.count) for row in second.rows] == [
        ("topic", 12),
        ("ended", 0),
        ("open", 1),
    ]
    assert "12 of 13" in words(response.content.decode())


def test_a_path_is_followed_back_to_where_sessions_began(client: Client, speaker: Speaker) -> None:
    talk(speaker)
    features = speaker.topic("Features")
    response = client.get(PATHS, {"path": str(features.pk), "way": "back"})
    (level,) = (each["level"] for each in response.context["levels"])
    assert [(row.kind, row.share.count) for row in level.rows] == [("topic", 13), ("began", 0)]


def test_the_commonest_journeys_are_of_sessions_that_are_over(
    client: Client, speaker: Speaker
) -> None:
    talk(speaker)
    table = client.get(PATHS, {"outliers": "show"}).context["whole"]
    told = [([state.name for state in row.states], row.share.count) for row in table.rows]
    assert told == [
        (["Pricing", "Features", "Pricing"], 12),
        (["Pricing", "Login", "Outlier"], 5),
    ]


def test_the_bars_of_steps_are_drawn_against_the_commonest_number(
    client: Client, speaker: Speaker
) -> None:
    talk(speaker)
    table = client.get(PATHS).content.decode().split('<table class="table lengths">')[1]
    bars = re.findall(r'<meter class="bar" min="0" max="([\d.]+)" value="([\d.]+)"', table)
    assert [max_ == value for max_, value in bars] == [False, True]  # 5 of 17 sessions, and 12


def test_the_sessions_behind_a_branch_are_listed(client: Client, speaker: Speaker) -> None:
    talk(speaker)
    pricing, login = speaker.topic("Pricing"), speaker.topic("Login")
    query = {"path": f"{pricing.pk},{login.pk}", "next": "ended"}
    response = client.get(SESSIONS, query)
    listed = {session.session_id for session in response.context["sessions"]}
    assert listed == {f"b{number}" for number in range(5)}


@pytest.mark.parametrize("path", ["", "x", "99999999999999999999", "-1", ",,,", "outlier"])
@pytest.mark.parametrize("page", [PATHS, SESSIONS])
def test_a_path_that_nobody_took_is_no_error(
    client: Client, speaker: Speaker, page: str, path: str
) -> None:
    talk(speaker)
    assert client.get(page, {"path": path, "next": "nowhere"}).status_code == 200


def test_a_path_stops_where_nobody_went_on(client: Client, speaker: Speaker) -> None:
    talk(speaker)
    login, features = speaker.topic("Login"), speaker.topic("Features")
    response = client.get(PATHS, {"path": f"{login.pk},{features.pk}"})
    assert [each["level"].base for each in response.context["levels"]] == [5, 0]


def test_a_name_is_escaped_wherever_it_stands(client: Client, speaker: Speaker) -> None:
    hostile = "<script>alert(1)</script>"
    for number in range(3):
        at = NOW - timedelta(days=number + 1)
        speaker.say(f"s{number}", [hostile, "Login"], ended=at, user_id="ada")
    for page in (PATHS, SESSIONS, BACK):
        content = client.get(page).content.decode()
        assert hostile not in content
        assert "&lt;script&gt;" in content


def test_users_come_back_about_a_topic(client: Client, speaker: Speaker) -> None:
    for number in range(4):
        user = f"user {number}"
        speaker.say(f"x{number}", ["Login", "Pricing"], ended=NOW - timedelta(days=9), user_id=user)
        speaker.say(f"y{number}", ["Refund", "Login"], ended=NOW - timedelta(days=2), user_id=user)
    speaker.say("stranger", ["Refund"], user_id="")
    context = client.get(BACK).context
    assert (context["users"], context["returning"], context["times"]) == (4, 4, 4)
    (pair,) = context["pairs"].rows
    assert (pair.source.name, pair.target.name, pair.share.count) == ("Pricing", "Refund", 4)
    assert 6.9 < timedelta(seconds=pair.seconds.median) / timedelta(days=1) < 7


def test_nobody_came_back(client: Client, speaker: Speaker) -> None:
    speaker.say("one", ["Login"])
    assert "Nobody has come back yet" in client.get(BACK).content.decode()
    speaker.say("two", ["Login"], user_id="")
    assert client.get(BACK).status_code == 200


@pytest.mark.parametrize("page", [PATHS, SESSIONS, BACK])
def test_pages_without_sessions_say_so(client: Client, speaker: Speaker, page: str) -> None:
    assert "messages before the first topics" in client.get(page).content.decode()
    speaker.say("old", ["Login"], ended=NOW - timedelta(days=50))
    assert client.get(page, {"days": "7"}).status_code == 200


def test_a_segment_narrows_paths(client: Client, speaker: Speaker) -> None:
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    talk(speaker)
    speaker.say("ios", ["Login", "Pricing"], metadata={"platform": "ios"})
    context = client.get(PATHS, {"where.platform": "ios"}).context
    assert context["sessions"] == 1
    assert [row.states[0].name for row in context["whole"].rows] == ["Login"]


def test_sessions_on_a_path_show_every_step_and_count_no_segments(
    client: Client, speaker: Speaker
) -> None:
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    names = [f"Topic {number}" for number in range(40)]
    speaker.say("long", names, metadata={"platform": "ios"})
    response = client.get(SESSIONS, {"path": str(speaker.topic(names[0]).pk)})
    content = response.content.decode()
    assert "40 steps in all" in content
    assert all(f">{name}</bdi>" in content for name in names)
    assert "panel" not in response.context


@pytest.mark.parametrize(
    ("path", "name"), [(PATHS, "Paths"), (BACK, "Coming back"), (SESSIONS, "Sessions on a path")]
)
def test_a_page_has_its_own_name_before_the_first_text(
    client: Client, project: Project, path: str, name: str
) -> None:
    page = client.get(path).content.decode()
    assert f"<h1>{name}</h1>" in page
    assert f"<title>{name} of Inkwell" in page


def test_a_topic_without_a_session_is_told_not_replaced(client: Client, speaker: Speaker) -> None:
    talk(speaker)
    speaker.say("old", ["Refund", "Pricing"], ended=NOW - timedelta(days=50))
    refund, pricing = speaker.topic("Refund"), speaker.topic("Pricing")

    told = words(client.get(PATHS, {"path": f"{refund.pk}"}).content.decode())
    assert "No session of this period comes to <strong>Refund</strong>" in told

    for path in (f"{refund.pk}", f"{pricing.pk},{refund.pk}", f"{pricing.pk},outlier"):
        response = client.get(SESSIONS, {"path": path})
        assert not response.context["sessions"]
        assert "No session took this path" in response.content.decode()
    assert client.get(SESSIONS, {"path": f"{refund.pk}", "format": "csv"}).status_code == 200


@pytest.mark.parametrize("page", [PATHS, SESSIONS])
def test_a_path_of_an_unknown_topic_is_not_found(
    client: Client, speaker: Speaker, page: str
) -> None:
    talk(speaker)
    assert client.get(page, {"path": "111111111"}).status_code == 404


@pytest.mark.parametrize("page", ["/p/inkwell/journeys/", PATHS, BACK])
def test_a_segment_without_a_session_is_said_to_be_the_reason(
    client: Client, speaker: Speaker, page: str
) -> None:
    Field.objects.create(project=speaker.project, key="platform", detected_type=FieldType.ENUM)
    talk(speaker)
    told = words(client.get(page, {"where.platform": "amiga", "days": "7"}).content.decode())
    assert "No session of this segment began in this period" in told
    assert 'href="?days=7">All sessions</a>' in told


@pytest.mark.parametrize("page", ["/p/inkwell/journeys/", PATHS, BACK])
def test_a_period_of_outliers_alone_says_so(client: Client, speaker: Speaker, page: str) -> None:
    speaker.topic("Pricing")
    speaker.say("s", [OUTLIER])
    told = client.get(page, {"days": "7"}).content.decode()
    assert "Only outliers in this period" in told
    assert "every 5s" not in told


@pytest.mark.parametrize("page", ["/p/inkwell/journeys/", PATHS, BACK])
def test_sessions_that_wait_for_topics_are_waited_for(
    client: Client, speaker: Speaker, page: str
) -> None:
    """As in the first minutes of a project: topics are named, and later messages wait."""
    speaker.say("first", ["Pricing"], ended=NOW - timedelta(days=20))
    speaker.say("second", ["Login"])
    Text.objects.filter(content="about Login", project=speaker.project).update(embedded=False)
    told = words(client.get(page, {"days": "7"}).content.decode())
    assert "<h2>Messages are being compared with topics</h2>" in told
    assert "1 session began in this period" in told
    assert 'hx-trigger="every 5s" hx-target="#main"' in told


@pytest.mark.parametrize("page", ["/p/inkwell/journeys/", PATHS, BACK])
def test_sessions_whose_events_wait_to_be_read_are_waited_for(
    client: Client, speaker: Speaker, page: str
) -> None:
    (event,) = speaker.say("first", ["Pricing"], ended=NOW - timedelta(days=20))
    PendingEvent.objects.create(project=speaker.project, event=event, received_at=NOW)
    told = words(client.get(page, {"days": "7"}).content.decode())
    assert "<h2>No session began in this period yet</h2>" in told
    assert 'hx-trigger="every 5s" hx-target="#main"' in told


@pytest.mark.parametrize("page", ["/p/inkwell/topics/", "/p/inkwell/quality/", PATHS])
def test_a_longer_period_is_of_the_same_dimension(
    client: Client, speaker: Speaker, page: str
) -> None:
    talk(speaker)
    feedback = Speaker(speaker.project, "feedback")
    feedback.say("review", ["Praise"], ended=NOW - timedelta(days=50))
    told = words(client.get(page, {"field": "feedback", "days": "7"}).content.decode())
    assert '<a class="button primary" href="?field=feedback&amp;days=all">All time</a>' in told
