"""Who fails to log in too often has to wait, from where they are."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.throttling import AT_ONCE, AT_ONCE_OF_ONE, client_address, turn
from accounts.views.session import RESETS
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

HERE, THERE = "192.0.2.7", "192.0.2.8"


def log_in(email: str, password: str, *, address: str = HERE) -> int:
    client = Client(REMOTE_ADDR=address)
    return client.post("/login", {"username": email, "password": password}).status_code


def fail_too_often(email: str) -> list[int]:
    return [log_in(email, "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]


def test_after_too_many_failures_even_the_right_password_waits(owner: User) -> None:
    assert fail_too_often(owner.email)[-1] == 429
    assert log_in(owner.email, PASSWORD) == 429


def test_the_page_says_how_long(owner: User) -> None:
    fail_too_often(owner.email)
    page = Client(REMOTE_ADDR=HERE).post("/login", {"username": owner.email, "password": "x"})
    assert page.headers["Retry-After"] == "900"
    assert "Try again in 15 minutes" in page.content.decode()


def test_who_logs_in_from_elsewhere_is_not_locked_out(owner: User, teammate: User) -> None:
    fail_too_often(owner.email)
    assert log_in(owner.email, PASSWORD, address=THERE) == 302
    assert log_in(teammate.email, PASSWORD) == 302


def test_all_addresses_of_a_network_are_one_guesser(owner: User) -> None:
    near = [f"2001:db8:1:2::{n:x}" for n in range(settings.AXES_FAILURE_LIMIT)]
    assert [log_in(owner.email, "wrong", address=each) for each in near][-1] == 429
    assert log_in(owner.email, PASSWORD, address="2001:db8:1:2:ffff::") == 429
    assert log_in(owner.email, PASSWORD, address="2001:db8:1:3::") == 302


def test_ipv4_clients_of_an_ipv6_server_are_told_apart(owner: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(owner.email, "wrong", address=f"::ffff:{HERE}")
    assert log_in(owner.email, PASSWORD, address=HERE) == 429
    assert log_in(owner.email, PASSWORD, address=f"::ffff:{THERE}") == 302


def test_an_unknown_account_gets_the_same_answers(owner: User) -> None:
    assert fail_too_often("nobody@example.com") == fail_too_often(owner.email)


def test_another_spelling_gains_no_attempts(owner: User) -> None:
    fail_too_often(owner.email)
    assert log_in(f" {owner.email.upper()} ", PASSWORD) == 429


def test_a_success_clears_the_failures(owner: User) -> None:
    for _ in range(3):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            log_in(owner.email, "wrong")
        assert log_in(owner.email, PASSWORD) == 302


def test_a_new_password_can_still_be_asked_for(owner: User) -> None:
    fail_too_often(owner.email)
    Client(REMOTE_ADDR=HERE).post("/password/reset/", {"email": owner.email})
    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_nobody_is_sent_reset_links_without_end(owner: User, teammate: User) -> None:
    def ask(email: str) -> str:
        return Client().post("/password/reset/", {"email": email}).headers["Location"]

    asked = (owner.email, owner.email.upper(), f" {owner.email} ") * RESETS
    assert {ask(email) for email in asked} == {ask("nobody@example.com")}
    assert len(mail.outbox) == RESETS
    ask(teammate.email)
    assert len(mail.outbox) == RESETS + 1


@pytest.mark.parametrize("password", ["x" * 5_000, "\0", "‮drowssap", ""])
def test_hostile_passwords_only_fail(owner: User, password: str) -> None:
    assert log_in(owner.email, password) == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", HERE),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (3, "203.0.113.9", "203.0.113.9"),
        (1, "", None),
        (1, "'; drop table", None),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_address_is_the_one_that_trusted_proxies_saw(
    settings: Any, proxies: int, forwarded: str, expected: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get(
        "/login", REMOTE_ADDR=HERE, headers={"X-Forwarded-For": forwarded}
    )
    assert client_address(request) == expected


@pytest.mark.parametrize("path", ["/login", "/signup", "/account/password/", "/account/delete/"])
def test_nobody_has_every_thread_by_sending_passwords_side_by_side(
    path: str, teammate: User
) -> None:
    here, there = (Client(REMOTE_ADDR=address) for address in (HERE, THERE))
    if path.startswith("/account/"):
        here.force_login(teammate)
        there.force_login(teammate)
    with ExitStack() as hashing:
        for _ in range(AT_ONCE_OF_ONE):
            assert hashing.enter_context(turn(HERE))
        refused = here.post(path, {})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert "yours was not looked at" in refused.content.decode()
        assert here.get(path).status_code == 200
        assert there.post(path, {}).status_code == 200
        for _ in range(AT_ONCE - AT_ONCE_OF_ONE):
            assert hashing.enter_context(turn(THERE))
        assert there.post(path, {}).status_code == 503
    assert here.post(path, {}).status_code == there.post(path, {}).status_code == 200


def test_a_turn_that_was_refused_or_failed_leaves_room() -> None:
    for _ in range(2 * AT_ONCE):
        with ExitStack() as hashing:
            mine = [hashing.enter_context(turn(HERE)) for _ in range(AT_ONCE)]
        assert mine.count(True) == AT_ONCE_OF_ONE
    for _ in range(2 * AT_ONCE):
        with pytest.raises(ConnectionResetError), turn(HERE) as is_mine:
            assert is_mine
            raise ConnectionResetError
