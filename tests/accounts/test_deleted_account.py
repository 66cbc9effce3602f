"""Deleting one's account: with the password, not while one is all that owns an organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
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
