"""The overview: the right numbers with their bases, and words where there are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.models import Project, User
from clustering.models import ClusteringRun, Lineage, LineageKind, RunState
from clustering.reports import slices
from clustering.reports.selectors import period_of
from journeys.overview import ROWS, Overview, overview
from tests.journeys.conftest import NOW, OUTLIER, Speaker
from tests.journeys.test_journeys_page import HOSTILE, words

pytestmark = pytest.mark.django_db

PAGE = "/p/inkwell/overview/"


@pytest.fixture
def client(teammate: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(teammate)


@pytest.fixture
def fortnight(speaker: Speaker) -> Speaker:
    """Pricing grows from 1 to 12 sessions in a week, logging in shrinks, refunds are new."""
    speaker.say("first", ["Log in"], ended=NOW - timedelta(days=20))
    speaker.say("old", ["Pricing"], ended=NOW - timedelta(days=9))
    for number in range(12):
        speaker.say(f"before{number}", ["Log in", "Log in"], ended=NOW - timedelta(days=9))
        speaker.say(f"now{number}", ["Pricing", "Refund"], ended=NOW - timedelta(days=1))
    speaker.say("lost", [OUTLIER, "Log in"], ended=NOW - timedelta(days=1))
    return speaker


def shown(speaker: Speaker, days: str = "7") -> Overview:
    when = period_of(speaker.field, days)
    return overview(slices.load(speaker.field), when, when.end)


def test_messages_and_sessions_are_counted_over_time(fortnight: Speaker) -> None:
    found = shown(fortnight)
    assert (found.messages.occurrences, found.messages.before) == (26, 25)
    assert (found.sessions.occurrences, found.sessions.before) == (13, 13)
    assert sorted(found.messages.bars) == [0] * 6 + [26]
    assert found.messages.earlier[4] == 25  # nine days ago
    assert sum(found.messages.bars) == found.topics.occurrences
    assert found.ends.several.count == 12
    assert found.ends.several.base == 13


def test_topics_that_move_are_told_apart(fortnight: Speaker) -> None:
    movers = shown(fortnight).movers
    told = {
        kind: [(str(row.topic), row.trend.occurrences, row.trend.before) for row in table.rows]
        for kind, table in vars(movers).items()
    }
    assert told == {
        "new": [("Refund", 12, 0)],
        "growing": [("Pricing", 12, 1)],
        "shrinking": [("Log in", 1, 24)],
    }


def test_without_messages_before_nothing_moves(fortnight: Speaker, client: Client) -> None:
    found = shown(fortnight, "all")
    assert not found.is_comparable
    assert [table.total for table in vars(found.movers).values()] == [0, 0, 0]
    assert "Nothing was sent before this period" in words(
        client.get(f"{PAGE}?days=all").content.decode()
    )


def test_that_nothing_came_before_is_said_once(fortnight: Speaker, client: Client) -> None:
    page = client.get(f"/p/{fortnight.project.slug}/overview/?days=90").content.decode()
    assert page.count("before this period to compare with") == 1


def test_more_than_a_few_are_counted_and_listed_first_elsewhere(
    speaker: Speaker, client: Client
) -> None:
    speaker.say("old", ["Log in"], ended=NOW - timedelta(days=20))
    for number in range(ROWS + 2):
        speaker.say("now", [f"Topic {number}"] * 9, ended=NOW - timedelta(hours=1))
    table = shown(speaker).movers.new
    assert (len(table.rows), table.total, table.more) == (ROWS, ROWS + 2, 2)
    page = client.get(PAGE, {"days": "7"}).content.decode()
    assert '&amp;days=7&amp;sort=newest">and 2 more</a>' in page


def test_every_number_has_its_base(fortnight: Speaker, client: Client) -> None:
    page = words(client.get(f"{PAGE}?days=7").content.decode())
    assert "Messages 26 +4 %, 25 before" in page
    assert "Sessions 13 ±0 %, 13 before" in page
    assert "12 of 13 sessions" in page
    assert "3.8 % 1 of 26 messages" in page
    assert "Pricing 92 % 12 of 13" in page
    assert "Refund 92 % 12 of 13" in page
    assert "shares of 26 messages" in page
    assert "Pricing 12 messages, 1 before × 12" in page


def test_the_last_run_is_told(fortnight: Speaker, client: Client) -> None:
    done = ClusteringRun.objects.create(
        project=fortnight.project, field=fortnight.field, state=RunState.DONE, texts=40, topics=3
    )
    ClusteringRun.objects.create(project=fortnight.project, field=fortnight.field)
    Lineage.objects.create(
        project=fortnight.project,
        run=done,
        kind=LineageKind.BORN,
        target=fortnight.topic("Refund"),
        share=0.5,
    )
    found = shown(fortnight)
    assert found.run == done
    page = words(client.get(PAGE).content.decode())
    assert "3 topics in 40 different texts" in page
    assert "1 born" in page


def test_warnings_of_data_quality_are_told(speaker: Speaker, client: Client) -> None:
    for number in range(60):
        speaker.say(f"s{number}", ["Log in"])
    page = words(client.get(PAGE).content.decode())
    assert "60 of 60 (100 %) sessions have one message." in page
    assert "Look at this Sessions hold conversations" in page


def test_a_name_is_escaped(speaker: Speaker, client: Client) -> None:
    speaker.say("s", [HOSTILE, HOSTILE])
    page = client.get(PAGE).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_each_dimension_has_its_own(speaker: Speaker, client: Client) -> None:
    speaker.say("s", ["Pricing"])
    feedback = Speaker(speaker.project, "feedback")
    feedback.say("t", ["Praise", "Praise"])
    assert client.get(f"{PAGE}?field=feedback").context["overview"].field == feedback.field
    page = words(client.get(f"{PAGE}?field=feedback").content.decode())
    assert "Praise" in page
    assert "Pricing" not in page


def test_what_to_do_is_said_where_there_is_nothing(project: Project, client: Client) -> None:
    services.show_checklist(project, False)
    assert "No texts yet" in client.get(PAGE).content.decode()
    speaker = Speaker(project)
    assert "0 of about 20 messages" in client.get(PAGE).content.decode()
    speaker.say("s", ["Pricing"], ended=NOW - timedelta(days=40))
    page = client.get(f"{PAGE}?field=prompt").content.decode()
    assert "No messages in this period" in page
    assert 'href="?field=prompt&amp;days=all"' in page


@pytest.mark.usefixtures("project")
def test_a_member_begins_here(client: Client) -> None:
    assert [client.get(page).headers["Location"] for page in ("/", "/p/inkwell/")] == [PAGE] * 2


def test_more_topics_and_sessions_cost_no_more_queries(fortnight: Speaker, client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(f"{PAGE}?days=7")
        return len(found)

    before = queries()
    for number in range(20):
        fortnight.say(f"more{number}", [f"Topic {number}", "Pricing"])
    assert queries() <= before <= 40
