"""Deleting one's account: with the password, not while one is all that owns an organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.http import urlsafe_base64_encode
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import selectors, services, two_factor
from accounts.models import (
    Action,
    AuditEntry,
    Invitation,
    Membership,
    Organization,
    Project,
    Role,
    User,
    UserSession,
)
from accounts.services import users
from tests.conftest import PASSWORD

SignedIn = Callable[[User], Client]

PAGE = "/account/delete/"

pytestmark = pytest.mark.django_db


def delete(client: Client, password: str = PASSWORD) -> Any:
    return client.post(PAGE, {"password": password}, follow=True)


def exists(user: User) -> bool:
    return User.objects.filter(pk=user.pk).exists()


def set_role(user: User, organization: Organization, role: Role) -> None:
    Membership.objects.filter(organization=organization, user=user).update(role=role)


def with_two_steps(user: User) -> TOTPDevice:
    device = two_factor.begin(user)
    assert two_factor.confirm(user, str(totp(device.bin_key)).zfill(6))
    return device


def test_a_member_deletes_their_account(
    teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    with_two_steps(teammate)
    elsewhere, client = signed_in(teammate), signed_in(teammate)
    text = client.get(PAGE).content.decode()
    assert "You leave <strong><bdi>Inkwell</bdi></strong>." in text

    page = delete(client)

    assert page.redirect_chain == [("/", 302)]
    assert "The account teammate@example.com is deleted." in page.content.decode()
    assert not exists(teammate)
    assert not UserSession.objects.exists()
    assert elsewhere.get("/account/").headers["Location"].startswith("/login")
    assert not Session.objects.filter(pk=elsewhere.session.session_key).exists()
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    refused = Client().post("/login", {"username": teammate.email, "password": PASSWORD})
    assert refused.context["form"].errors
    User.objects.create_user(teammate.email, PASSWORD)


def test_what_they_did_stays(
    owner: User, teammate: User, project: Project, organization: Organization, signed_in: SignedIn
) -> None:
    set_role(teammate, organization, Role.OWNER)
    key = services.create_key(project, "backend", teammate).api_key
    _, token = services.invite(organization, "guest@example.com", Role.MEMBER, teammate)

    delete(signed_in(teammate))

    key.refresh_from_db()
    assert key.is_live
    client = signed_in(owner)
    log = client.get("/o/inkwell/audit/").content.decode()
    assert log.count("teammate@example.com") >= 4
    left = AuditEntry.objects.get(organization=organization, action=Action.MEMBER_LEFT)
    assert (left.actor, left.who, left.subject) == (None, teammate.email, teammate.email)
    for path in ("/o/inkwell/members/", "/p/inkwell/settings/keys/"):
        assert client.get(path).status_code == 200
    assert "You are invited to <bdi>Inkwell</bdi>" in (
        Client().get(f"/invitations/{token}/").content.decode()
    )
    services.join(token, PASSWORD)
    assert selectors.is_member(organization, "guest@example.com")


def test_the_last_owner_is_told_what_to_do(
    owner: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    for page in (client.get(PAGE), delete(client)):
        text = page.content.decode()
        assert "First see to what only you own" in text
        assert 'href="/o/inkwell/members/"' in text
        assert 'href="/o/inkwell/settings/"' in text
        assert 'type="password"' not in text
    with pytest.raises(services.LastOwner):
        services.delete_account(owner)
    assert exists(owner)

    set_role(teammate, organization, Role.OWNER)
    delete(client)
    assert not exists(owner)


def test_a_deleted_organization_is_in_nobodys_way(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    services.delete_organization(organization, owner)
    client = signed_in(owner)
    assert "cannot be brought back by you then" in client.get(PAGE).content.decode()

    delete(client)

    assert not exists(owner)
    assert Organization.with_deleted.get() == organization


@pytest.mark.parametrize("password", ["", "wrong", "\0", "x" * 9_999, f" {PASSWORD}"])
def test_a_wrong_password_deletes_nothing(
    teammate: User, signed_in: SignedIn, password: str
) -> None:
    page = delete(signed_in(teammate), password)

    assert list(page.context["form"].errors) == ["password"]
    assert exists(teammate)


def test_a_visitor_and_another_site_delete_nothing(teammate: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(PAGE, {"password": PASSWORD}).status_code == 403
    assert Client().get(PAGE).headers["Location"] == f"/login?next={PAGE}"
    client.force_login(teammate)
    assert client.post(PAGE, {"password": PASSWORD}).status_code == 403
    assert exists(teammate)


def test_staff_keep_theirs(teammate: User, signed_in: SignedIn) -> None:
    User.objects.filter(pk=teammate.pk).update(is_staff=True)

    page = delete(signed_in(teammate))

    assert "An account of the staff stays" in page.content.decode()
    assert exists(teammate)


def test_two_clicks_delete_once(
    teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)
    delete(client)
    assert delete(client).redirect_chain[-1][0] == f"/login?next={PAGE}"
    services.delete_account(teammate)
    entries = AuditEntry.objects.filter(organization=organization, action=Action.MEMBER_LEFT)
    assert entries.count() == 1


def test_the_other_owner_goes_first(
    owner: User,
    teammate: User,
    organization: Organization,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the look whether there is another one and the deletion."""
    set_role(teammate, organization, Role.OWNER)
    client = signed_in(owner)
    delete(signed_in(teammate))
    monkeypatch.setattr(selectors, "owned_alone", lambda _: [])

    assert client.post(PAGE, {"password": PASSWORD}).headers["Location"] == PAGE
    assert exists(owner)


