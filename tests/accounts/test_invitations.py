"""Invitations: who may send one, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import Invitation, Membership, Organization, Role, User
from accounts.views import invitations
from tests.conftest import PASSWORD

GUEST = "guest@example.com"
SignedIn = Callable[[User], Client]


@pytest.fixture
def token(organization: Organization, owner: User) -> str:
    return services.invite(organization, GUEST, Role.ADMIN, owner)[1]


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.create_user(GUEST, PASSWORD)


def role_of(user: User, organization: Organization) -> str | None:
    return (
        Membership.objects.filter(organization=organization, user=user)
        .values_list("role", flat=True)
        .first()
    )


def test_an_invitation_goes_out_by_e_mail_and_its_link_is_shown_once(
    owner: User,
    organization: Organization,
    signed_in: SignedIn,
    mailoutbox: list[mail.EmailMessage],
) -> None:
    client = signed_in(owner)
    page = client.post(
        "/o/inkwell/members/", {"email": "Guest@example.com", "role": "admin"}, follow=True
    )

    link = page.context["new_invitation"]["link"]
    (message,) = mailoutbox
    assert message.to == [GUEST]
    assert message.subject == "Join Inkwell on Turret"
    assert link in message.body
    assert "owner@example.com invites you to Inkwell" in message.body
    stored = Invitation.objects.get(organization=organization)
    assert stored.role == Role.ADMIN
    assert stored.token_digest not in link
    assert link not in client.get("/o/inkwell/members/").content.decode()


def test_a_name_with_line_breaks_stays_in_the_subject(
    owner: User,
    organization: Organization,
    signed_in: SignedIn,
    mailoutbox: list[mail.EmailMessage],
) -> None:
    Organization.objects.update(name="Ink & <b>well</b>\r\nBcc: someone@example.com")

    signed_in(owner).post("/o/inkwell/members/", {"email": GUEST, "role": "member"})

    assert mailoutbox[0].subject == "Join Ink & <b>well</b> Bcc: someone@example.com on Turret"
    assert mailoutbox[0].to == [GUEST]


def test_one_person_cannot_write_to_the_whole_world(
    owner: User, organization: Organization, signed_in: SignedIn, mailoutbox: list[object]
) -> None:
    client, most = signed_in(owner), invitations.INVITATIONS
    for number in range(most + 1):
        email = f"guest{number}@example.com"
        client.post("/o/inkwell/members/", {"email": email, "role": "member"})
    assert len(mailoutbox) == Invitation.objects.filter(organization=organization).count() == most
    assert "Go on tomorrow" in client.get("/o/inkwell/members/").content.decode()


def test_without_a_mail_server_the_link_can_be_passed_on(
    owner: User, organization: Organization, signed_in: SignedIn, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    page = signed_in(owner).post(
        "/o/inkwell/members/", {"email": GUEST, "role": "member"}, follow=True
    )

    html = page.content.decode()
    assert "No e-mail could be sent to guest@example.com" in html
    assert "copy this link and send it to them" in html
    assert page.context["new_invitation"]["link"] in html


def test_an_address_that_no_e_mail_can_go_to_gets_a_link_too(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    """Its domain is a label of 60 letters, and of more than 63 as mail servers write it."""
    form = {"email": f"guest@{'ü' * 60}.com", "role": "member"}
    page = signed_in(owner).post("/o/inkwell/members/", form, follow=True)

    assert "No e-mail could be sent" in page.content.decode()
    assert page.context["new_invitation"]["link"]


def test_where_no_mail_server_is_named_the_link_is_all_there_is(
    owner: User,
    organization: Organization,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
    page = signed_in(owner).post(
        "/o/inkwell/members/", {"email": GUEST, "role": "member"}, follow=True
    )

    html, link = page.content.decode(), page.context["new_invitation"]["link"]
    assert "copy this link and send it to them" in html
    assert "on its way" not in html
    assert "No mail server is set up here" in html
    assert link in html
    assert link not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"email": "nobody", "role": "member"}, "email"),
        ({"email": f"{'x' * 250}@example.com", "role": "member"}, "email"),
        ({"email": "Owner@example.com", "role": "member"}, "email"),
        ({"email": GUEST, "role": "owner"}, "role"),
        ({"email": GUEST, "role": "king"}, "role"),
    ],
)
def test_an_invitation_is_checked(
    owner: User,
    organization: Organization,
    signed_in: SignedIn,
    form: dict[str, str],
    error: str,
) -> None:
    page = signed_in(owner).post("/o/inkwell/members/", form)

    assert list(page.context["form"].errors) == [error]
    assert not Invitation.objects.filter(organization=organization).exists()


def test_a_plain_member_invites_nobody(teammate: User, signed_in: SignedIn) -> None:
    response = signed_in(teammate).post("/o/inkwell/members/", {"email": GUEST, "role": "member"})

    assert response.status_code == 403
    assert not Invitation.objects.unscoped().exists()


def test_a_newcomer_joins_without_a_new_organization(
    client: Client, organization: Organization, token: str
) -> None:
    page = client.get(f"/invitations/{token}/")
    assert "<bdi>owner</bdi> (owner@example.com) invites you" in page.content.decode()

    done = client.post(f"/invitations/{token}/", {"password": PASSWORD}, follow=True)

    user = User.objects.get(email=GUEST)
    assert done.redirect_chain == [("/o/inkwell/", 302)]
    assert role_of(user, organization) == Role.ADMIN
    assert user.check_password(PASSWORD)
    assert Organization.objects.count() == 1


def test_a_newcomer_needs_a_good_password(client: Client, token: str) -> None:
    page = client.post(f"/invitations/{token}/", {"password": "guest@example.com"})

    assert list(page.context["form"].errors) == ["password"]
    assert not User.objects.filter(email=GUEST).exists()


def test_who_has_an_account_logs_in_and_accepts(
    client: Client, organization: Organization, token: str, guest: User
) -> None:
    page = client.get(f"/invitations/{token}/").content.decode()
    assert f'href="/login?next=/invitations/{token}/"' in page
    assert 'type="password"' not in page

    form = {"username": GUEST, "password": PASSWORD, "next": f"/invitations/{token}/"}
    assert "Accept" in client.post("/login", form, follow=True).content.decode()
    client.post(f"/invitations/{token}/")

    assert role_of(guest, organization) == Role.ADMIN


def test_a_password_from_the_form_never_replaces_an_account(
    client: Client, organization: Organization, token: str, guest: User
) -> None:
    client.post(f"/invitations/{token}/", {"password": "a stranger's choice"})

    guest.refresh_from_db()
    assert guest.check_password(PASSWORD)
    assert role_of(guest, organization) is None
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_address_is_told_so(
    outsider: User, organization: Organization, token: str, signed_in: SignedIn, method: str
) -> None:
    page = getattr(signed_in(outsider), method)(f"/invitations/{token}/")

    assert page.status_code == 403
    assert "was sent to <strong>guest@example.com</strong>" in page.content.decode()
    assert role_of(outsider, organization) is None


def test_looking_does_not_accept(
    guest: User, organization: Organization, token: str, signed_in: SignedIn
) -> None:
    assert signed_in(guest).get(f"/invitations/{token}/").status_code == 200
    assert role_of(guest, organization) is None


def test_a_token_works_once(client: Client, token: str) -> None:
    client.post(f"/invitations/{token}/", {"password": PASSWORD})

    again = Client().get(f"/invitations/{token}/")
    assert again.status_code == 404
    assert "This invitation no longer works" in again.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_expired_invitation_is_no_longer_there(client: Client, token: str, method: str) -> None:
    Invitation.objects.unscoped().update(expires_at=timezone.now() - timedelta(seconds=1))

    page = getattr(client, method)(f"/invitations/{token}/", {"password": PASSWORD})
    assert page.status_code == 404
    assert "This invitation no longer works" in page.content.decode()
    assert not User.objects.filter(email=GUEST).exists()


def test_an_unknown_token_is_not_there(client: Client, db: None) -> None:
    assert client.get("/invitations/made-up/").status_code == 404


def test_a_withdrawn_invitation_is_gone(
    owner: User, organization: Organization, token: str, signed_in: SignedIn
) -> None:
    pk = Invitation.objects.get(organization=organization).pk
    signed_in(owner).post(f"/o/inkwell/invitations/{pk}/withdraw/")

    assert Client().get(f"/invitations/{token}/").status_code == 404


def test_sending_again_renews_the_link_and_ends_the_old_one(
    owner: User,
    organization: Organization,
    token: str,
    signed_in: SignedIn,
    mailoutbox: list[mail.EmailMessage],
) -> None:
    Invitation.objects.unscoped().update(expires_at=timezone.now() - timedelta(days=1))
    pk = Invitation.objects.get(organization=organization).pk

    page = signed_in(owner).post(f"/o/inkwell/invitations/{pk}/resend/", follow=True)

    renewed = page.context["new_invitation"]["link"].split("/invitations/")[1]
    assert renewed in mailoutbox[0].body
    assert Client().get(f"/invitations/{renewed}").status_code == 200
    assert Client().get(f"/invitations/{token}/").status_code == 404
    invitation = Invitation.objects.get(organization=organization)
    assert (invitation.role, invitation.is_expired) == (Role.ADMIN, False)


@pytest.mark.parametrize("action", ["withdraw", "resend"])
def test_a_page_that_still_shows_a_withdrawn_one_says_to_look_again(
    owner: User, organization: Organization, token: str, signed_in: SignedIn, action: str
) -> None:
    invitation = Invitation.objects.get(organization=organization)
    services.withdraw_invitation(invitation, owner)
    page = signed_in(owner).post(f"/o/inkwell/invitations/{invitation.pk}/{action}/")
    assert page.status_code == 404
    assert "somebody may have deleted it meanwhile" in page.content.decode()


@pytest.mark.parametrize("action", ["withdraw", "resend"])
def test_managing_invitations_needs_an_admin(
    teammate: User, organization: Organization, token: str, signed_in: SignedIn, action: str
) -> None:
    pk = Invitation.objects.get(organization=organization).pk
    response = signed_in(teammate).post(f"/o/inkwell/invitations/{pk}/{action}/")

    assert response.status_code == 403
    assert Client().get(f"/invitations/{token}/").status_code == 200


def test_an_invitation_of_another_organization_is_not_there(
    owner: User, outsider: User, organization: Organization, token: str, signed_in: SignedIn
) -> None:
    pk = Invitation.objects.get(organization=organization).pk
    response = signed_in(outsider).post(f"/o/rival/invitations/{pk}/withdraw/")

    assert response.status_code == 404
    assert Client().get(f"/invitations/{token}/").status_code == 200


def test_a_member_who_is_invited_again_keeps_the_role(
    teammate: User, organization: Organization, owner: User
) -> None:
    _, token = services.invite(organization, teammate.email, Role.ADMIN, owner)

    assert services.accept_invitation(token, teammate).role == Role.MEMBER
