"""Where a user is logged in, and ending it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import sessions, two_factor
from accounts.models import User, UserSession
from tests.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0"
)


@pytest.fixture
def log_in(owner: User) -> Callable[..., Client]:
    def client_of(agent: str = FIREFOX) -> Client:
        client = Client(headers={"user-agent": agent})
        form = {"username": owner.email, "password": PASSWORD}
        assert client.post("/login", form).status_code == 302
        return client

    return client_of


def is_logged_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def noted(client: Client) -> UserSession:
    return UserSession.objects.get(session=client.session.session_key)


def test_a_log_in_is_noted_with_its_device_and_address(
    log_in: Callable[..., Client], owner: User
) -> None:
    found = noted(log_in(SAFARI))

    assert (found.user, found.device, found.address) == (owner, "Safari on an iPhone", "127.0.0.1")
    assert (found.seen_at.minute, found.seen_at.second) == (0, 0)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        ("", "Unknown device"),
        ("curl/8.14.1", "Unknown device"),
        ("<script>Firefox" + "x" * 10_000, "Firefox"),
    ],
)
def test_an_agent_in_words(agent: str, device: str) -> None:
    assert sessions.device(agent) == device


def test_it_is_noted_once_an_hour(
    log_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in()
    first = noted(client)
    UserSession.objects.update(device="before")
    client.get("/account/")
    assert noted(client).device == "before"

    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    client.get("/account/")
    assert (noted(client).pk, noted(client).device) == (first.pk, "Firefox on Linux")


def test_a_visitor_leaves_nothing(client: Client, owner: User) -> None:
    client.get("/login")
    client.post("/login", {"username": owner.email, "password": "wrong"})

    assert not UserSession.objects.exists()


def test_the_account_page_lists_ones_own_sessions(
    log_in: Callable[..., Client], outsider: User, signed_in: Callable[[User], Client]
) -> None:
    here, there = log_in(), log_in(SAFARI)
    other = signed_in(outsider)
    other.get("/account/")
    page = here.get("/account/")

    assert {each.pk for each in page.context["sessions"]} == {noted(here).pk, noted(there).pk}
    assert noted(here).session_id not in page.content.decode()
    assert noted(there).session_id not in page.content.decode()


def test_one_session_is_ended(log_in: Callable[..., Client]) -> None:
    here, there = log_in(), log_in(SAFARI)
    page: Any = here.post(f"/account/sessions/{noted(there).pk}/end/", follow=True)

    assert "Safari on an iPhone is logged out." in page.content.decode()
    assert not is_logged_in(there)
    assert is_logged_in(here)


def test_nobody_ends_the_session_of_another(
    log_in: Callable[..., Client], outsider: User, signed_in: Callable[[User], Client]
) -> None:
    client = log_in()
    answer = signed_in(outsider).post(f"/account/sessions/{noted(client).pk}/end/")
    signed_in(outsider).post("/account/sessions/end/")

    assert answer.status_code == 404
    assert is_logged_in(client)


def test_all_others_are_ended(log_in: Callable[..., Client]) -> None:
    here, *others = (log_in() for _ in range(3))
    here.post("/account/sessions/end/")

    assert is_logged_in(here)
    assert not any(is_logged_in(other) for other in others)
    assert UserSession.objects.count() == 1


def test_another_password_ends_all_others(log_in: Callable[..., Client]) -> None:
    here, there = log_in(), log_in()
    new = "another battery staple"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    here.post("/account/password/", form)

    assert is_logged_in(here)
    assert not is_logged_in(there)
    assert [each.session_id for each in UserSession.objects.all()] == [here.session.session_key]


def test_two_steps_on_and_off_end_all_others(log_in: Callable[..., Client], owner: User) -> None:
    here, there, third = log_in(), log_in(), log_in()
    device = two_factor.begin(owner)
    code = f"{totp(device.bin_key):06}"
    here.post("/account/two-step/", {"code": code, "password": PASSWORD})
    assert is_logged_in(here)
    assert not is_logged_in(there)

    third.force_login(owner)
    third.get("/account/")
    TOTPDevice.objects.update(last_t=-1)
    code = f"{totp(device.bin_key):06}"
    here.post("/account/two-step/change/", {"code": code, "do": "turn-off"})
    assert is_logged_in(here)
    assert not is_logged_in(third)


def test_logging_out_ends_the_session(log_in: Callable[..., Client]) -> None:
    client = log_in()
    client.post("/logout")

    assert not UserSession.objects.exists()


def test_a_session_that_ended_during_a_request_is_not_noted(
    log_in: Callable[..., Client], owner: User
) -> None:
    client = log_in()
    Session.objects.all().delete()

    assert not is_logged_in(client)
    assert not UserSession.objects.exists()


def test_sessions_that_ended_by_themselves_are_deleted(
    log_in: Callable[..., Client], owner: User
) -> None:
    gone, kept = noted(log_in()), noted(log_in(SAFARI))
    Session.objects.filter(pk=gone.session_id).update(expire_date=gone.began_at - timedelta(days=1))
    sessions.delete_expired()
    assert list(UserSession.objects.filter(user=owner)) == [kept]
    assert Session.objects.count() == 1
