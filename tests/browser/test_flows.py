"""What people do from day to day, each in the browser from its first click to what comes of it."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Membership, Organization, Project, User
from accounts.services import NewTenant
from billing import services as billing
from clustering import pipeline
from ingestion.models import Field, FieldType
from tests.browser.axe import violations
from tests.browser.conftest import SignIn
from tests.clustering.messages import ALL, DISCOUNT, PRICE, send
from tests.clustering.test_curation import topic_of
from tests.conftest import PASSWORD
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(page: Page, owner: User, sign_in: SignIn) -> Page:
    """The browser of an owner."""
    sign_in(page, owner)
    return page


@pytest.fixture
def clustered(project: Project) -> Project:
    send(project, ALL, platform="ios")
    pipeline.drain(project)
    return project


@pytest.fixture
def payments(project: Project) -> Speaker:
    """On iOS people go from a welcome to payments, elsewhere to logging in."""
    Field.objects.create(project=project, key="platform", detected_type=FieldType.ENUM)
    speaker = Speaker(project)
    for platform, about in (("ios", "Payments"), ("android", "Login")):
        for number in range(30):
            name = f"{platform}-{number}"
            metadata = {"platform": platform}
            speaker.say(name, ["Welcome", about], user_id=name, metadata=metadata)
    return speaker


def track(server: LiveServer, key: str) -> int:
    """Send an event with a key; the status of the answer."""
    body = {"name": "user_prompt", "metadata": {"prompt": "Hello?"}}
    headers = {"X-API-Key": key}
    return requests.post(f"{server.url}/track", headers=headers, json=body, timeout=30).status_code


def test_a_text_field_made_an_enum_has_no_topics_until_it_is_text_again(
    page: Page, clustered: Project
) -> None:
    pages = page.get_by_role("navigation", name="Project")
    empty = page.get_by_role("heading", name="No texts yet")
    topic = page.get_by_role("link", name=str(topic_of(clustered, PRICE[0])), exact=True)
    page.goto(f"/p/{clustered.slug}/topics/")
    expect(topic).to_be_visible()
    for chosen, shown in (("Enum", empty), ("Text", topic)):
        pages.get_by_role("link", name="Metadata").click()
        page.get_by_role("link", name="Change type of prompt").click()
        page.get_by_label(chosen, exact=True).check()
        page.get_by_role("button", name="Change the type").click()
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="of prompt"))
        expect(row).to_contain_text(f"{chosen} set by")
        pages.get_by_role("link", name="Topics").click()
        expect(shown).to_be_visible()


def test_a_topic_is_renamed_and_merged_and_both_are_undone(page: Page, clustered: Project) -> None:
    price, discount = topic_of(clustered, PRICE[0]), topic_of(clustered, DISCOUNT[0])
    heading = page.get_by_role("heading", level=1)
    page.goto(f"/p/{clustered.slug}/topics/{price.pk}/")
    page.get_by_label("Name", exact=True).fill("What it costs")
    page.get_by_role("button", name="Save name").click()
    expect(heading).to_have_text("What it costs")

    page.locator("#merge").get_by_label("Topic").select_option(str(discount))
    page.get_by_role("button", name="Merge into this topic").click()
    expect(page.get_by_role("status")).to_contain_text("Later runs keep them together")
    assert topic_of(clustered, DISCOUNT[0]) == price

    for undone in ("Merged", "Renamed"):
        page.goto(f"/p/{clustered.slug}/decisions/")
        page.get_by_role("button", name=re.compile(f"^Undo.*{undone}")).click()
        expect(page.get_by_role("status")).to_contain_text(f"Undone: {undone}")
    expect(heading).to_have_text(str(price))
    assert topic_of(clustered, DISCOUNT[0]) == discount


def test_a_segment_is_chosen_in_the_panel_and_compared_with_everybody_else(
    page: Page, payments: Speaker
) -> None:
    page.goto(f"/p/{payments.project.slug}/journeys/")
    page.get_by_text("Choose values").click()
    page.locator("summary").filter(has_text="platform").click()
    page.get_by_label("ios").check()
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"where\.platform=ios"))
    expect(page.get_by_role("list", name="Conditions")).to_contain_text("platform is ios")

    page.get_by_role("link", name="Compare", exact=True).click()
    sides = page.get_by_role("region", name="Two sides")
    expect(sides).to_contain_text("everybody else · 30 sessions")
    found = page.get_by_role("region", name=re.compile("differences? found"))
    expect(found.get_by_role("row").filter(has_text="Payments").first).to_contain_text("+100")


def test_a_journey_is_read_from_the_flow_down_to_a_conversation(
    page: Page, payments: Speaker
) -> None:
    page.goto(f"/p/{payments.project.slug}/journeys/")
    flow = page.get_by_role("group", name=re.compile("Transitions between topics"))
    flow.get_by_role("link", name=re.compile("^Payments")).click()
    follow_ups = page.get_by_role("region", name="Common follow-ups")
    expect(follow_ups).to_contain_text("After the first visit to Payments")

    follow_ups.get_by_role("link", name="Sessions").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Sessions that come to Payments")
    rows = page.get_by_role("table").get_by_role("rowheader")
    expect(rows).to_have_count(30)
    rows.first.get_by_role("link").first.click()
    expect(heading).to_contain_text("about Welcome")
    expect(page.get_by_role("main")).to_contain_text("Session ios-")
    expect(page.get_by_role("blockquote")).to_contain_text(["about Welcome", "about Payments"])


def test_a_guest_is_invited_and_accepts(
    page: Page, browser: Browser, live_server: LiveServer, organization: Organization
) -> None:
    page.goto(f"/o/{organization.slug}/members/")
    page.get_by_label("E-mail").fill("guest@example.com")
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.locator("#invitation-link").text_content() or ""

    guest = browser.new_page(base_url=live_server.url)
    guest.goto(link[link.index("/invitations/") :])
    expect(guest.get_by_role("heading", level=1)).to_have_text(f"Join {organization.name}")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Create account and join").click()
    expect(guest.get_by_role("status")).to_contain_text("You are a member")
    guest.context.close()

    assert (
        Membership.objects.get(organization=organization, user__email="guest@example.com").role
        == "member"
    )
    page.reload()
    expect(page.get_by_role("rowheader", name="guest@example.com")).to_have_count(1)


def test_a_key_is_rotated_and_the_old_one_is_refused_once_revoked(
    page: Page, live_server: LiveServer, tenant: NewTenant
) -> None:
    old = tenant.key.secret
    page.goto(f"/p/{tenant.project.slug}/settings/keys/")
    page.get_by_role("button", name="Rotate").click()
    key = page.locator("#api-key")
    expect(key).to_contain_text("tur_live_")
    assert violations(page) == []
    new = (key.text_content() or "").strip()
    assert (track(live_server, old), track(live_server, new)) == (200, 200)

    page.goto(f"/p/{tenant.project.slug}/settings/keys/")
    row = page.get_by_role("row").filter(has_text=tenant.key.api_key.prefix)
    row.locator("summary").click()
    row.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    assert (track(live_server, old), track(live_server, new)) == (401, 200)


def test_a_banner_tells_that_the_quota_is_used_up(
    page: Page, live_server: LiveServer, tenant: NewTenant
) -> None:
    billing.subscribe(tenant.organization, "pro", event_limit=1)
    banner = page.get_by_role("status").filter(has_text="new events are refused")
    page.goto(f"/p/{tenant.project.slug}/topics/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(banner).to_have_count(0)

    assert [track(live_server, tenant.key.secret) for _ in range(2)] == [200, 429]
    page.reload()
    expect(banner).to_contain_text("Inkwell has used all 1 events of its plan")
    assert violations(page) == []
    banner.get_by_role("link", name="Usage").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Usage")
