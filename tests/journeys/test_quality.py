"""What data quality says of events that are sent well, and of those that are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client

from accounts.models import Project, User
from clustering.reports import slices
from clustering.reports.selectors import period_of
from ingestion.models import Event, Field
from journeys import quality_selectors
from journeys.quality import Seen, Standing, checks, effective_number
from journeys.statistics import Share
from tests.downloads import rows
from tests.journeys.conftest import NOW, Speaker

pytestmark = pytest.mark.django_db

PAGE = "/p/inkwell/quality/"


@pytest.fixture
def client(teammate: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(teammate)


def well_sent(**changed: object) -> Seen:
    seen = {
        "sizes": np.full(100, 4),
        "users": np.ones(100, np.int64),
        "alone": Share(0, 400),
        "commonest_user": Share(4, 90),
        "commonest_text": Share(4, 400),
        "commonest_topic": Share(40, 400),
        "topics": 12.0,
        "ahead": Share(0, 400),
        "textless": Share(10, 410),
        "textless_name": "page_view",
    }
    return Seen(**{**seen, **changed})  # type: ignore[arg-type]


def warnings(seen: Seen) -> list[str]:
    return [check.title for check in checks(seen) if check.standing == Standing.WARNING]


def test_events_that_are_sent_well_have_no_warning() -> None:
    assert warnings(well_sent()) == []


@pytest.mark.parametrize(
    ("changed", "title"),
    [
        ({"sizes": np.ones(100, np.int64)}, "Sessions hold conversations"),
        ({"users": np.array([9, *[1] * 99])}, "A session belongs to one user"),
        ({"sizes": np.array([5_000, *[3] * 99])}, "Sessions come to an end"),
        ({"alone": Share(300, 400)}, "Messages name their user"),
        ({"commonest_user": Share(60, 90)}, "Users are told apart"),
        ({"textless": Share(300, 400)}, "Events carry text"),
        ({"commonest_text": Share(100, 400)}, "Texts are people’s own"),
        ({"commonest_topic": Share(300, 400)}, "Topics are diverse"),
        ({"ahead": Share(40, 400)}, "Clocks are right"),
    ],
)
def test_each_mistake_has_its_warning(changed: dict[str, object], title: str) -> None:
    found = checks(well_sent(**changed))
    assert found[0].title == title
    assert found[0].standing == Standing.WARNING
    assert [check.standing for check in found[1:]] == [Standing.FINE] * 8


def test_few_messages_are_not_judged() -> None:
    few = {"alone": Share(9, 9), "commonest_text": Share(9, 9), "sizes": np.ones(9, np.int64)}
    assert warnings(well_sent(**few)) == []


def test_without_topics_there_is_no_diversity_to_tell() -> None:
    (told,) = (
        each.seen
        for each in checks(well_sent(commonest_topic=Share(0, 0), topics=0.0))
        if each.title == "Topics are diverse"
    )
    assert told == "No message has a topic."


def test_equally_common_topics_are_as_diverse_as_they_are_many() -> None:
    assert effective_number(np.array([5, 5, 0, 5])) == pytest.approx(3)
    assert effective_number(np.array([7])) == pytest.approx(1)
    assert effective_number(np.zeros(3, np.int64)) == 0


def test_what_is_seen_is_what_was_sent(project: Project, speaker: Speaker) -> None:
    for number in range(6):
        at = NOW - timedelta(hours=number)
        for second in range(1 if number else 2):
            at += timedelta(seconds=second)
            speaker.message("constant", "Login", at, user_id=f"u{number}")
    speaker.say("two", ["Pricing", "Pricing", "Login"], user_id="cy")
    speaker.say("one", ["Pricing"], user_id="di")
    for minute, user_id in enumerate(("ada", "bob", "eve", "ada", "ada", "bob")):
        at = NOW - timedelta(minutes=60 - minute)
        speaker.message("in turns", "Refunds", at, user_id=user_id)
    Event.objects.create(
        project=project,
        name="page_view",
        session_id="two",
        user_id="",
        metadata={},
        timestamp=NOW + timedelta(days=2),
        received_at=NOW,
    )
    seen = quality_selectors.seen(slices.load(speaker.field), period_of(speaker.field, "7"))
    told = sorted(zip(seen.sizes.tolist(), seen.users.tolist(), strict=True))
    assert told == [(1, 0), (3, 1), (6, 2), (7, 1)]
    assert (seen.alone.count, seen.alone.base) == (6, 16)
    assert (seen.commonest_topic.count, seen.commonest_text.count) == (8, 8)
    assert (seen.ahead.count, seen.textless.count, seen.textless.base) == (1, 1, 18)
    assert (seen.commonest_user, seen.textless_name) == (Share(1, 4), "page_view")


def test_a_client_that_sends_no_user_is_told_that_and_nothing_of_its_sessions(
    speaker: Speaker,
) -> None:
    """Each of its events has a generated user_id."""
    for session in range(20):
        for minute in range(6):
            at = NOW - timedelta(minutes=60 - minute)
            speaker.message(f"s{session}", "Login", at, user_id=str(uuid4()))
    seen = quality_selectors.seen(slices.load(speaker.field), period_of(speaker.field, "7"))
    found = {check.title: check for check in checks(seen)}
    assert found["Messages name their user"].standing == Standing.WARNING
    assert found["Messages name their user"].seen.startswith(
        "In sessions of several messages, 120 of 120 (100 %) have a user_id"
    )
    assert found["A session belongs to one user"].standing == Standing.FINE


def test_a_constant_session_is_told_from_users_that_are_not_sent(speaker: Speaker) -> None:
    for number in range(60):
        at = NOW - timedelta(minutes=number)
        speaker.message("default", "Login", at, user_id=f"user {number % 12}")
    seen = quality_selectors.seen(slices.load(speaker.field), period_of(speaker.field, "7"))
    found = {check.title: check for check in checks(seen)}
    assert found["A session belongs to one user"].standing == Standing.WARNING
    assert found["Messages name their user"].standing == Standing.FINE


def test_the_page_tells_what_to_do(client: Client, speaker: Speaker) -> None:
    for number in range(60):
        speaker.say(f"s{number}", ["Login"])
    page = client.get(PAGE).content.decode()
    assert "60 of 60 (100 %) sessions have one message." in page
    assert "send the same session_id" in page
    assert "None has changed." in page


def test_events_are_counted_by_name_and_day(
    client: Client, project: Project, speaker: Speaker
) -> None:
    speaker.say("s", ["Login"], ended=NOW)
    speaker.say("t", ["Pricing"], ended=NOW)
    for number in range(12):
        (event,) = speaker.say(f"s{number}", ["Login"], ended=NOW - timedelta(days=1))
        Event.objects.filter(project=project, pk=event.pk).update(name=f"<b>name {number}</b>")
    for _ in range(3):
        Event.objects.create(
            project=project,
            name="page_view",
            session_id="s",
            user_id="",
            metadata={},
            timestamp=NOW - timedelta(days=1),
        )
    assert f'hx-get="{PAGE}days/' in client.get(PAGE).content.decode()
    response = client.get(f"{PAGE}days/")
    days = response.context["days"]
    assert days.names[0] == "user_prompt"
    assert (len(days.names), days.others) == (8, 5)
    assert sum(day.others for day in days.rows) == 5
    assert [day.all for day in days.rows] == [2, 15, 0, 0, 0, 0, 0]  # days without are seen
    assert [day.textless for day in days.rows] == [0, 3, 0, 0, 0, 0, 0]
    assert "<b>name" not in response.content.decode()
    today, yesterday, *_ = rows(client.get(f"{PAGE}days/", {"format": "csv"}))
    assert (today["user_prompt"], yesterday["other names"]) == ("2", "5")
    assert (yesterday["events"], yesterday["without prompt"]) == ("15", "3")


def test_an_event_of_tomorrow_counts_for_today(client: Client, speaker: Speaker) -> None:
    speaker.say("s", ["Login"], ended=NOW + timedelta(days=1))
    assert client.get(f"{PAGE}days/").context["days"].rows[0].all == 1


def test_days_are_cut_to_the_latest(client: Client, speaker: Speaker) -> None:
    for ago in (0, 89, 90, 400):
        speaker.say(f"s{ago}", ["Login"], ended=NOW - timedelta(days=ago))
    response = client.get(f"{PAGE}days/?days=all")
    days = response.context["days"]
    assert (len(days.rows), days.all, days.rows[-1].named) == (90, 2, {"user_prompt": 1})
    assert "The latest 90 days" in response.content.decode()


def test_a_field_that_changed_is_listed(client: Client, speaker: Speaker) -> None:
    Field.objects.create(
        project=speaker.project,
        key="amount",
        detected_type="enum",
        changed_from="number",
        changed_at=NOW,
    )
    speaker.say("s", ["Login"])
    page = client.get(PAGE).content.decode()
    assert "amount" in page
    assert "Number" in page


@pytest.mark.parametrize("query", ["", "?days=all", "?days=x&field=%00"])
def test_a_project_without_events_has_a_page(client: Client, query: str) -> None:
    assert client.get(PAGE + query).status_code == 200
    assert client.get(f"{PAGE}days/{query}").status_code == 404


def test_a_dimension_without_messages_has_a_page(client: Client, speaker: Speaker) -> None:
    assert client.get(PAGE).status_code == 200
    assert "No events in this period" in client.get(f"{PAGE}days/").content.decode()
