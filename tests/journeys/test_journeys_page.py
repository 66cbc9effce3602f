"""The journeys page: the right numbers for members, words where there are none, and no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from clustering.models import Topic
from ingestion.models import Field
from journeys import views
from tests.journeys.conftest import NOW, OUTLIER, Speaker

SignedIn = Callable[[User], Client]
PAGE = "/p/inkwell/journeys/"
HOSTILE = "<script>alert(1)</script>\"'&{{ 7 }}"


@pytest.fixture
def read(teammate: User, signed_in: SignedIn) -> Callable[[str], str]:
    """Return the page as the text a reader sees, white space folded."""
    client = signed_in(teammate)

    def page(query: str = "") -> str:
        response = client.get(PAGE + query)
        assert response.status_code == 200
        return words(response.content.decode())

    return page


def words(html: str) -> str:
    html = html.split("<main", 1)[1].split("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def section(text: str, start: str, end: str) -> str:
    return text.split(start, 1)[1].split(end, 1)[0]


@pytest.fixture
def conversations(speaker: Speaker) -> Speaker:
    """Twelve sessions that go pricing, features, pricing; four about logging in twice; one open."""
    for number in range(12):
        speaker.say(f"p{number}", ["Pricing", "Features", "Pricing"])
    for number in range(4):
        speaker.say(f"l{number}", ["Log in", "Log in", OUTLIER])
    speaker.say("open", ["Pricing"], ended=NOW)
    return speaker


def test_a_hidden_topic_is_passed_over(conversations: Speaker, read: Callable[[str], str]) -> None:
    """Pricing, features, pricing is one step; three sessions of features alone have none."""
    for number in range(3):
        conversations.say(f"f{number}", ["Features", OUTLIER])
    assert "hidden" not in read("").split("How this is counted")[0]
    conversations.hide("Features")
    text = read("")
    assert "1 hidden topic skipped" in text
    assert "Sessions 17 that began" in text
    assert "With two topics or more 0 % 0 of 17 sessions" in text
    assert "3 sessions of nothing but these and hidden topics left out" in text
    assert "Features" not in text
    for name in ("Pricing", "Log in"):
        conversations.hide(name)
    assert "Only outliers and hidden topics in this period" in read("")
    assert "Sessions 7 that began" in read("?outliers=show")


def test_every_number_has_its_base(conversations: Speaker, read: Callable[[str], str]) -> None:
    text = read("")

    assert "Sessions 17 that began in this period" in text
    assert "With two topics or more 71 % 12 of 17 sessions" in text
    assert "Still open 5.9 % 1 of 17 sessions" in text
    assert "Median steps 3" in text
    assert "Outliers 8.2 % 4 of 49 messages, skipped" in text
    starts = section(text, "Starting topics", "Drop-off")
    assert "Pricing 76 % 13 of 17 × 1.3 53–90 % 61 %" in starts
    assert "Log in 24 % 4 of 17" in starts
    assert "too few" in starts.split("Log in")[1]
    drop_off = section(text, "Drop-off", "Back-and-forth")
    assert "Pricing 75 % 12 of 16 100 % 12 of 12" in drop_off
    back_and_forth = section(text, "Back-and-forth", "Repeats")
    assert "Pricing Features 100 % 12 of 12 76–100 %" in back_and_forth
    repeats = section(text, "Repeats", "How this is counted")
    assert "Log in 100 % 4 of 4 too few 4" in repeats


def test_follow_ups_sum_to_all_sessions_that_visit(
    conversations: Speaker, read: Callable[[str], str]
) -> None:
    text = section(read(""), "Common follow-ups", "Starting topics")

    assert "After the first visit to Pricing , in 13 of 17 sessions." in text
    assert "92 % come back to it later (12 of 13)" in text
    assert "Features 92 % 12 of 13 × 1.3 92 % 12 of 13 67–99 %" in text
    assert "Ended here 0 % 0 of 13" in text
    assert "Still open, nothing yet 7.7 % 1 of 13" in text
    assert "Together 100 % 13 of 13" in text


def test_follow_ups_of_the_topic_that_was_asked_for(
    conversations: Speaker, read: Callable[[str], str]
) -> None:
    text = read(f"?topic={conversations.topic('Log in').pk}")

    assert "After the first visit to Log in , in 4 of 17 sessions." in text
    assert "Ended here 100 % 4 of 4" in text


def test_outliers_are_steps_when_shown(conversations: Speaker, read: Callable[[str], str]) -> None:
    text = read("?outliers=show&topic=outlier")

    assert "4 of 49 messages, shown as steps" in text
    assert "After the first visit to Outlier , in 4 of 17 sessions." in text
    assert "Outlier 25 % 4 of 16 100 % 4 of 4" in section(text, "Drop-off", "Back-and-forth")


def test_what_stands_out_is_told_in_sentences(
    speaker: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    for number in range(24):
        speaker.say(f"a{number}", [HOSTILE, "Features"])
        speaker.say(f"b{number}", ["Log in", "Log in"] if number < 12 else ["Log in"])
        speaker.say(f"c{number}", ["Refunds", "Pricing"] if number < 3 else ["Pricing"])
    html = signed_in(teammate).get(PAGE).content.decode()
    told = section(words(html), "What stands out", "From topic to topic")

    assert "100 % go on to Features . 24 of 24 sessions , 3.1 times as often" in told
    assert "50 % of those who come to Log in ask again at once. 12 of 24 sessions" in told
    assert "Refunds" not in told
    assert "<script>alert" not in html
    (behind,) = re.findall(r'href="([^"]+/paths/sessions/[^"]+)"', html)
    assert "24 sessions" in words(signed_in(teammate).get(behind).content.decode())


def test_a_period_counts_the_sessions_that_began_in_it(
    conversations: Speaker, read: Callable[[str], str]
) -> None:
    conversations.say("old", ["Refunds"], ended=NOW - timedelta(days=20))

    assert "Sessions 17 that" in read("?days=7")
    assert "Sessions 18 that" in read("?days=30")
    refunds = read(f"?days=7&topic={conversations.topic('Refunds').pk}")
    assert "No session of this period comes to Refunds." in refunds


def test_the_diagram_leads_from_each_topic_to_what_follows(
    conversations: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    html = signed_in(teammate).get(PAGE).content.decode()
    wide = section(html, 'class="flow flow-wide"', "</svg>")

    assert wide.count('class="flow-ribbon') == 2
    assert f'href="?topic={conversations.topic("Pricing").pk}#follow-ups"' in wide
    assert "Pricing → Features: 12 times, in 12 of 17 sessions" in wide
    assert "all 2 different transitions, made 24 times" in words(html)


def test_what_users_wrote_is_text_not_markup(
    speaker: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    for number in range(3):
        speaker.say(f"s{number}", [HOSTILE, "Features", HOSTILE, HOSTILE])
    html = signed_in(teammate).get(PAGE).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;{{ 7 }}" in html


def test_a_project_without_a_text_field_says_what_to_send(
    project: Project, read: Callable[[str], str]
) -> None:
    assert "A journey is the sequence of topics in a session." in read("")


def test_a_dimension_without_topics_says_what_it_takes(
    project: Project, read: Callable[[str], str]
) -> None:
    Field.objects.create(project=project, key="prompt", detected_type="text")

    assert "messages before the first topics" in read("")


def test_a_period_without_sessions_offers_a_longer_one(
    speaker: Speaker, read: Callable[[str], str]
) -> None:
    speaker.say("old", ["Pricing"], ended=NOW - timedelta(days=60))

    assert "No session began in this period" in read("")
    assert "Sessions 1 that" in read("?days=all")


def test_a_period_of_outliers_alone_says_so(speaker: Speaker, read: Callable[[str], str]) -> None:
    speaker.topic("Pricing")
    speaker.say("s", [OUTLIER])

    assert "Only outliers in this period" in read("")
    assert "Sessions 1 that" in read("?outliers=show")


def test_sessions_that_never_move_have_no_diagram(
    speaker: Speaker, read: Callable[[str], str]
) -> None:
    speaker.say("s", ["Pricing"], ended=NOW)
    text = read("")

    assert "No session of this period goes from one topic to another." in text
    assert "none has ended yet" in text


def test_all_rows_are_a_link_away(
    speaker: Speaker,
    read: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    teammate: User,
    signed_in: SignedIn,
) -> None:
    for number in range(14):
        speaker.say(f"s{number}", [f"Topic {chr(65 + number)}", "Pricing"])
    page = signed_in(teammate).get(PAGE).content.decode()
    assert '<a href="?rows=all#starts">Show all 14</a>' in page
    starts = section(read(""), "Starting topics", "Drop-off")
    everything = section(read("?rows=all"), "Starting topics", "Drop-off")

    assert "Show all 14" in starts
    assert "Topic N" not in starts
    assert "Topic N" in everything
    monkeypatch.setattr(views, "ALL_ROWS", 12)
    assert "Show 12 of 14" in section(read(""), "Starting topics", "Drop-off")
    assert "The first 12 of 14." in section(read("?rows=all"), "Starting topics", "Drop-off")


@pytest.mark.parametrize("query", ["?topic=9" + "9" * 30, "?topic=%00", "?days=x", "?field=y"])
def test_a_url_that_names_nothing_shows_the_usual(
    query: str, conversations: Speaker, read: Callable[[str], str]
) -> None:
    assert "After the first visit to Pricing" in read(query)


def test_a_topic_that_is_none_is_not_there(
    conversations: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    assert signed_in(teammate).get(PAGE + "?topic=999999999").status_code == 404


def test_a_topic_of_another_project_is_not_there(
    conversations: Speaker, outsider: User, teammate: User, signed_in: SignedIn
) -> None:
    rival = Project.objects.unscoped().get(slug="rival")
    Speaker(rival).say("s", ["Secret"])
    secret = Topic.objects.get(project=rival)

    page = signed_in(teammate).get(f"{PAGE}?topic={secret.pk}")
    assert page.status_code == 404
    assert "Secret" not in page.content.decode()
    assert signed_in(outsider).get(PAGE).status_code == 404


def test_queries_do_not_grow_with_sessions_or_topics(
    speaker: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)

    def queries(upto: int) -> int:
        for number in range(upto):
            speaker.say(f"s{upto}-{number}", [f"Topic {number}", "Pricing", "Features"])
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    few = queries(2)
    assert queries(12) == few
    assert few <= 25
