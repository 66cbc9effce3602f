"""Whole flows by the keyboard alone. The first minutes, and the map, have theirs elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Project, User
from tests.browser.conftest import SignIn
from tests.browser.keyboard import tab_to
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(page: Page, owner: User, sign_in: SignIn) -> Page:
    """The browser of an owner, who has no mouse."""
    sign_in(page, owner)
    return page


def test_a_topic_is_renamed_and_merged_and_that_is_undone(page: Page, speaker: Speaker) -> None:
    page.goto(f"/p/{speaker.project.slug}/topics/?field=prompt&days=all")
    tab_to(page, "^Payments$")
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/*/?**")
    tab_to(page, "^Name$")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("What it costs")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("What it costs")

    tab_to(page, "^Topic$")
    page.keyboard.type("Login")
    tab_to(page, "^Merge into this topic$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Later runs keep them together")
    tab_to(page, "^Undo.*Merged")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Undone: Merged")


def test_a_segment_is_chosen_and_compared(page: Page, speaker: Speaker) -> None:
    page.goto(f"/p/{speaker.project.slug}/journeys/?field=prompt&days=all")
    tab_to(page, "^Choose values")
    page.keyboard.press("Enter")
    tab_to(page, "^platform")
    page.keyboard.press("Enter")
    tab_to(page, "^ios")
    page.keyboard.press("Space")
    tab_to(page, "^Apply$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Conditions")).to_contain_text("platform is ios")
    expect(page.get_by_role("button", name="Apply")).to_be_focused()

    tab_to(page, "^Compare$")
    page.keyboard.press("Enter")
    sides = page.get_by_role("region", name="Two sides")
    expect(sides).to_contain_text("everybody else · 6 sessions")


def test_the_first_tab_skips_to_the_content(page: Page, project: Project) -> None:
    page.goto(f"/p/{project.slug}/topics/")
    tab_to(page, "^Skip to content$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.parametrize("menu", ["^Switch project", "Account$"])
def test_a_menu_is_walked_and_closed(page: Page, project: Project, menu: str) -> None:
    page.goto(f"/p/{project.slug}/topics/")
    tab_to(page, menu)
    page.keyboard.press("Enter")
    opened = page.locator("details.menu[open]")
    expect(opened).to_have_count(1)
    page.keyboard.press("Tab")
    expect(opened.locator(".menu-panel :focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    assert re.search(menu, " ".join(page.locator(":focus").inner_text().split()))
