"""Deleting a project: asked for by its name, out of reach at once, brought back as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts import selectors, services
from accounts.models import (
    BROUGHT_BACK_FOR,
    Action,
    AuditEntry,
    Organization,
    Project,
    User,
)
from accounts.services import NewTenant
from tests.accounts.conftest import track

SignedIn = Callable[[User], Client]
Read = Callable[..., Any]

SETTINGS, LIST = "/p/inkwell/settings/", "/o/inkwell/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def deleted(project: Project, owner: User) -> Project:
    services.delete_project(project, owner)
    return project


def delete(client: Client, typed_name: str = "Inkwell") -> Any:
    return client.post(f"{SETTINGS}delete/", {"typed_name": typed_name}, follow=True)


def bring_back(client: Client, project: Project) -> Any:
    return client.post(f"{LIST}deleted/{project.pk}/", follow=True)


def test_it_is_deleted_and_brought_back_as_it_was(
    owner: User, tenant: NewTenant, read: Read, signed_in: SignedIn
) -> None:
    client, key = signed_in(owner), tenant.key.secret
    assert "For 7 days you can bring it back" in client.get(SETTINGS).content.decode()
    assert track(key).status_code == read("usage").status_code == 200

    page = delete(client)

    assert page.redirect_chain == [(LIST, 302)]
    text = page.content.decode()
    assert "Inkwell is deleted." in text
    assert "deleted by <bdi>owner@example.com</bdi>, gone for good " in text
    assert client.get(SETTINGS).status_code == 404
    assert client.get("/").headers["Location"] == "/organizations/"
    assert "0 projects" in client.get("/organizations/").content.decode()
    for refused in (track(key), read("usage")):
        assert refused.status_code == 401
        assert "Unknown API key." in refused.content.decode()

    page = bring_back(client, tenant.project)

    assert "Inkwell is back as it was." in page.content.decode()
    assert client.get(SETTINGS).status_code == 200
    assert track(key).status_code == read("usage").status_code == 200


@pytest.mark.parametrize("typed", ["", "inkwell", "Inkwell 2", "Inkwel\0l", "x" * 9_999])
def test_a_wrong_name_deletes_nothing(
    owner: User, project: Project, signed_in: SignedIn, typed: str
) -> None:
    page = delete(signed_in(owner), typed)

    assert list(page.context["delete_form"].errors) == ["typed_name"]
    assert Project.objects.unscoped().get() == project


@pytest.mark.parametrize("name", ["A  b\tc", "<b>Ink</b> & Co", "إنك\u202eويل"])
def test_a_name_is_typed_as_a_page_shows_it(
    owner: User, project: Project, signed_in: SignedIn, name: str
) -> None:
    services.rename_project(project, name)

    delete(signed_in(owner), " ".join(name.split()))

    assert not Project.objects.unscoped().exists()


def test_an_admin_deletes_and_brings_back(
    admin: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(admin)
    delete(client)
    assert not Project.objects.unscoped().exists()
    bring_back(client, project)
    assert Project.objects.unscoped().get() == project


def test_a_plain_member_does_neither(teammate: User, project: Project, signed_in: SignedIn) -> None:
    client = signed_in(teammate)
    assert "Delete this project" not in client.get(SETTINGS).content.decode()
    assert delete(client).status_code == 403
    services.delete_project(project)
    assert "Bring back" not in client.get(LIST).content.decode()
    assert bring_back(client, project).status_code == 403


def test_an_outsider_does_neither(outsider: User, project: Project, signed_in: SignedIn) -> None:
    client = signed_in(outsider)
    assert delete(client).status_code == 404
    services.delete_project(project)
    assert bring_back(client, project).status_code == 404
    assert client.post(f"/o/rival/deleted/{project.pk}/").status_code == 404


def test_what_is_not_deleted_is_not_brought_back(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    assert bring_back(signed_in(owner), project).status_code == 404


def test_it_cannot_be_brought_back_too_late(
    owner: User, deleted: Project, signed_in: SignedIn
) -> None:
    past = timezone.now() - BROUGHT_BACK_FOR
    Project.with_deleted.unscoped().update(deleted_at=past + timedelta(minutes=1))
    assert list(selectors.deleted_projects(deleted.organization)) == [deleted]
    Project.with_deleted.unscoped().update(deleted_at=past)
    client = signed_in(owner)
    assert "Bring back" not in client.get(LIST).content.decode()
    assert bring_back(client, deleted).status_code == 404
    services.bring_back(deleted)
    assert not Project.objects.unscoped().exists()


def test_its_slug_stays_taken(deleted: Project, organization: Organization) -> None:
    assert services.create_project(organization, deleted.name).slug != deleted.slug


def test_a_command_says_that_it_is_deleted(deleted: Project) -> None:
    for command in (["import_events", "-"], ["drain"], ["receipts"], ["export_project"]):
        with pytest.raises(CommandError, match="'inkwell' is deleted"):
            call_command(*command, project=deleted.slug)


def test_it_is_on_record_once(
    owner: User, admin: User, deleted: Project, signed_in: SignedIn
) -> None:
    services.delete_project(deleted, admin)
    client = signed_in(owner)
    assert "in <bdi>Inkwell</bdi>" in client.get("/o/inkwell/audit/").content.decode()
    services.bring_back(deleted, admin)
    services.bring_back(deleted, owner)
    acts = (Action.PROJECT_DELETED, Action.PROJECT_BROUGHT_BACK)
    entries = AuditEntry.objects.filter(organization=deleted.organization, action__in=acts)
    assert list(entries.order_by("pk").values_list("action", "actor_email", "subject")) == [
        (Action.PROJECT_DELETED, owner.email, "Inkwell"),
        (Action.PROJECT_BROUGHT_BACK, admin.email, "Inkwell"),
    ]


def test_a_project_deleted_meanwhile_is_not_there(
    owner: User, project: Project, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for the project and the change."""
    client, rename = signed_in(owner), services.rename_project

    def late(*args: Any) -> None:
        services.delete_project(project)
        rename(*args)

    monkeypatch.setattr(services, "rename_project", late)
    assert client.post(SETTINGS, {"name": "Other"}).status_code == 404
