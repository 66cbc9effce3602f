"""Long lists are found by words and paged; short ones are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.listing import PAGE_SIZE, SHORT, listing
from accounts.models import Membership, Organization, Project, Role, User
from ingestion.models import Field, FieldType

SignedIn = Callable[[User], Client]


def found(query: str, rows: list[str]) -> list[str]:
    return list(listing(RequestFactory().get(f"/?{query}"), rows, str).page)


ROWS = ["Ada Lovelace", "Grace Hopper", "Ada Byron", "50% off"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ROWS),
        ("q=", ROWS),
        ("q=ada", ["Ada Lovelace", "Ada Byron"]),
        ("q=BYRON+ada", ["Ada Byron"]),
        ("q=%25", ["50% off"]),
        ("q=nobody", []),
        ("q=" + "x" * 5000, []),
        ("page=7", ROWS),
        ("page=no", ROWS),
    ],
)
def test_rows_that_have_all_words(query: str, expected: list[str]) -> None:
    assert found(query, ROWS) == expected


def test_a_page_has_fifty() -> None:
    rows = [f"row {number}" for number in range(120)]

    assert found("", rows) == rows[:PAGE_SIZE]
    assert found("page=3", rows) == rows[100:]
    assert found("q=row+11&page=2", rows) == found("q=row+11", rows)


@pytest.fixture
def crowd(organization: Organization) -> list[User]:
    users = User.objects.bulk_create(
        User(email=f"m{number}@example.com", name=f"Member {number}") for number in range(120)
    )
    Membership.objects.bulk_create(
        Membership(organization=organization, user=user, role=Role.MEMBER) for user in users
    )
    return users


def test_many_members(
    owner: User, organization: Organization, crowd: list[User], signed_in: SignedIn
) -> None:
    client = signed_in(owner)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/o/inkwell/members/").content.decode()
    assert len(queries) <= 12
    assert "1–50 of 121 members" in page
    assert 'placeholder="Find a member"' in page

    one = client.get("/o/inkwell/members/?q=M117@example").content.decode()
    assert "Member 117" in one
    assert "Member 116" not in one
    none = client.get("/o/inkwell/members/?q=<script>").content.decode()
    assert "&lt;script&gt;" in none
    assert "<script>”" not in none


@pytest.mark.parametrize(
    "path", ["/o/inkwell/members/", "/o/inkwell/", "/p/inkwell/settings/keys/"]
)
def test_a_short_list_has_no_search(
    owner: User, project: Project, signed_in: SignedIn, path: str
) -> None:
    assert 'role="search"' not in signed_in(owner).get(path).content.decode()


def test_many_keys_and_projects(
    owner: User, organization: Organization, project: Project, signed_in: SignedIn
) -> None:
    for number in range(SHORT + 1):
        services.create_key(project, f"backend-{number}", owner)
        services.create_project(organization, f"Product {number}")
    client = signed_in(owner)

    keys = client.get("/p/inkwell/settings/keys/?q=backend-7").content.decode()
    assert '<th scope="row">backend-7</th>' in keys
    assert "backend-8" not in keys
    projects = client.get("/o/inkwell/?q=product+7").content.decode()
    listed = projects.split('id="list"')[1]
    assert "Product 7" in listed
    assert "Product 8" not in listed


def test_two_hundred_fields(owner: User, project: Project, signed_in: SignedIn) -> None:
    Field.objects.bulk_create(
        Field(
            project=project,
            key=f"section.key_{number}",
            detected_type=FieldType.ENUM if number % 4 else FieldType.NUMBER,
        )
        for number in range(200)
    )
    client, path = signed_in(owner), "/p/inkwell/settings/metadata/"
    with CaptureQueriesContext(connection) as queries:
        page = client.get(path).content.decode()
    assert len(queries) <= 12
    assert "All 200" in page
    assert "1–50 of 200 fields" in page

    numbers = client.get(f"{path}?type=number&q=key_1").content.decode()
    assert "<code>section.key_100</code>" in numbers
    assert "<code>section.key_101</code>" not in numbers
    assert 'name="type" value="number"' in numbers
    assert "1–50 of 200 fields" in client.get(f"{path}?type=<b>").content.decode()
