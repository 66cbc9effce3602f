"""The API keys page: keys are shown once and stored hashed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import keys, services
from accounts.models import ApiKey, KeyScope, Project, User
from tests.downloads import rows

SignedIn = Callable[[User], Client]
PAGE = "/p/inkwell/settings/keys/"


def test_a_new_key_is_shown_once_and_stored_hashed(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    page = client.post(PAGE, {"name": "production", "scope": "track"}, follow=True)

    secret = page.context["secret"]
    stored = ApiKey.objects.get(project=project, name="production")
    assert secret in page.content.decode()
    assert stored.digest == keys.digest(secret)
    assert stored.prefix == secret[:13]
    assert stored.created_by == owner
    assert secret not in str(stored.__dict__)
    for path in (PAGE, f"{PAGE}new/"):
        assert secret not in client.get(path, follow=True).content.decode()


def test_a_new_key_is_not_shown_on_another_projects_page(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    other = services.create_project(project.organization, "Other")
    client = signed_in(owner)
    client.post(PAGE, {"name": "production", "scope": "track"})

    assert client.get(f"/p/{other.slug}/settings/keys/new/").status_code == 302


def test_the_list_shows_a_prefix_and_never_a_digest(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    stored = ApiKey.objects.get(project=project)
    html = signed_in(owner).get(PAGE).content.decode()

    assert f"{stored.prefix}…" in html
    assert stored.digest not in html
    assert "never" in html


def test_a_key_reads_or_sends(owner: User, project: Project, signed_in: SignedIn) -> None:
    client = signed_in(owner)
    made = client.post(PAGE, {"name": "dashboard", "scope": "read"}, follow=True)
    assert "/api/v1/topics" in made.content.decode()
    assert "/track" not in made.content.decode().split("<main")[1]

    stored = ApiKey.objects.get(project=project, name="dashboard")
    assert stored.scope == KeyScope.READ
    assert "Reads results" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}{stored.pk}/rotate/")
    assert [key.scope for key in project.api_keys.filter(name="dashboard")] == [KeyScope.READ] * 2


@pytest.mark.parametrize("scope", ["", "admin", "track,read"])
def test_a_key_needs_a_scope(
    owner: User, project: Project, signed_in: SignedIn, scope: str
) -> None:
    page = signed_in(owner).post(PAGE, {"name": "production", "scope": scope})

    assert list(page.context["form"].errors) == ["scope"]
    assert project.api_keys.count() == 1


def test_rotation_leaves_two_live_keys_of_that_name(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    old = ApiKey.objects.get(project=project)
    page = signed_in(owner).post(f"{PAGE}{old.pk}/rotate/", follow=True)

    own = ApiKey.objects.filter(project=project, revoked_at__isnull=True)
    assert [key.name for key in own] == ["First key", "First key"]
    assert own.filter(digest=keys.digest(page.context["secret"])).exists()
    assert own.filter(pk=old.pk).exists()


def test_a_revoked_key_is_off_for_good(owner: User, project: Project, signed_in: SignedIn) -> None:
    key = ApiKey.objects.get(project=project)
    client = signed_in(owner)
    client.post(f"{PAGE}{key.pk}/revoke/")

    key.refresh_from_db()
    revoked_at = key.revoked_at
    assert revoked_at is not None
    assert "revoked" in client.get(PAGE).content.decode()
    again = client.post(f"{PAGE}{key.pk}/revoke/", follow=True)
    assert "is revoked." in again.content.decode()
    rotated = client.post(f"{PAGE}{key.pk}/rotate/", follow=True)
    assert "is revoked meanwhile" in rotated.content.decode()
    assert ApiKey.objects.filter(project=project).count() == 1
    key.refresh_from_db()
    assert key.revoked_at == revoked_at


def test_live_keys_come_first(owner: User, project: Project, signed_in: SignedIn) -> None:
    services.revoke_key(ApiKey.objects.get(project=project))
    for name in ("second", "third"):
        services.create_key(project, name)

    page = signed_in(owner).get(PAGE)
    assert [key.name for key in page.context["listing"].page] == ["third", "second", "First key"]


def test_a_project_without_a_key_says_so(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    project.api_keys.all().delete()

    assert "No API key yet" in signed_in(owner).get(PAGE).content.decode()


def test_a_key_needs_a_name(owner: User, project: Project, signed_in: SignedIn) -> None:
    page = signed_in(owner).post(PAGE, {"name": "", "scope": "track"})

    assert list(page.context["form"].errors) == ["name"]
    assert project.api_keys.count() == 1


@pytest.mark.parametrize("action", ["", "{}/rotate/", "{}/revoke/"])
def test_a_plain_member_sees_keys_and_changes_none(
    teammate: User, project: Project, signed_in: SignedIn, action: str
) -> None:
    client = signed_in(teammate)
    key = ApiKey.objects.get(project=project)

    html = client.get(PAGE).content.decode()
    assert key.prefix in html
    assert "Create key" not in html
    assert client.post(PAGE + action.format(key.pk), {"name": "mine"}).status_code == 403
    assert [(each.pk, each.is_live) for each in project.api_keys.all()] == [(key.pk, True)]


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_key_of_another_project_is_not_there(
    owner: User, outsider: User, project: Project, signed_in: SignedIn, action: str
) -> None:
    key = ApiKey.objects.get(project=project)

    response = signed_in(outsider).post(f"/p/rival/settings/keys/{key.pk}/{action}/")
    assert response.status_code == 404
    assert [(each.pk, each.is_live) for each in project.api_keys.all()] == [(key.pk, True)]


def test_many_keys_cost_no_more_queries(
    owner: User, project: Project, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        services.create_key(project, f"key {number}", owner)
    client = signed_in(owner)

    with django_assert_max_num_queries(8):
        assert client.get(PAGE).status_code == 200


def test_the_keys_that_are_found_are_downloaded_without_a_secret(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    created = services.create_key(project, "=dashboard", scope=KeyScope.READ, actor=owner)
    answer = signed_in(owner).get(PAGE, {"q": "dashboard", "format": "csv"})
    (row,) = rows(answer)
    assert (row["name"], row["key"], row["scope"]) == ("'=dashboard", created.secret[:13], "read")
    assert (row["created_by"], row["last_used"], row["revoked"]) == (str(owner), "", "")
