"""A button that is clicked twice, and again after coming back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organization, Project, User
from tests.browser.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)

KEEP = """() => {
    window.kept = [];
    addEventListener("submit", (event) => {
        kept.push(event.defaultPrevented);
        event.preventDefault();
    });
}"""
"""Send no form, and note whether each had been kept back already."""


@pytest.fixture
def page(page: Page, owner: User, sign_in: SignIn) -> Page:
    """The browser of an owner."""
    sign_in(page, owner)
    return page


def projects(organization: Organization) -> list[str]:
    return sorted(Project.objects.filter(organization=organization).values_list("name", flat=True))


def test_two_clicks_send_a_form_once(page: Page) -> None:
    page.goto("/o/inkwell/")
    page.evaluate(KEEP)
    page.get_by_label("Name").fill("Help desk")
    for _ in range(2):
        page.get_by_role("button", name="Create").click()
    assert page.evaluate("kept") == [False, True]


def test_who_comes_back_may_send_it_again(page: Page, organization: Organization) -> None:
    page.goto("/o/inkwell/")
    for name in ("Help desk", "Web app"):
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Create").click()
        expect(page).to_have_url(re.compile("/overview/$"))
        page.go_back()
    assert projects(organization) == ["Help desk", "Inkwell", "Web app"]


def test_a_form_that_htmx_sends_is_sent_at_every_change(page: Page, project: Project) -> None:
    page.goto("/p/inkwell/settings/privacy/")
    for text in ("Write to jo@example.com", "Call +49 170 5550199"):
        with page.expect_response("**/settings/privacy/sample/"):
            page.get_by_label("Try it on a text").fill(text)
    expect(page.locator("#masked")).to_contain_text("Call [phone]")
