"""What every page has: the frame, its policy, and a page for each error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.models import Project, User

SignedIn = Callable[[User], Client]


def test_a_visitor_reads_what_turret_is(client: Client, db: None) -> None:
    html = client.get("/").content.decode()

    assert "See what your users talk about" in html
    assert 'href="/signup"' in html
    assert 'href="/api/docs"' in html
    assert "Exported PNG looks low quality" in html
    assert "Cannot sign in → Reset password, 84 times" in html


def test_pages_forbid_what_comes_from_elsewhere(client: Client, db: None) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_frame_of_a_project_leads_to_its_pages(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    html = signed_in(owner).get("/p/inkwell/settings/keys/").content.decode()
    row = html.split('class="top-nav"')[1].split("</nav>")[0]

    names = (
        "Overview",
        "Topics",
        "Journeys",
        "Runs",
        "Send events",
        "General",
        "Metadata",
        "API keys",
    )
    for name in names:
        assert f">{name}</a>" in row
    assert row.count("aria-current") == 1
    assert 'aria-current="page">API keys' in row


def test_the_frame_of_an_organization_leads_to_its_pages(
    owner: User, project: Project, signed_in: SignedIn
) -> None:
    html = signed_in(owner).get("/o/inkwell/members/").content.decode()
    row = html.split('class="top-nav"')[1].split("</nav>")[0]

    for name in ("Projects", "Members", "Usage"):
        assert f">{name}</a>" in row
    assert row.count("aria-current") == 1


def test_notices_can_be_dismissed(owner: User, signed_in: SignedIn) -> None:
    page = signed_in(owner).post("/account/", {"name": "Ada"}, follow=True)

    assert "Your account is saved." in page.content.decode()
    assert "data-dismiss" in page.content.decode()


def test_a_page_that_is_not_there_says_so(client: Client, owner: User, signed_in: SignedIn) -> None:
    for visitor in (client, signed_in(owner)):
        page = visitor.get("/nothing/here/")
        assert page.status_code == 404
        assert "There is nothing here" in page.content.decode()


def test_a_form_without_its_token_is_refused_with_words(db: None) -> None:
    page = Client(enforce_csrf_checks=True).post("/login", {"username": "a", "password": "b"})

    assert page.status_code == 403
    assert "This page was open too long" in page.content.decode()


@pytest.mark.parametrize(
    ("template", "words"), [("400.html", "cannot be read"), ("500.html", "Something broke")]
)
def test_pages_for_our_own_errors_need_nothing(template: str, words: str) -> None:
    assert words in render_to_string(template)


def test_a_wrong_host_gets_a_plain_answer(client: Client) -> None:
    page = client.get("/healthz", headers={"host": "evil.example"})

    assert page.status_code == 400
    assert "This request cannot be read" in page.content.decode()


def test_the_pager_keeps_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/?q=login&page=2")
    page = Paginator(range(1, 2501), 100).page(2)
    html = render_to_string("partials/pagination.html", {"page": page, "noun": "topics"}, request)

    assert "101–200 of 2,500 topics" in html
    assert 'href="?q=login&amp;page=1"' in html
    assert 'href="?q=login&amp;page=3"' in html