def test_who_is_removed_meanwhile_goes_all_the_same(
    teammate: User, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for their places and the leaving."""
    remove_member = services.remove_member

    def late(membership: Membership, *args: Any, **kwargs: Any) -> None:
        remove_member(Membership.objects.unscoped().get(pk=membership.pk), by=Role.OWNER)
        remove_member(membership, *args, **kwargs)

    monkeypatch.setattr(users, "remove_member", late)
    services.delete_account(teammate)

    assert not exists(teammate)


def test_who_was_logging_in_begins_anew(teammate: User, signed_in: SignedIn) -> None:
    device = with_two_steps(teammate)
    asked = Client()
    answer = asked.post("/login", {"username": teammate.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/login/code"

    delete(signed_in(teammate))

    code = str(totp(device.bin_key)).zfill(6)
    assert asked.post("/login/code", {"code": code}).headers["Location"] == "/login"


def test_an_invitation_to_them_stays(
    owner: User, outsider: User, organization: Organization, signed_in: SignedIn
) -> None:
    services.delete_organization(Organization.objects.get(slug="rival"), outsider)
    services.invite(organization, outsider.email, Role.MEMBER, owner)

    delete(signed_in(outsider))

    assert Invitation.objects.get(organization=organization).email == outsider.email


def deleting_first(act: Callable[..., Any], user: User) -> Callable[..., Any]:
    """What a page does, and the account goes in the moment before."""

    def delete_and_act(*args: Any, **kwargs: Any) -> Any:
        services.delete_account(user)
        return act(*args, **kwargs)

    return delete_and_act


def test_an_account_that_goes_during_the_log_in_is_not_logged_in(
    teammate: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_factor, "is_on", deleting_first(lambda _: False, teammate))
    client = Client()
    answer = client.post("/login", {"username": teammate.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/login"
    assert "_auth_user_id" not in client.session
    assert not exists(teammate)


def test_an_account_that_goes_before_its_code_is_not_logged_in(
    teammate: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_two_steps(teammate)
    client = Client()
    client.post("/login", {"username": teammate.email, "password": PASSWORD})
    monkeypatch.setattr(two_factor, "check", deleting_first(lambda *_: True, teammate))
    assert client.post("/login/code", {"code": "123456"}).headers["Location"] == "/login"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("page", ["/account/password/", "a reset link"])
def test_a_new_password_does_not_bring_an_account_back(
    teammate: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    new = "another good phrase"
    client, form = signed_in(teammate), {"new_password1": new, "new_password2": new}
    if page == "a reset link":
        uid = urlsafe_base64_encode(str(teammate.pk).encode())
        link = f"/password/reset/{uid}/{default_token_generator.make_token(teammate)}/"
        page = client.get(link).headers["Location"]
    monkeypatch.setattr(services, "held", deleting_first(services.held, teammate))
    answer = client.post(page, {"old_password": PASSWORD, **form})
    assert answer.headers["Location"] == "/login"
    assert not exists(teammate)


@pytest.mark.parametrize(
    ("page", "name"), [(PAGE, "password"), ("/account/password/", "old_password")]
)
def test_after_too_many_wrong_passwords_the_right_one_waits_too(
    owner: User, teammate: User, signed_in: SignedIn, page: str, name: str
) -> None:
    client, form = signed_in(teammate), {"new_password1": "a", "new_password2": "a"}

    def told(password: str) -> str:
        return str(client.post(page, {name: password, **form}).context["form"].errors.get(name, ""))

    for _ in range(settings.AXES_FAILURE_LIMIT):
        assert "That is not your password." in told("wrong")
    assert "Wait 15 minutes" in told("wrong")
    assert "Wait 15 minutes" in told(PASSWORD)
    assert exists(teammate)
    other = signed_in(owner).post("/account/password/", {"old_password": PASSWORD, **form})
    assert "old_password" not in other.context["form"].errors


def test_the_right_password_clears_the_wrong_ones(teammate: User, signed_in: SignedIn) -> None:
    client, form = signed_in(teammate), {"new_password1": "a", "new_password2": "a"}
    for _ in range(2):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            client.post("/account/password/", {"old_password": "wrong", **form})
        page = client.post("/account/password/", {"old_password": PASSWORD, **form})
        assert "old_password" not in page.context["form"].errors
