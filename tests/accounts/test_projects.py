"""Organizations and projects."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import services
from accounts.models import ApiKey, Membership, Organization, Project, Role, User
from tests.conftest import PASSWORD

SignedIn = Callable[[User], Client]


def test_a_user_sees_their_own_organizations(
    owner: User, outsider: User, signed_in: SignedIn
) -> None:
    html = signed_in(owner).get("/organizations/").content.decode()

    assert "Inkwell" in html
    assert "1 project · 1 member" in html
    assert "Rival" not in html


def test_a_user_may_create_another_organization(owner: User, signed_in: SignedIn) -> None:
    page = signed_in(owner).post("/organizations/", {"name": "Second"}, follow=True)

    second = Organization.objects.get(slug="second")
    assert page.redirect_chain == [("/o/second/", 302)]
    assert "No project yet" in page.content.decode()
    assert Membership.objects.get(organization=second, user=owner).role == Role.OWNER


def test_a_user_without_an_organization_is_told_how_to_get_one(
    db: None, signed_in: SignedIn
) -> None:
    client = signed_in(User.objects.create_user("alone@example.com"))

    assert client.get("/").headers["Location"] == "/organizations/"
    assert "No organization yet" in client.get("/organizations/").content.decode()


def test_an_admin_creates_a_project(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    response = signed_in(owner).post("/o/inkwell/", {"name": "Help desk"})

    project = Project.objects.get(organization=organization, name="Help desk")
    assert response.headers["Location"] == "/p/help-desk/overview/"
    assert project.slug == "help-desk"
    assert ApiKey.objects.get(project=project).created_by == owner


def test_a_plain_member_creates_none(
    teammate: User, organization: Organization, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)

    assert "New project" not in client.get("/o/inkwell/").content.decode()
    assert client.post("/o/inkwell/", {"name": "Help desk"}).status_code == 403
    assert organization.projects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_project_needs_a_name(
    owner: User, organization: Organization, signed_in: SignedIn, name: str
) -> None:
    page = signed_in(owner).post("/o/inkwell/", {"name": name})

    assert list(page.context["form"].errors) == ["name"]
    assert organization.projects.count() == 1


def test_a_renamed_project_keeps_its_slug(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    client.post("/p/inkwell/settings/", {"name": "Quill"})

    project.refresh_from_db()
    assert (project.name, project.slug) == ("Quill", "inkwell")
    assert "Quill" in client.get("/p/inkwell/settings/").content.decode()


def test_a_plain_member_renames_nothing(
    teammate: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)

    assert "Rename" not in client.get("/p/inkwell/settings/").content.decode()
    assert client.post("/p/inkwell/settings/", {"name": "Quill"}).status_code == 403
    project.refresh_from_db()
    assert project.name == "Inkwell"


def test_an_admin_says_what_the_llm_may_see(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    html = client.get("/p/inkwell/settings/").content.decode()
    assert '<option value="redacted" selected>' in html
    for choice in ("none", "verbatim"):
        page = client.post("/p/inkwell/settings/llm/", {"llm_examples": choice}, follow=True)
        project.refresh_from_db()
        assert project.llm_examples == choice
        assert f'<option value="{choice}" selected>' in page.content.decode()
    assert project.name == "Inkwell"


@pytest.mark.parametrize("choice", ["", "everything"])
def test_an_unknown_choice_changes_nothing(
    owner: User, project: Project, signed_in: SignedIn, choice: str
) -> None:
    page = signed_in(owner).post("/p/inkwell/settings/llm/", {"llm_examples": choice})
    project.refresh_from_db()
    assert list(page.context["llm_form"].errors) == ["llm_examples"]
    assert project.llm_examples == "redacted"


def test_a_plain_member_sees_the_choice_and_changes_nothing(
    teammate: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)
    html = client.get("/p/inkwell/settings/").content.decode()
    assert "Examples, with what identifies a person masked" in html
    assert "<select" not in html.split("llm-heading", 1)[1]
    answer = client.post("/p/inkwell/settings/llm/", {"llm_examples": "verbatim"})
    assert answer.status_code == 403
    project.refresh_from_db()
    assert project.llm_examples == "redacted"


def test_an_admin_says_when_a_session_is_over(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    assert 'value="30"' in client.get("/p/inkwell/settings/").content.decode()
    client.post("/p/inkwell/settings/sessions/", {"minutes": "120"})
    project.refresh_from_db()
    assert project.session_gap == timedelta(hours=2)


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1e3", "10081", "half an hour"])
def test_a_gap_that_makes_no_sense_changes_nothing(
    owner: User, project: Project, signed_in: SignedIn, minutes: str
) -> None:
    page = signed_in(owner).post("/p/inkwell/settings/sessions/", {"minutes": minutes})
    project.refresh_from_db()
    assert list(page.context["gap_form"].errors) == ["minutes"]
    assert project.session_gap == timedelta(minutes=30)


def test_a_plain_member_sees_when_a_session_is_over(
    teammate: User, project: Project, signed_in: SignedIn
) -> None:
    client = signed_in(teammate)
    assert (
        "After 30 minutes without an event" in client.get("/p/inkwell/settings/").content.decode()
    )
    assert client.post("/p/inkwell/settings/sessions/", {"minutes": "1"}).status_code == 403


def test_the_settings_say_whether_an_llm_is_set(
    owner: User, project: Project, signed_in: SignedIn, settings: Any
) -> None:
    client = signed_in(owner)
    assert "no text leaves this machine" in client.get("/p/inkwell/settings/").content.decode()
    settings.ANTHROPIC_API_KEY = "test-key"
    assert "sent to Anthropic" in client.get("/p/inkwell/settings/").content.decode()


def test_a_slug_that_is_taken_begins_with_the_organization_or_ends_at_random(
    organization: Organization,
) -> None:
    first, second, third = (
        services.create_project(organization, "Help desk").slug for _ in range(3)
    )

    assert (first, second) == ("help-desk", "inkwell-help-desk")
    assert re.fullmatch("help-desk-[0-9a-f]{8}", third)


def test_a_project_called_as_its_organization_does_not_say_the_name_twice(db: None) -> None:
    first = services.sign_up("a@example.com", PASSWORD, "Help desk")
    second = services.sign_up("b@example.com", PASSWORD, "Help desk")

    assert first.project.slug == "help-desk"
    assert second.project.slug == second.organization.slug


def test_a_slug_of_two_long_names_fits(organization: Organization) -> None:
    organization.slug = "o" * 60
    for _ in range(3):
        assert len(services.create_project(organization, "Help desk" * 9).slug) <= 60


def test_the_switcher_leads_to_every_project_of_the_user_and_no_other(
    owner: User, outsider: User, organization: Organization, signed_in: SignedIn
) -> None:
    services.create_project(organization, "Help desk")
    html = signed_in(owner).get("/p/inkwell/settings/").content.decode()
    menu = html.split('class="menu switcher"')[1].split("</details>")[0]

    assert "Help desk" in menu
    assert "Rival" not in menu


def test_a_name_is_text_and_never_markup(
    owner: User, organization: Organization, signed_in: SignedIn
) -> None:
    services.create_project(organization, "<script>alert(1)</script>")
    html = signed_in(owner).get("/o/inkwell/").content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_many_projects_cost_no_more_queries(
    owner: User,
    organization: Organization,
    signed_in: SignedIn,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(20):
        services.create_project(organization, f"Project {number}")
    client = signed_in(owner)

    with django_assert_max_num_queries(9):
        assert client.get("/o/inkwell/").status_code == 200
    with django_assert_max_num_queries(8):
        assert client.get("/organizations/").status_code == 200
