"""What comes before and after a topic, on the topic's own page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from journeys.around import Lead
from journeys.statistics import Share
from tests.journeys.conftest import NOW, OUTLIER, Speaker

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]


@pytest.fixture
def conversations(speaker: Speaker) -> Speaker:
    for number in range(12):
        speaker.say(f"p{number}", ["Pricing", OUTLIER, "Features", "Pricing"])
    for number in range(3):
        speaker.say(f"f{number}", ["Features"])
    speaker.say("open", ["Log in", "Features"], ended=NOW)
    return speaker


def get(client: Client, speaker: Speaker, name: str, days: str = "30") -> Any:
    topic = speaker.topic(name).pk
    return client.get(f"/p/{speaker.project.slug}/topics/{topic}/around/?days={days}")


def test_both_sides_of_the_first_visit_sum_to_all_its_sessions(
    conversations: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    told = get(signed_in(teammate), conversations, "Features").context["around"]
    before = {lead.state.name if lead.state else None: lead.share for lead in told.before}
    assert before == {"Pricing": Share(12, 16), "Log in": Share(1, 16), None: Share(3, 16)}
    after = {row.state.name if row.state else row.kind: row.next.count for row in told.after.rows}
    assert after == {"Pricing": 12, "ended": 3, "open": 1}
    assert told.after.base == 16


def test_beyond_five_topics_the_others_are_counted(
    speaker: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    for number in range(8):
        speaker.say(f"s{number}", [f"Topic {number}", "Pricing"])
    told = get(signed_in(teammate), speaker, "Pricing").context["around"]
    assert told.before[-2:] == (Lead(None, Share(3, 8), others=3), Lead(None, Share(0, 8)))
    assert sum(lead.share.count for lead in told.before) == 8


def test_hidden_topics_are_passed_over(
    conversations: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)
    conversations.hide("Pricing")
    told = get(client, conversations, "Features").context["around"]
    assert [lead.state and lead.state.name for lead in told.before] == ["Log in", None]
    hidden = get(client, conversations, "Pricing")
    assert hidden.context["around"] is None
    assert "A hidden topic is no step of journeys" in hidden.content.decode()


def test_a_topic_without_a_session_in_the_period_says_so(
    conversations: Speaker, teammate: User, signed_in: SignedIn
) -> None:
    conversations.say("old", ["Refunds", "Pricing"], ended=NOW - timedelta(days=40))
    client = signed_in(teammate)
    assert b"No session that began in this period" in get(client, conversations, "Refunds").content
    assert get(client, conversations, "Refunds", "all").context["around"].after.base == 1
    assert b"No session that began" in get(client, conversations, "Never said").content


def test_names_are_escaped_and_outsiders_get_nothing(
    speaker: Speaker, teammate: User, outsider: User, signed_in: SignedIn
) -> None:
    speaker.say("s", ["Pricing", "<script>alert(1)</script>", "Pricing"])
    page = get(signed_in(teammate), speaker, "Pricing").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert get(signed_in(outsider), speaker, "Pricing").status_code == 404
