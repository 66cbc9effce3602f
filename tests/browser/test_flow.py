"""The flow of journeys tells what each band and bar stands for, to a mouse and to a keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from tests.browser.axe import NARROW, violations
from tests.browser.conftest import SignIn
from tests.browser.keyboard import tab_to
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db(transaction=True)

BAND = "Welcome → Payments: 6 times, in 6 of 12 sessions"
BAR = "Welcome: 12 of these transitions lead from it"


@pytest.fixture
def page(page: Page, speaker: Speaker, owner: User, sign_in: SignIn) -> Page:
    sign_in(page, owner)
    page.goto(f"/p/{speaker.project.slug}/journeys/?field=prompt&days=all")
    return page


def tip(page: Page) -> Locator:
    return page.locator("figure", has_text="From topic to topic").locator(".tip")


def test_a_band_that_one_points_at_is_told(page: Page) -> None:
    page.get_by_role("link", name=BAND).hover()
    expect(tip(page)).to_have_text(BAND)
    expect(page.locator(".flow:visible .is-told")).to_have_count(1)
    assert violations(page) == []
    page.get_by_role("heading", level=1).hover()
    expect(tip(page)).to_be_hidden()


def test_a_bar_that_has_the_focus_brings_its_bands_forward_until_escape(page: Page) -> None:
    tab_to(page, f"^{BAR}$")
    expect(tip(page)).to_have_text(BAR)
    expect(page.locator(".flow:visible .is-told")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(tip(page)).to_be_hidden()
    expect(page.locator(".is-told")).to_have_count(0)
    expect(page.get_by_role("link", name=BAR)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("topic=.*#follow-ups"))


def test_a_tip_stays_within_a_narrow_window(page: Page) -> None:
    page.set_viewport_size(NARROW)
    page.get_by_role("link", name=re.compile("^Payments: 6 of")).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
