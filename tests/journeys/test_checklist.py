"""The checklist of a new project ticks what the database shows, and asks again until it is done."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, Project, User
from clustering import pipeline
from clustering.models import ClusteringRun, RunState
from clustering.runs.due import FIRST_RUN_TEXTS
from ingestion.models import Event, Field, PendingEvent
from journeys.checklist import LATEST_MS, SOONEST_MS, pause_ms
from tests.clustering.messages import send
from tests.journeys.conftest import OUTLIER, Speaker
from tests.journeys.test_journeys_page import HOSTILE

pytestmark = pytest.mark.django_db

OVERVIEW = "/p/inkwell/overview/"
PART = "/p/inkwell/checklist/"


@pytest.fixture
def client(owner: User, project: Project, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


def part(client: Client, query: str = "") -> str:
    return " ".join(client.get(PART + query).content.decode().split())


def done(page: str) -> list[bool]:
    """Of each step, whether it is ticked."""
    return [bool(each) for each in re.findall(r'<li( class="done")?>', page)]


def waiting(project: Project, age: timedelta = timedelta(0)) -> Event:
    """An event that was accepted and not read."""
    event = Event.objects.create(
        project=project, name="user_prompt", session_id="conv_7", user_id="ada", metadata={},
        timestamp=timezone.now(),
    )  # fmt: skip
    PendingEvent.objects.create(project=project, event=event, received_at=timezone.now() - age)
    return event


def test_a_new_project_opens_with_it_and_with_code_to_paste(client: Client) -> None:
    page = client.get(OVERVIEW).content.decode()
    assert "Set up Inkwell" in page
    assert "1 of 4 done" in page
    assert page.count("YOUR_API_KEY") >= 3
    assert "Open sample data" in page


def test_the_first_step_is_a_live_key(client: Client, project: Project) -> None:
    assert done(part(client)) == [True, False, False, False]
    ApiKey.objects.filter(project=project).update(revoked_at=timezone.now())
    assert done(part(client)) == [False, False, False, False]
    assert "Create a key" in part(client)


def test_the_second_step_is_an_event(client: Client, project: Project) -> None:
    waiting(project)
    page = part(client)
    assert done(page) == [True, True, False, False]
    assert "1 received" in page
    assert "session <bdi>conv_7</bdi>" in page
    assert "The first events are being read" in page
    assert "worker" not in page
    assert "Send a first event" not in client.get(OVERVIEW).content.decode()


def test_an_event_that_waits_too_long_says_that_nobody_reads(
    client: Client, project: Project
) -> None:
    waiting(project, age=timedelta(minutes=5))
    assert "see whether a worker runs" in part(client)


def test_it_counts_different_messages_until_the_first_topics(
    client: Client, project: Project
) -> None:
    send(project, [f"How do I reset password number {number}?" for number in range(3)])
    pipeline.process(project)
    page = part(client)
    assert done(page) == [True, True, False, False]
    assert "3 of about 20 different messages in <code>prompt</code>" in page
    assert '<progress class="progress" max="20" value="3"' in page


def test_messages_that_wait_to_be_read_are_not_asked_for_again(
    client: Client, project: Project, speaker: Speaker
) -> None:
    speaker.say("s", [OUTLIER], text="How do I reset my password?")
    for _ in range(3):
        waiting(project)
    page = part(client)
    assert "1 of about 20 different messages" in page
    assert "3 more wait to be read" in page
    assert "eight are enough" not in page
    topics = client.get("/p/inkwell/topics/").content.decode()
    assert "What was received waits to be read" in topics
    assert "outliers" not in topics.split("<main")[1].split('id="progress"')[0]


def test_enough_messages_are_said_to_be_enough(client: Client, speaker: Speaker) -> None:
    for number in range(FIRST_RUN_TEXTS):
        speaker.say(f"s{number}", [OUTLIER], text=f"message {number}")
    assert "There are enough messages" in part(client)
    topics = client.get("/p/inkwell/topics/").content.decode()
    assert "The first topics come within a minute or two" in topics


def test_events_without_a_text_are_told_what_is_missing(client: Client, project: Project) -> None:
    Field.objects.create(project=project, key=HOSTILE[:40], detected_type="enum")
    page = part(client)
    assert "No text among the fields so far" in page
    assert html.escape(HOSTILE[:40]) in page
    assert HOSTILE[:40] not in page


def test_a_run_is_followed_and_its_failure_told(client: Client, speaker: Speaker) -> None:
    speaker.say("s", [OUTLIER])
    run = ClusteringRun.objects.create(project=speaker.project, field=speaker.field, stage="find")
    assert "finding topics, step 2 of 6" in part(client)
    ClusteringRun.objects.filter(project=speaker.project, pk=run.pk).update(state=RunState.FAILED)
    assert "The last run failed" in part(client)
    ClusteringRun.objects.filter(project=speaker.project, pk=run.pk).update(
        state=RunState.DONE, texts=21
    )
    assert "The 21 messages of the last run have too little in common" in part(client)


def test_topics_without_journeys_are_told_what_is_missing(client: Client, speaker: Speaker) -> None:
    speaker.say("one", ["Pricing", "Pricing"])
    speaker.say("two", ["Log in", OUTLIER])
    page = part(client)
    assert done(page) == [True, True, True, False]
    assert "2 topics in <code>prompt</code>" in page
    assert "No session has messages on two topics yet" in page
    assert "Set up Inkwell" in client.get(OVERVIEW).content.decode()


def test_it_ends_with_the_first_journey(client: Client, speaker: Speaker) -> None:
    speaker.say("one", ["Pricing", "Log in"])
    page = part(client)
    assert done(page) == [True] * 4
    assert "<bdi>Inkwell</bdi> is set up" in page
    assert "hx-get" not in page
    assert 'id="checklist"' not in client.get(OVERVIEW).content.decode()


def test_it_asks_ever_later_until_something_changes(client: Client, project: Project) -> None:
    page = client.get(OVERVIEW).content.decode()
    pauses = []
    for _ in range(20):
        (query,) = re.findall(rf'hx-get="{PART}([^"]+)"', page)
        page = part(client, html.unescape(query))
        pauses.append(int(re.findall(r"load delay:(\d+)ms", page)[0]))
    assert pauses == sorted(pauses)
    assert SOONEST_MS < pauses[0] < pauses[-1] == LATEST_MS

    waiting(project)
    (query,) = re.findall(rf'hx-get="{PART}([^"]+)"', page)
    assert f"load delay:{SOONEST_MS}ms" in part(client, html.unescape(query))


@pytest.mark.parametrize("asked", ["", "-1", "x", "9" * 50, "²"])
def test_a_count_that_is_none_begins_anew(client: Client, asked: str) -> None:
    assert 'id="checklist"' in part(client, f"?asked={asked}")
    assert pause_ms(10**6) == LATEST_MS


def test_it_is_dismissed_and_comes_back(client: Client, project: Project) -> None:
    client.post(f"{PART}show/")
    assert 'id="checklist"' not in client.get(OVERVIEW).content.decode()
    assert part(client) == ""

    settings = client.get("/p/inkwell/settings/").content.decode()
    assert "Show the checklist" in settings
    client.post(f"{PART}show/", {"again": "yes"})
    assert 'id="checklist"' in client.get(OVERVIEW).content.decode()


def test_a_new_key_is_shown_once_and_stored_nowhere(client: Client, project: Project) -> None:
    response = client.post("/o/inkwell/", {"name": "Help desk"}, follow=True)
    secret = response.context["new_key"]["secret"]
    assert response.content.decode().count(secret) == 4
    assert "no-store" in response.headers["Cache-Control"]
    assert secret not in client.get("/p/help-desk/overview/").content.decode()


def test_the_key_of_one_project_is_not_shown_on_another(client: Client, project: Project) -> None:
    other = services.create_project(project.organization, "Other")
    secret = client.post("/o/inkwell/", {"name": "Help desk"})
    assert secret.status_code == 302
    page = client.get(f"/p/{other.slug}/overview/").content.decode()
    assert "tur_live_" not in page


def test_asking_costs_as_many_queries_for_many_events(client: Client, speaker: Speaker) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            part(client)
        return len(found)

    speaker.say("s0", ["Pricing"])
    before = queries()
    for number in range(10):
        speaker.say(f"s{number}", ["Pricing", "Pricing"])
    assert queries() == before <= 18
