"""Who gets weekly e-mails: chosen on the account page, or by a link that nobody can make up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts import emails
from accounts.models import Membership, Organization, Project, User
from accounts.services import create_organization, set_weekly_email

SignedIn = Callable[[User], Client]


def chosen(user: User) -> dict[str, bool]:
    found = Membership.objects.unscoped().filter(user=user)
    return dict(found.values_list("organization__slug", "weekly_email"))


def path(membership: Membership) -> str:
    return "/weekly-email/" + emails.weekly_email_link(membership).split("/weekly-email/")[1]


@pytest.fixture
def membership(organization: Organization, teammate: User) -> Membership:
    return Membership.objects.get(organization=organization, user=teammate)


def test_one_chooses_by_organization(
    teammate: User, owner: User, project: Project, signed_in: SignedIn
) -> None:
    create_organization("Second", teammate)
    client = signed_in(teammate)
    assert client.get("/account/").content.decode().count(" checked") == 2
    assert client.post("/account/weekly-emails/", {"organization": "second"}).status_code == 302
    assert chosen(teammate) == {"inkwell": False, "second": True}
    assert client.get("/account/").content.decode().count(" checked") == 1
    client.post("/account/weekly-emails/")
    assert chosen(teammate) == {"inkwell": False, "second": False}
    client.post("/account/weekly-emails/", {"organization": ["inkwell", "rival", "<b>", "\0"]})
    assert chosen(teammate) == {"inkwell": True, "second": False}
    assert chosen(owner) == {"inkwell": True}


def test_a_visitor_chooses_nothing(client: Client, db: None) -> None:
    answer = client.post("/account/weekly-emails/")
    assert answer.headers["Location"].startswith("/login")


def test_the_link_ends_it_and_can_be_undone(
    client: Client, membership: Membership, teammate: User
) -> None:
    assert "gets no weekly e-mails about" in client.post(path(membership)).content.decode()
    assert chosen(teammate) == {"inkwell": False}
    assert "Send them again" in client.get(path(membership)).content.decode()
    client.post(path(membership), {"resume": "yes"})
    assert chosen(teammate) == {"inkwell": True}


@pytest.mark.parametrize("token", ["1", "1:made-up", "x:y", ":", "%00"])
def test_a_link_that_was_made_up_is_not_found(client: Client, token: str, db: None) -> None:
    for method in (client.get, client.post):
        assert method(f"/weekly-email/{token}/").status_code == 404


def test_the_link_of_a_former_member_is_not_found(client: Client, membership: Membership) -> None:
    link = path(membership)
    membership.delete()
    assert client.get(link).status_code == 404


def test_choosing_passes_over_a_membership_that_ends_meanwhile(membership: Membership) -> None:
    memberships = Membership.objects.filter(organization=membership.organization, pk=membership.pk)
    memberships.delete()
    set_weekly_email(membership, False)
    assert not memberships.exists()
