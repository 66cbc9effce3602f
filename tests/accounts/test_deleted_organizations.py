"""Deleting an organization: asked for by its name, out of reach at once, brought back as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import (
    BROUGHT_BACK_FOR,
    Action,
    AuditEntry,
    Invitation,
    Organization,
    Project,
    Role,
    User,
)
from accounts.services import NewTenant
from tests.accounts.conftest import track
from tests.conftest import PASSWORD

SignedIn = Callable[[User], Client]
Read = Callable[..., Any]

PAGE, LIST = "/o/inkwell/settings/", "/organizations/"
PAGES = ("/o/inkwell/", "/o/inkwell/members/", "/o/inkwell/usage/", PAGE, "/p/inkwell/overview/")

pytestmark = pytest.mark.django_db


def delete(client: Client, typed_name: str = "Inkwell") -> Any:
    return client.post(f"{PAGE}delete/", {"typed_name": typed_name}, follow=True)


def bring_back(client: Client, slug: str = "inkwell") -> Any:
    return client.post(f"/o/{slug}/settings/bring-back/", follow=True)


def is_deleted() -> bool:
    return not Organization.objects.filter(slug="inkwell").exists()


def test_it_is_deleted_and_brought_back_as_it_was(
    owner: User, tenant: NewTenant, read: Read, signed_in: SignedIn
) -> None:
    client, key = signed_in(owner), tenant.key.secret
    assert "For 7 days its owners can bring it back" in client.get(PAGE).content.decode()
    assert track(key).status_code == read("usage").status_code == 200

    page = delete(client)

    assert page.redirect_chain == [(LIST, 302)]
    text = page.content.decode()
    assert "Inkwell is deleted." in text
    assert "deleted by <bdi>owner@example.com</bdi>, gone for good " in text
    for path in PAGES:
        assert client.get(path).status_code == 404
    assert client.get("/").headers["Location"] == LIST
    assert 'value="inkwell"' not in client.get("/account/").content.decode()
    for refused in (track(key), read("usage")):
        assert refused.status_code == 401
        assert "Unknown API key." in refused.content.decode()

    page = bring_back(client)

    assert "Inkwell is back as it was." in page.content.decode()
    for path in PAGES:
        assert client.get(path).status_code == 200
    assert track(key).status_code == read("usage").status_code == 200


def test_projects_deleted_before_it_stay_deleted(
    owner: User, organization: Organization, project: Project
) -> None:
    other = services.create_project(organization, "Other")
    services.delete_project(project, owner)
    services.delete_organization(organization, owner)
    assert not Project.objects.filter(organization=organization).exists()
    with pytest.raises(Organization.DoesNotExist):
        services.bring_back(project)

    services.bring_back_organization(organization, owner)

    assert Project.objects.get(organization=organization) == other
    services.bring_back(project)
    assert Project.objects.filter(organization=organization).count() == 2


@pytest.mark.parametrize("typed", ["", "inkwell", "Inkwell 2", "Inkwel\0l", "x" * 9_999])
def test_a_wrong_name_deletes_nothing(owner: User, signed_in: SignedIn, typed: str) -> None:
    page = delete(signed_in(owner), typed)

    assert list(page.context["delete_form"].errors) == ["typed_name"]
    assert not is_deleted()


def test_only_owners_delete_and_bring_back(
    owner: User,
    admin: User,
    teammate: User,
    outsider: User,
    organization: Organization,
    signed_in: SignedIn,
) -> None:
    refused = [(admin, 403), (teammate, 403), (outsider, 404)]
    for user, status in refused:
        assert delete(signed_in(user)).status_code == status
        assert bring_back(signed_in(user)).status_code == status
    assert "Owners of <bdi>Inkwell</bdi> can" in signed_in(admin).get(PAGE).content.decode()
    assert signed_in(teammate).get(PAGE).status_code == 403
    assert not is_deleted()

    services.delete_organization(organization, owner)

    for user, status in refused:
        assert bring_back(signed_in(user)).status_code == status
    for user in (admin, teammate):
        text = signed_in(user).get(LIST).content.decode()
        assert "an owner can bring it back" in text
        assert "Bring back" not in text
    assert "Inkwell" not in signed_in(outsider).get(LIST).content.decode()
    assert is_deleted()


def test_staff_see_it_marked_and_reach_it_by_no_page(
    organization: Organization, signed_in: SignedIn
) -> None:
    services.delete_organization(organization)
    staff = signed_in(User.objects.create_superuser("staff@example.com", PASSWORD))

    assert bring_back(staff).status_code == 404
    listed = staff.get("/admin/accounts/organization/?deleted_at__isempty=0")
    assert [each.slug for each in listed.context["cl"].queryset] == ["inkwell"]
    assert staff.get(f"/admin/accounts/organization/{organization.pk}/change/").status_code == 200
    form = {"name": "Inkwell", "slug": "inkwell"} | {
        f"{prefix}-{field}": "0"
        for prefix in ("memberships", "projects")
        for field in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    answer = staff.post("/admin/accounts/organization/add/", form)
    assert "already exists" in answer.content.decode()


def test_two_clicks_delete_and_bring_back_once(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    for _ in range(2):
        assert delete(client).redirect_chain == [(LIST, 302)]
    services.delete_organization(organization, owner)
    for _ in range(2):
        assert bring_back(client).redirect_chain == [("/o/inkwell/", 302)]
    services.bring_back_organization(organization, owner)

    kept = AuditEntry.objects.filter(organization=organization, action__startswith="organization.")
    assert list(kept.order_by("pk").values_list("action", "actor_email", "subject")) == [
        (Action.ORGANIZATION_DELETED, owner.email, "Inkwell"),
        (Action.ORGANIZATION_BROUGHT_BACK, owner.email, "Inkwell"),
    ]


def test_it_cannot_be_brought_back_too_late(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    services.delete_organization(organization, owner)
    past = timezone.now() - BROUGHT_BACK_FOR
    for deleted_at, is_offered in ((past + timedelta(minutes=1), True), (past, False)):
        Organization.with_deleted.update(deleted_at=deleted_at)
        assert ("Bring back" in client.get(LIST).content.decode()) is is_offered
    for answer in (bring_back(client), delete(client)):
        assert answer.status_code == 404
    services.bring_back_organization(organization)
    assert is_deleted()


def test_who_was_a_moment_too_late_makes_no_project_in_it(
    owner: User, organization: Organization, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_project = services.start_project

    def too_late(*args: Any) -> Any:
        services.delete_organization(organization)
        return start_project(*args)

    monkeypatch.setattr(services, "start_project", too_late)

    assert signed_in(owner).post("/o/inkwell/", {"name": "Late"}).status_code == 404
    assert not Project.objects.unscoped().exists()


def test_its_invitations_wait_until_it_is_back(
    owner: User, organization: Organization, client: Client
) -> None:
    _, token = services.invite(organization, "guest@example.com", Role.MEMBER, owner)
    guest = User.objects.create_user("guest@example.com")
    services.delete_organization(organization, owner)

    assert client.get(f"/invitations/{token}/").status_code == 404
    with pytest.raises(services.InvitationInvalid):
        services.join(token, PASSWORD)
    with pytest.raises(services.InvitationInvalid):
        services.accept_invitation(token, guest)

    services.bring_back_organization(organization, owner)
    services.accept_invitation(token, guest)
    assert not Invitation.objects.filter(organization=organization).exists()


def test_its_slug_stays_taken(organization: Organization, owner: User) -> None:
    services.delete_organization(organization)
    assert services.create_organization("Inkwell", owner).slug != "inkwell"


def test_a_command_says_that_its_project_is_deleted(organization: Organization) -> None:
    services.delete_organization(organization)
    with pytest.raises(CommandError, match="'inkwell' is deleted"):
        call_command("import_events", "-", project="inkwell")


def test_it_is_renamed_by_admins(
    admin: User, teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    assert signed_in(teammate).post(PAGE, {"name": "Quill"}).status_code == 403
    client = signed_in(admin)
    for name in ("", "\0", "x" * 101):
        assert client.post(PAGE, {"name": name}).context["form"].errors
    client.post(PAGE, {"name": "Quill"})
    client.post(PAGE, {"name": "Quill"})

    organization.refresh_from_db()
    assert (organization.name, organization.slug) == ("Quill", "inkwell")
    entry = AuditEntry.objects.get(organization=organization, action=Action.ORGANIZATION_RENAMED)
    assert (entry.actor_email, entry.detail) == (admin.email, "Inkwell → Quill")
