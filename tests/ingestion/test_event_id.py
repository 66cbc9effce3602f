"""`event_id`: what is sent again is answered again, stored once and counted once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organization, Project
from accounts.services import NewTenant
from billing.services import subscribe
from ingestion import services
from ingestion.credentials import find_credential
from ingestion.models import Event, PendingEvent
from ingestion.payload import parse_event
from ingestion.services import Submission
from tests.beside import beside
from tests.ingestion.conftest import EVENT, Send

ONCE = EVENT | {"event_id": "evt_1"}


def test_a_repeat_answers_the_same_and_stores_nothing(send: Send, project: Project) -> None:
    first, again = send(ONCE), send(ONCE)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()  # the ids that were made for the first
    assert Event.objects.filter(project=project).count() == 1
    assert PendingEvent.objects.filter(project=project).count() == 1


def test_ids_come_back_in_the_form_in_which_they_were_sent(send: Send) -> None:
    event = ONCE | {"session_id": 7, "user_id": "u"}
    assert send(event).json() == send(event).json() == {"session_id": 7, "user_id": "u"}


def test_the_first_ids_hold_whatever_a_repeat_says(send: Send) -> None:
    send(ONCE | {"session_id": "first", "user_id": 1})
    repeat = send(ONCE | {"session_id": "second", "user_id": 2}).json()
    assert repeat == {"session_id": "first", "user_id": "1"}


def test_a_repeat_costs_no_quota(send: Send, organization: Organization) -> None:
    subscribe(organization, "pro", event_limit=2)
    assert send(ONCE)["X-RateLimit-Remaining"] == "1"
    send(ONCE)
    assert send(EVENT)["X-RateLimit-Remaining"] == "0"
    assert send(EVENT).status_code == 429
    assert send(ONCE).status_code == 200  # it was accepted once, and still is


def test_an_unknown_event_over_the_quota_is_refused(send: Send, organization: Organization) -> None:
    subscribe(organization, "pro", event_limit=0)
    assert send(ONCE).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_repeats_in_another_order_at_the_same_time_wait_for_each_other(
    tenant: NewTenant, project: Project
) -> None:
    """They would wait in a circle, where each had stored what the other comes to next."""
    sender = find_credential(tenant.key.secret)
    now = timezone.now()
    first, middle, last = (parse_event(EVENT | {"event_id": each}, now) for each in "amz")
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            services._store([Submission(sender, [middle], now)])
            both = [
                beside(pool, partial(services._store, [Submission(sender, events, now)]), waiting)
                for waiting, events in ((1, [first, middle, last]), (2, [last, middle, first]))
            ]
        for each in both:
            each.result()
    assert Event.objects.filter(project=project).count() == 3


def test_each_project_has_its_own(send: Send, project: Project, other_tenant: NewTenant) -> None:
    send(ONCE)
    send(ONCE, api_key=other_tenant.key.secret)
    assert Event.objects.filter(project=project).count() == 1
    assert Event.objects.filter(project=other_tenant.project).count() == 1


@pytest.mark.parametrize("absent", [None, ""])
def test_without_one_each_event_is_new(send: Send, project: Project, absent: Any) -> None:
    for _ in range(2):
        send(EVENT | {"event_id": absent})
    assert Event.objects.filter(project=project).count() == 2


@pytest.mark.parametrize("bad", [True, 1.5, {}, []])
def test_a_bad_one_is_refused(send: Send, bad: Any) -> None:
    answer = send(EVENT | {"event_id": bad})
    assert (answer.status_code, answer.json()["field"]) == (400, "event_id")


def test_one_that_is_too_long_is_refused(send: Send) -> None:
    answer = send(EVENT | {"event_id": "x" * 201})
    assert (answer.json()["code"], answer.json()["field"]) == ("TEXT_TOO_LONG", "event_id")


def test_a_number_is_the_same_as_its_digits(send: Send, project: Project) -> None:
    send(EVENT | {"event_id": 12})
    send(EVENT | {"event_id": "12"})
    assert Event.objects.filter(project=project).count() == 1


def test_repeats_within_a_batch_are_one_event(send: Send, project: Project) -> None:
    answer = send([ONCE, EVENT, ONCE], path="/track/batch").json()
    assert answer["accepted"] == 3
    assert answer["events"][0]["session_id"] == answer["events"][2]["session_id"]
    assert Event.objects.filter(project=project).count() == 2


@pytest.mark.django_db(transaction=True)
def test_repeats_at_the_same_time_are_one_event(
    send: Send, project: Project, organization: Organization
) -> None:
    subscribe(organization, "pro", event_limit=100)

    def one(_: int) -> Any:
        try:
            return send(ONCE).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(48)))
    assert all(answer == answers[0] for answer in answers)
    assert Event.objects.filter(project=project).count() == 1
    assert send(EVENT)["X-RateLimit-Remaining"] == "98"
