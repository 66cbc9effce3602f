"""A new team's first minutes, by keyboard: what is needed is watched live, and samples are near."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Membership, Organization, User
from config.demo import sample
from ingestion.models import Event
from tests.browser.axe import violations
from tests.browser.conftest import PATIENCE_MS, SignIn
from tests.browser.keyboard import tab_to
from tests.browser.test_first_topics import send
from tests.clustering.messages import ACCESS, DISCOUNT, INTEGRATION, PRICE
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A phone in Tokyo."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 390, "height": 844},
        timezone_id="Asia/Tokyo",
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def sign_up(page: Page) -> None:
    page.goto("/")
    tab_to(page, "Sign up")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signup")
    for typed in ("Acme", "Web app", "ada@example.com", PASSWORD):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/overview/")


def widths(page: Page) -> tuple[int, int]:
    """Of what there is, and of the window."""
    return tuple(page.evaluate("[document.documentElement.scrollWidth, innerWidth]"))


def test_from_the_landing_page_to_journeys_without_a_reload(
    phone: Page, live_server: LiveServer
) -> None:
    sign_up(phone)
    checklist = phone.get_by_role("region", name=re.compile("Web app"))
    steps = checklist.get_by_role("listitem")
    done = checklist.locator("li.done")
    expect(steps).to_have_count(4)
    expect(done).to_have_count(1)
    expect(phone.get_by_role("contentinfo")).to_contain_text("Times in Asia/Tokyo")
    assert violations(phone) == []
    content, window = widths(phone)
    assert content <= window
    tab_to(phone, "Python")
    phone.keyboard.press("Enter")
    expect(phone.locator("#python")).to_be_visible()
    expect(phone.locator("#curl")).to_be_hidden()
    key = (phone.locator("#api-key").text_content() or "").strip()

    send(live_server.url, key, ["Where is my parcel?"])
    expect(steps.nth(1)).to_contain_text("1 received")
    expect(done).to_have_count(2)
    call_command("drain")
    expect(steps.nth(2)).to_contain_text("1 of about 20 different messages")

    for messages in zip(ACCESS, PRICE, DISCOUNT, INTEGRATION, strict=False):
        send(live_server.url, key, list(messages))
    send(live_server.url, key, [*ACCESS, *PRICE, *DISCOUNT, *INTEGRATION])
    call_command("drain")
    expect(phone.get_by_role("heading", name="Web app is set up")).to_be_visible()
    expect(done).to_have_count(4)
    assert (phone.locator("#api-key").text_content() or "").strip() == key
    tab_to(phone, "Read journeys")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Journeys")


def test_sample_data_are_one_click_away_and_say_so(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "CONVERSATIONS", 20)
    sign_up(page)
    tab_to(page, "Open sample data")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inkwell-sample/overview/")
    expect(page.get_by_text("Sample data: conversations with Inkwell")).to_be_visible()
    assert Event.objects.unscoped().exists()
    assert violations(page) == []
    page.get_by_role("button", name="Dismiss the checklist").click()
    expect(page.get_by_role("region", name=re.compile("Set up"))).to_have_count(0)


def test_a_long_list_is_searched_while_one_types(
    page: Page, owner: User, organization: Organization, sign_in: SignIn
) -> None:
    users = User.objects.bulk_create(
        User(email=f"m{number}@example.com", name=f"Member {number}") for number in range(60)
    )
    Membership.objects.bulk_create(
        Membership(organization=organization, user=user) for user in users
    )
    sign_in(page, owner)
    page.goto(f"/o/{organization.slug}/members/")
    rows = page.get_by_role("rowheader")
    expect(rows).to_have_count(50)
    page.get_by_role("searchbox", name="Find a member").press_sequentially("member 42")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=member(\+|%20)42"))
    assert violations(page) == []
    page.reload()
    expect(rows).to_have_count(1)
    page.goto("/account")
    page.go_back()
    expect(rows).to_have_count(1)


@pytest.mark.django_db(transaction=True)
def test_a_refused_form_has_the_focus_in_the_field_that_is_wrong(page: Page) -> None:
    page.goto("/signup")
    page.get_by_label("Organization").fill("Inkwell")
    page.get_by_label("E-mail").fill("new@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_label("Password")).to_be_focused()
