"""Signing up makes a tenant and shows its first key once."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import keys, services
from accounts.models import ApiKey, Membership, Organization, Project, Role, User
from tests.conftest import PASSWORD

FORM = {"organization_name": "Inkwell", "email": "Ada@Example.com", "password": PASSWORD}


def test_it_makes_an_owner_a_project_and_a_key(client: Client, db: None) -> None:
    response = client.post("/signup", FORM)

    membership = Membership.objects.unscoped().select_related("user", "organization").get()
    project = Project.objects.get(organization=membership.organization)
    assert membership.role == Role.OWNER
    assert membership.user.email == "ada@example.com"
    assert (project.name, project.slug) == ("Inkwell", "inkwell")
    assert response.headers["Location"] == "/p/inkwell/overview/"


def test_its_project_is_called_as_they_say(client: Client, db: None) -> None:
    page = client.post("/signup", {**FORM, "project_name": "Web app"}, follow=True)

    assert (page.context["organization"].name, page.context["project"].name) == (
        "Inkwell",
        "Web app",
    )
    assert page.redirect_chain[-1][0] == "/p/web-app/overview/"


def test_the_key_is_shown_once_with_code_to_paste(client: Client, db: None) -> None:
    page = client.post("/signup", FORM, follow=True)
    secret = page.context["new_key"]["secret"]
    html = page.content.decode()

    assert keys.is_well_formed(secret)
    assert ApiKey.objects.unscoped().get().digest == keys.digest(secret)
    assert html.count(secret) == 4  # by itself, and in curl, Python and JavaScript
    assert html.count("data-copy=") == 4
    assert "no-store" in page.headers["Cache-Control"]

    again = client.get("/p/inkwell/overview/").content.decode()
    assert secret not in again
    assert "YOUR_API_KEY" in again
    assert secret not in str(dict(client.session))


def test_it_logs_in(client: Client, db: None) -> None:
    client.post("/signup", FORM)

    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com "])
def test_an_address_that_has_an_account_is_told_what_to_do(
    client: Client, db: None, email: str
) -> None:
    services.sign_up("ada@example.com", PASSWORD, "Inkwell")

    page = client.post("/signup", {**FORM, "email": email, "organization_name": "Other"})

    assert "An account with this e-mail exists" in page.content.decode()
    assert Organization.objects.count() == 1
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organization_name", ""),
        ("organization_name", "x" * 101),
        ("project_name", "x" * 101),
        ("email", "nobody"),
        ("email", ""),
        ("email", f"{'x' * 250}@example.com"),
        ("password", "short"),
        ("password", "password123"),
        ("password", "98127634981"),
        ("password", "ada@example.com"),
    ],
)
def test_each_field_is_checked(client: Client, db: None, field: str, value: str) -> None:
    page = client.post("/signup", {**FORM, field: value})

    assert list(page.context["form"].errors) == [field]
    assert not User.objects.exists()


def test_a_name_that_is_taken_gets_another_slug(client: Client, db: None) -> None:
    services.sign_up("first@example.com", PASSWORD, "Inkwell")
    client.post("/signup", FORM)

    slugs = sorted(Organization.objects.values_list("slug", flat=True))
    assert slugs[0] == "inkwell"
    assert slugs[1].startswith("inkwell-")


def test_a_name_without_letters_still_gets_a_slug(db: None) -> None:
    assert services.sign_up("a@example.com", PASSWORD, "日本").project.slug == "project"


def test_who_is_signed_in_is_led_home(client: Client, owner: User) -> None:
    client.force_login(owner)

    assert client.get("/signup").headers["Location"] == "/"


def test_where_it_is_by_invitation_nobody_signs_up(
    client: Client, db: None, settings: Settings
) -> None:
    settings.SIGN_UP = False
    for path in ("/", "/login"):
        assert "/signup" not in client.get(path).content.decode()
    for page in (client.get("/signup"), client.post("/signup", FORM)):
        assert page.status_code == 403
        assert "Accounts are made by invitation here" in page.content.decode()
    assert not User.objects.exists()
