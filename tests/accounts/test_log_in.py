"""Logging in and out, resetting and changing a password, one's own account."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD

NEW = "another good phrase"


@pytest.mark.parametrize("email", ["owner@example.com", "Owner@Example.COM"])
def test_an_address_logs_in_whatever_its_case(client: Client, owner: User, email: str) -> None:
    response = client.post("/login", {"username": email, "password": PASSWORD})

    assert response.headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(owner.pk)


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(
    client: Client, owner: User, email: str
) -> None:
    page = client.post("/login", {"username": email, "password": "wrong"})

    assert "Please enter a correct e-mail and password" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_deactivated_user_stays_out(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    client.post("/login", {"username": owner.email, "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_a_log_in_leads_to_the_page_that_asked_for_it(client: Client, owner: User) -> None:
    form = {"username": owner.email, "password": PASSWORD, "next": "/organizations/"}
    assert client.post("/login", form).headers["Location"] == "/organizations/"


def test_a_log_in_leads_to_no_other_site(client: Client, owner: User) -> None:
    form = {"username": owner.email, "password": PASSWORD, "next": "https://example.com/"}
    assert client.post("/login", form).headers["Location"] == "/"


def test_log_out_takes_a_post(client: Client, owner: User) -> None:
    client.force_login(owner)

    assert client.get("/logout").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/logout").headers["Location"] == "/"
    assert "_auth_user_id" not in client.session


def reset_link(client: Client, email: str) -> str:
    client.post("/password/reset/", {"email": email}, headers={"host": "127.0.0.1"})
    found = re.search(r"http://localhost:8000(/password/reset/\S+)", str(mail.outbox[0].body))
    assert found
    return found[1]


def test_a_reset_link_sets_a_new_password_once(
    client: Client, owner: User, mailoutbox: list[mail.EmailMessage], settings: object
) -> None:
    settings.BASE_URL = "http://localhost:8000"  # type: ignore[attr-defined]
    link = reset_link(client, "OWNER@example.com")
    assert mailoutbox[0].to == [owner.email]

    form_url = client.get(link).headers["Location"]
    assert "Choose a new password" in client.get(form_url).content.decode()
    done = client.post(form_url, {"new_password1": NEW, "new_password2": NEW})

    owner.refresh_from_db()
    assert done.headers["Location"] == "/"
    assert owner.check_password(NEW)
    assert client.session["_auth_user_id"] == str(owner.pk)
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()


def test_a_reset_of_an_unknown_address_sends_nothing_and_says_the_same(
    client: Client, owner: User, mailoutbox: list[mail.EmailMessage]
) -> None:
    unknown = client.post("/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert mailoutbox == []
    known = client.post("/password/reset/", {"email": owner.email}, follow=True)
    assert len(mailoutbox) == 1

    assert unknown.redirect_chain == known.redirect_chain == [("/password/reset/sent/", 302)]


def test_where_no_mail_server_is_named_nobody_is_told_to_wait_for_an_e_mail(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
    page = client.post("/password/reset/", {"email": owner.email}, follow=True).content.decode()

    assert "No mail server is set up here" in page
    assert "on its way" not in page


def test_a_made_up_reset_link_does_not_work(client: Client, owner: User) -> None:
    page = client.get("/password/reset/MQ/abc-def/")

    assert "This link no longer works" in page.content.decode()


def test_changing_the_password_ends_other_sessions(
    owner: User, signed_in: Callable[[User], Client]
) -> None:
    here, elsewhere = signed_in(owner), signed_in(owner)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    assert here.post("/account/password/", form).headers["Location"] == "/account/"

    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").headers["Location"].startswith("/login")


def test_changing_the_password_takes_the_old_one(
    owner: User, signed_in: Callable[[User], Client]
) -> None:
    form = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    page = signed_in(owner).post("/account/password/", form)

    assert list(page.context["form"].errors) == ["old_password"]
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_user_may_have_a_name(owner: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(owner)
    client.post("/account/", {"name": "Ada"})

    assert '<span class="account-name">Ada</span>' in client.get("/account/").content.decode()
    client.post("/account/", {"name": ""})
    owner.refresh_from_db()
    assert (owner.name, owner.get_short_name()) == ("", "owner")


@pytest.mark.parametrize("path", ["/account/", "/account/password/", "/organizations/"])
def test_these_pages_ask_for_a_log_in(client: Client, db: None, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/login?next={path}"


@pytest.mark.parametrize("path", ["/", "/signup", "/login", "/password/reset/"])
def test_these_pages_ask_for_none(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 200
