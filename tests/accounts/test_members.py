"""Roles, and the last owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import services
from accounts.models import Action, AuditEntry, Membership, Organization, Role, User
from tests.downloads import rows

SignedIn = Callable[[User], Client]
PAGE = "/o/inkwell/members/"


@pytest.fixture
def admin(organization: Organization) -> User:
    user = User.objects.create_user("admin@example.com")
    Membership.objects.create(organization=organization, user=user, role=Role.ADMIN)
    return user


def membership(user: User, organization: Organization) -> Membership:
    return Membership.objects.get(organization=organization, user=user)


def post_role(client: Client, target: Membership, role: str) -> str:
    url = f"/o/inkwell/members/{target.pk}/role/"
    page = client.post(url, {"role": role}, follow=True)
    target.refresh_from_db()
    return page.content.decode()


def remove(client: Client, target: Membership) -> str:
    page = client.post(f"/o/inkwell/members/{target.pk}/remove/", follow=True)
    return page.content.decode()


def test_every_member_sees_the_members(
    teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    html = signed_in(teammate).get("/o/inkwell/members/").content.decode()

    assert "owner@example.com" in html
    assert "teammate@example.com" in html
    assert "Invite somebody" not in html
    assert "/role/" not in html
    assert "/remove/" not in html


def test_an_admin_may_promote_and_demote_below_owner(
    admin: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    target = membership(teammate, organization)

    post_role(signed_in(admin), target, "admin")
    assert target.role == Role.ADMIN
    post_role(signed_in(admin), target, "member")
    assert target.role == Role.MEMBER


@pytest.mark.parametrize("does", ["remove", "demote"])
def test_who_is_no_longer_trusted_has_no_way_back_by_an_invitation(
    does: str,
    owner: User,
    admin: User,
    organization: Organization,
    signed_in: SignedIn,
    client: Client,
) -> None:
    _, own = services.invite(organization, "admin@elsewhere.example", Role.ADMIN, admin)
    _, other = services.invite(organization, "new@example.com", Role.MEMBER, owner)

    target, by_owner = membership(admin, organization), signed_in(owner)
    if does == "remove":
        remove(by_owner, target)
    else:
        post_role(by_owner, target, "member")

    assert client.get(f"/invitations/{own}/").status_code == 404
    assert client.get(f"/invitations/{other}/").status_code == 200
    entry = AuditEntry.objects.get(
        organization=organization, action=Action.INVITATION_WITHDRAWN, subject__contains="elsewhere"
    )
    assert entry.actor == owner


@pytest.mark.parametrize("does", ["leave", "become an owner"])
def test_invitations_of_who_is_still_trusted_go_on(
    does: str,
    owner: User,
    admin: User,
    organization: Organization,
    signed_in: SignedIn,
    client: Client,
) -> None:
    _, token = services.invite(organization, "new@example.com", Role.MEMBER, admin)

    if does == "leave":
        signed_in(admin).post("/o/inkwell/members/leave/")
    else:
        post_role(signed_in(owner), membership(admin, organization), "owner")

    assert client.get(f"/invitations/{token}/").status_code == 200


def test_only_owners_make_owners(
    owner: User, admin: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    target = membership(teammate, organization)

    html = post_role(signed_in(admin), target, "owner")
    assert target.role == Role.MEMBER
    assert "Only an owner may make, change or remove an owner." in html

    post_role(signed_in(owner), target, "owner")
    assert target.role == Role.OWNER


def test_an_admin_may_not_touch_an_owner(
    owner: User, admin: User, organization: Organization, signed_in: SignedIn
) -> None:
    target = membership(owner, organization)
    client = signed_in(admin)

    assert "Only an owner" in post_role(client, target, "member")
    assert "Only an owner" in remove(client, target)
    assert membership(owner, organization).role == Role.OWNER
    assert f"/members/{target.pk}/" not in client.get("/o/inkwell/members/").content.decode()


@pytest.mark.parametrize("path", ["role", "remove"])
def test_a_plain_member_changes_nobody(
    owner: User, teammate: User, organization: Organization, signed_in: SignedIn, path: str
) -> None:
    target = membership(owner, organization)
    url = f"/o/inkwell/members/{target.pk}/{path}/"
    response = signed_in(teammate).post(url, {"role": "member"})

    assert response.status_code == 403
    assert "This needs the role admin." in response.content.decode()
    assert membership(owner, organization).role == Role.OWNER


def test_the_last_owner_stays_owner(
    owner: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    own = membership(owner, organization)
    client = signed_in(owner)

    for html in (
        post_role(client, own, "admin"),
        remove(client, own),
        client.post("/o/inkwell/members/leave/", follow=True).content.decode(),
    ):
        assert "An organization must keep an owner." in html
    assert membership(owner, organization).role == Role.OWNER


def test_an_owner_may_step_down_when_another_is_there(
    owner: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    services.change_role(membership(teammate, organization), Role.OWNER, by=Role.OWNER)
    own = membership(owner, organization)

    post_role(signed_in(owner), own, "member")
    assert own.role == Role.MEMBER


def test_there_is_no_such_role(
    owner: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    target = membership(teammate, organization)

    assert "There is no such role." in post_role(signed_in(owner), target, "king")
    assert target.role == Role.MEMBER


def test_who_is_removed_sees_nothing_any_more(
    owner: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)
    assert client.get("/o/inkwell/").status_code == 200

    html = remove(signed_in(owner), membership(teammate, organization))

    assert "teammate@example.com is removed." in html
    assert client.get("/o/inkwell/").status_code == 404


def test_a_member_may_leave(
    teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    page = signed_in(teammate).post("/o/inkwell/members/leave/", follow=True)

    assert page.redirect_chain == [("/organizations/", 302)]
    assert "You have left Inkwell." in page.content.decode()
    assert not Membership.objects.filter(organization=organization, user=teammate).exists()


def test_a_member_of_another_organization_is_not_there(
    owner: User, outsider: User, organization: Organization, signed_in: SignedIn
) -> None:
    theirs = membership(owner, organization)
    client = signed_in(outsider)

    assert client.post(f"/o/rival/members/{theirs.pk}/remove/").status_code == 404
    assert client.post(f"/o/rival/members/{theirs.pk}/role/", {"role": "member"}).status_code == 404
    assert membership(owner, organization).role == Role.OWNER


def test_a_long_list_costs_no_more_queries(
    owner: User,
    organization: Organization,
    signed_in: SignedIn,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(20):
        user = User.objects.create_user(f"member{number}@example.com")
        Membership.objects.create(organization=organization, user=user)
        services.invite(organization, f"guest{number}@example.com", Role.MEMBER, owner)
    client = signed_in(owner)

    with django_assert_max_num_queries(10):
        page = client.get("/o/inkwell/members/")
    assert page.content.decode().count("/remove/") == 20


@pytest.mark.parametrize("path", ["role", "remove"])
def test_a_member_removed_meanwhile_is_told(
    owner: User,
    teammate: User,
    organization: Organization,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    """Between the look for the member and the change."""
    target = membership(teammate, organization)
    for name in ("change_role", "remove_member"):
        monkeypatch.setattr(services, name, after_removal(getattr(services, name), target))

    url = f"/o/inkwell/members/{target.pk}/{path}/"
    page = signed_in(owner).post(url, {"role": "admin"}, follow=True)

    assert "Somebody else has removed this member meanwhile." in page.content.decode()
    removals = AuditEntry.objects.filter(organization=organization, action=Action.MEMBER_REMOVED)
    assert removals.count() == 1


def after_removal(act: Callable[..., None], target: Membership) -> Callable[..., None]:
    remove_member = services.remove_member

    def late(*args: Any, **kwargs: Any) -> None:
        remove_member(Membership.objects.unscoped().get(pk=target.pk), by=Role.OWNER)
        act(*args, **kwargs)

    return late


def test_an_admin_who_saw_a_member_does_not_demote_an_owner(
    owner: User, teammate: User, organization: Organization
) -> None:
    """They were made one after the admin's request read their role."""
    seen = membership(teammate, organization)
    services.change_role(membership(teammate, organization), Role.OWNER, by=Role.OWNER)

    with pytest.raises(services.OwnersOnly):
        services.change_role(seen, Role.ADMIN, by=Role.ADMIN)
    with pytest.raises(services.OwnersOnly):
        services.remove_member(seen, by=Role.ADMIN)


def test_members_are_downloaded(owner: User, teammate: User, signed_in: SignedIn) -> None:
    found = rows(signed_in(teammate).get(PAGE, {"sort": "role", "format": "csv"}))
    assert [(row["email"], row["role"]) for row in found] == [
        (owner.email, "owner"),
        (teammate.email, "member"),
    ]
    assert len(rows(signed_in(teammate).get(PAGE, {"q": "owner", "format": "csv"}))) == 1
