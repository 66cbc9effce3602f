"""Lists of sessions, and one session as it was sent, whatever its id."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from clustering.models import Text
from ingestion.models import Event
from journeys import conversation, sessions
from tests.journeys.conftest import NOW, OUTLIER, Speaker
from tests.journeys.test_journeys_page import HOSTILE, words

SignedIn = Callable[[User], Client]
LIST = "/p/inkwell/sessions/"
SESSION = "/p/inkwell/session/"

HOSTILE_IDS = [
    "conv_1",
    "a/b/../c",
    "../../admin/",
    "..",
    "a b+c%20d",
    "?id=x&id=y#z;",
    HOSTILE,
    "会话-🗼",
    "x" * 200,
    "' OR 1=1 --",
    "%00",
    "tab\tand\nline",
]


@pytest.fixture
def client(teammate: User, signed_in: SignedIn) -> Client:
    return signed_in(teammate)


def shown(html: str) -> list[str]:
    """The ids of the sessions of a list, in its order."""
    return re.findall(r"/session/\?id=([^\"&]*)\"", html)


@pytest.mark.parametrize("session_id", HOSTILE_IDS)
def test_a_session_is_found_by_any_id_from_the_list(
    session_id: str, speaker: Speaker, client: Client
) -> None:
    speaker.say(session_id, ["Pricing"], text="my own words")
    speaker.say("another", ["Pricing"], text="not mine")
    html = client.get(LIST).content.decode()
    (link,) = re.findall(rf'href="({SESSION}\?id={re.escape(quote(session_id, safe=""))})"', html)
    page = client.get(link)

    assert page.status_code == 200
    assert "my own words" in page.content.decode()
    assert "not mine" not in page.content.decode()
    assert "<script>alert" not in html + page.content.decode()


@pytest.mark.parametrize("query", ["?id=nothing", "?id=%00", "?id=con%00v", "?id=" + "y" * 5000])
def test_a_session_that_is_not_there(query: str, speaker: Speaker, client: Client) -> None:
    speaker.say("conv", ["Pricing"])

    assert client.get(SESSION + query).status_code == 404


def test_no_id_leads_to_the_list(speaker: Speaker, client: Client) -> None:
    assert client.get(SESSION).headers["Location"] == LIST


def test_a_session_of_another_project_is_not_there(
    speaker: Speaker, client: Client, outsider: User, signed_in: SignedIn
) -> None:
    speaker.say("ours", ["Pricing"])
    Speaker(Project.objects.unscoped().get(slug="rival")).say("theirs", ["Secret"])

    assert client.get(f"{SESSION}?id=theirs").status_code == 404
    assert shown(client.get(LIST).content.decode()) == ["ours"]
    assert signed_in(outsider).get(f"{SESSION}?id=ours").status_code == 404
    assert signed_in(outsider).get(LIST).status_code == 404


def test_the_conversation_is_told_as_it_was_sent(speaker: Speaker, client: Client) -> None:
    at = NOW - timedelta(days=1)
    metadata = {"platform": "ios", "user": {"plan": "pro"}, "tags": ["a", "b"], "n": None}
    speaker.message("s", "Pricing", at, content="  How much?\nReally  ", metadata=metadata)
    speaker.message("s", OUTLIER, at + timedelta(minutes=2), content=HOSTILE)
    Text.objects.filter(project=speaker.project, topic=None).update(
        nearest_topic=speaker.topic("Pricing"), similarity=0.31
    )
    html = client.get(f"{SESSION}?id=s").content.decode()
    text = words(html)

    assert "  How much?\nReally  " in html
    assert "Pricing , similarity 0.83" in text
    assert "Outlier; nearest is Pricing , similarity 0.31 (it claims from 0.50)" in text
    assert 'n null platform ios tags ["a", "b"] user.plan pro' in text
    assert "Lasted 2 min over: quiet for 30 min or more" in text
    assert "<script>alert" not in html


def test_a_message_that_waits_says_for_what(speaker: Speaker, client: Client) -> None:
    Event.objects.create(
        project=speaker.project,
        name="user_prompt",
        session_id="s",
        user_id="ada",
        metadata={"prompt": "fresh"},
        timestamp=NOW,
    )
    assert "being read" in client.get(f"{SESSION}?id=s").content.decode()

    speaker.message("t", OUTLIER, NOW, content="new")
    Text.objects.filter(project=speaker.project).update(embedded=False)
    text = words(client.get(f"{SESSION}?id=t").content.decode())
    assert "being compared with topics" in text
    assert "still open" in text


def test_an_event_without_text_is_shown_all_the_same(speaker: Speaker, client: Client) -> None:
    Event.objects.create(
        project=speaker.project,
        name="page_view",
        session_id="s",
        user_id="ada",
        metadata={"page": "/pricing"},
        timestamp=NOW,
    )
    text = words(client.get(f"{SESSION}?id=s").content.decode())

    assert "page_view" in text
    assert "No text in this event." in text
    assert "page /pricing" in text


def test_what_is_long_is_cut_and_said_to_be(speaker: Speaker, client: Client) -> None:
    many = {f"key{number:03}": number for number in range(conversation.MOST_SHOWN + 5)}
    speaker.message(
        "s", "Pricing", NOW, content="x" * (conversation.LONGEST_SHOWN + 1234), metadata=many
    )
    text = words(client.get(f"{SESSION}?id=s").content.decode())

    assert "1,234 more characters" in text
    assert "and 5 more keys" in text


def test_a_page_of_large_events_reads_as_many_as_it_has_room_for(
    speaker: Speaker, client: Client
) -> None:
    at = NOW - timedelta(minutes=9)
    large: list[object] = [{}] * 270_000  # a megabyte as JSON
    for number in range(6):
        metadata = {"number": number, "large": large}
        speaker.message("s", "Pricing", at + timedelta(minutes=number), metadata=metadata)
    text = words(client.get(f"{SESSION}?id=s").content.decode())

    assert [f"number {number}" in text for number in range(6)] == [True] * 4 + [False] * 2
    assert text.count("Not shown: the events before it fill this page") == 2


def test_a_long_session_comes_in_pages(
    speaker: Speaker, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "PAGE_SIZE", 3)
    speaker.say("s", ["Pricing", "Features", "Log in", "Refunds"], text="asked about {name}")
    first, second = (client.get(f"{SESSION}?id=s&page={page}").content.decode() for page in (1, 2))

    assert "1–3 of 4 events" in words(first)
    assert "asked about Refunds" not in first
    assert "asked about Refunds" in second
    assert "Features" in words(second)  # the journey is told whole on every page


def test_a_list_is_the_latest_first_and_leads_to_earlier_ones(
    speaker: Speaker, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PAGE_SIZE", 3)
    same = NOW - timedelta(days=2)
    for number in range(7):  # all end at once: only their arrival orders them
        speaker.say(f"s{number}", ["Pricing", "Features"], ended=same)
    found: list[str] = []
    url = LIST
    while url:
        html = client.get(url).content.decode()
        found += shown(html)
        earlier = re.search(r'rel="next" href="(\?[^"]+)"', html)
        url = LIST + earlier[1] if earlier else ""

    assert found == [f"s{number}" for number in reversed(range(7))]


def test_a_session_stands_in_a_list_by_its_latest_event(speaker: Speaker, client: Client) -> None:
    speaker.say("long", ["Pricing"], ended=NOW - timedelta(days=9))
    speaker.say("short", ["Pricing"], ended=NOW - timedelta(days=5))
    speaker.say("long", ["Features"], ended=NOW - timedelta(days=1))
    html = client.get(LIST).content.decode()

    assert shown(html) == ["long", "short"]
    assert "2 8 days" in words(html)


@pytest.mark.parametrize("user_id", ["", "user 1"])
def test_sessions_that_go_on_beside_each_other_are_listed_once(
    speaker: Speaker, monkeypatch: pytest.MonkeyPatch, user_id: str
) -> None:
    """By their latest event, of however many, and whichever page begins amid them."""
    monkeypatch.setattr(sessions, "_EVENTS_OF_A_SESSION", 1)
    chance, latest = Random(7), dict[str, tuple[datetime, int]]()
    for minute in range(120):
        session = "endless" if minute % 3 else f"s{chance.randrange(12)}"
        user, at = f"user {chance.randrange(3)}", NOW - timedelta(days=1, minutes=-minute // 2)
        event = speaker.message(session, "Pricing", at, user_id=user)
        if user_id in ("", user):
            latest[session] = max((at, event.pk), latest.get(session, (at, 0)))
    found, place = list[str](), sessions.Cursor(NOW + timedelta(days=1), 1)
    while page := sessions.latest_sessions(speaker.project, place, user_id, 3):
        found += [each.session_id for each in page[:3]]
        place = page[:3][-1].cursor
    assert found == sorted(latest, key=lambda session: latest[session], reverse=True)


def test_a_session_that_never_ends_costs_its_events_once(speaker: Speaker) -> None:
    for name in ("first", "second"):
        speaker.say(name, ["Pricing"], ended=NOW - timedelta(days=9))
    speaker.say("constant", ["Pricing"] * 100)
    with CaptureQueriesContext(connection) as queries:
        found = sessions.latest_sessions(speaker.project, size=2)
    assert [each.session_id for each in found] == ["constant", "second", "first"]
    assert len(queries) == 2


def test_a_list_shows_how_each_session_went(speaker: Speaker, client: Client) -> None:
    speaker.say("s", ["Pricing", "Pricing", OUTLIER, "Features"], text="what of {name}")
    text = words(client.get(LIST).content.decode())

    assert "what of Pricing s user ada Pricing × 2 Outlier Features 4 3 min" in text


def test_a_hidden_topic_is_no_step_of_a_session_in_a_list(speaker: Speaker, client: Client) -> None:
    speaker.say("s", ["Pricing", "Thanks", "Pricing"], text="what of {name}")
    speaker.say("t", ["Thanks"], text="what of {name}")
    speaker.hide("Thanks")
    text = words(client.get(LIST).content.decode())

    assert "user ada Pricing × 2 3 2 min" in text
    assert "user ada hidden topics alone 1" in text


def test_a_session_that_waits_for_topics_says_so_in_a_list(
    speaker: Speaker, client: Client
) -> None:
    speaker.say("s", ["Pricing"], text="what of {name}")
    Text.objects.filter(project=speaker.project).update(embedded=False)

    assert "user ada being compared with topics 1" in words(client.get(LIST).content.decode())


def test_a_list_of_the_sessions_that_come_to_a_topic(
    speaker: Speaker, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PAGE_SIZE", 2)
    for number in range(3):
        speaker.say(f"p{number}", ["Pricing", "Features"])
    speaker.say("other", ["Features", OUTLIER])
    url = f"{LIST}?topic={speaker.topic('Pricing').pk}"
    html = client.get(url).content.decode()
    (earlier,) = re.findall(r'rel="next" href="(\?[^"]+)"', html)

    assert "Sessions that come to Pricing" in words(html)
    assert shown(html) == ["p2", "p1"]
    assert shown(client.get(LIST + earlier.replace("&amp;", "&")).content.decode()) == ["p0"]
    assert shown(client.get(f"{LIST}?topic=outlier").content.decode()) == ["other"]
    assert client.get(f"{LIST}?topic=999999999").status_code == 404


def test_a_list_of_one_users_sessions(speaker: Speaker, client: Client) -> None:
    speaker.say("s", ["Pricing"], user_id=HOSTILE)
    speaker.say("t", ["Pricing"], user_id="grace")
    html = client.get(f"{LIST}?user={quote(HOSTILE, safe='')}").content.decode()

    assert shown(html) == ["s"]
    assert "<script>alert" not in html
    assert "No session of this user" in client.get(f"{LIST}?user=nobody").content.decode()
    assert client.get(f"{LIST}?user=%00").status_code == 404


@pytest.mark.parametrize("before", ["x", "1.", ".1", "9" * 40 + ".1", "1.-1", "1." + "9" * 30])
def test_a_place_that_is_none_shows_the_latest(
    before: str, speaker: Speaker, client: Client
) -> None:
    speaker.say("s", ["Pricing"])

    assert shown(client.get(f"{LIST}?before={before}").content.decode()) == ["s"]


def test_a_project_without_events_says_what_to_do(project: Project, client: Client) -> None:
    assert "No sessions yet" in client.get(LIST).content.decode()


def test_queries_do_not_grow_with_sessions(speaker: Speaker, client: Client) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    speaker.say("s", ["Pricing"])
    few, one = queries(LIST), queries(f"{SESSION}?id=s")
    for number in range(20):
        speaker.say(f"s{number}", ["Pricing", "Features", f"Topic {number}"])
    speaker.say("s", ["Pricing", "Features", OUTLIER, "Log in"], ended=NOW)

    assert queries(LIST) == few <= 16
    assert queries(f"{SESSION}?id=s") == one <= 17


def test_a_session_is_headed_by_what_was_said_first(speaker: Speaker, client: Client) -> None:
    speaker.say("conv 7", ["Pricing", "Login"], text="what about <i>{name}</i>")
    page = client.get(SESSION, {"id": "conv 7"}).content.decode()
    assert "<h1>“<bdi>what about &lt;i&gt;Pricing&lt;/i&gt;</bdi>”</h1>" in page
    assert "<code>conv 7</code>" in page


def test_a_session_of_one_event_lasts_no_time(speaker: Speaker, client: Client) -> None:
    speaker.say("short", ["Pricing"])
    assert 'data-label="Events">1</td>' in client.get(LIST).content.decode()
    lasted = '<span class="stat-label">Lasted</span><span class="stat-value">–</span>'
    assert lasted in client.get(SESSION, {"id": "short"}).content.decode()


def test_the_sessions_of_a_user_are_found_by_the_id(speaker: Speaker, client: Client) -> None:
    speaker.say("hers", ["Pricing"], user_id="ada")
    speaker.say("his", ["Pricing"], user_id="bob")
    assert 'name="user"' in client.get(LIST).content.decode()
    assert shown(client.get(LIST, {"user": "bob"}).content.decode()) == ["his"]
