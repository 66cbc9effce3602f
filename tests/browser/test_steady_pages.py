"""Pages stand still as they come, over a slow network and on a slow machine."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as OutOfTime
from pytest_django.live_server_helper import LiveServer

from accounts.models import Project, User
from tests.browser.conftest import PATIENCE_MS, SignIn
from tests.browser.first_load import SHIFTS, WATCH
from tests.browser.halves import in_halves
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    "overview", "topics", "topics/outliers", "map", "runs", "journeys", "journeys/paths",
    "sessions", "quality", "settings/metadata",
)  # fmt: skip
SLOW = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 40 * 1024,
    "uploadThroughput": 40 * 1024,
}
"""Slow enough for a page to come in pieces."""


@pytest.fixture
def many(project: Project) -> Speaker:
    """Long tables, of names as short and as long as they get: what comes later would widen."""
    speaker = Speaker(project)
    for number in range(60):
        words = "of the second subscription " * (number % 3)
        speaker.say(f"session {number}", [f"Topic {number} {words}".strip(), "Greetings"])
    return speaker


FIRST_FRAME = """requestAnimationFrame(() => {
  window.drawn = document.querySelectorAll("tbody tr").length;
})"""
IS_DRAWN = "window.drawn !== undefined"


def test_a_page_is_drawn_when_all_of_it_is_here(
    page: Page, live_server: LiveServer, many: Speaker, owner: User, sign_in: SignIn
) -> None:
    """While half of a table's rows are on their way nothing is drawn that they could move."""
    sign_in(page, owner)
    html = page.request.get(f"{live_server.url}/p/{many.project.slug}/topics/").body()
    page.add_init_script(FIRST_FRAME)
    with in_halves(html, live_server.url) as (url, rest):
        page.goto(url, wait_until="commit")
        with suppress(OutOfTime):
            page.wait_for_function(IS_DRAWN, polling=50, timeout=2_000)
        rest.set()
        page.wait_for_function(IS_DRAWN, polling=50)
        rows = html.split(b"<tbody>")[1].split(b"</tbody>")[0].count(b"<tr")
        assert page.evaluate("window.drawn") == rows > 40
        page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_no_page_moves_while_it_comes(
    browser: Browser,
    live_server: LiveServer,
    many: Speaker,
    owner: User,
    sign_in: SignIn,
    width: int,
    height: int,
) -> None:
    viewport = {"width": width, "height": height}
    context = browser.new_context(base_url=live_server.url, viewport=viewport)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, owner)
    page.add_init_script(WATCH)
    addresses = [f"/p/{many.project.slug}/{name}/" for name in PAGES]
    addresses.append(f"/p/{many.project.slug}/topics/{many.topic('Greetings').pk}/")
    moved = _moved(page, addresses)
    context.close()
    assert moved == {}


def _moved(page: Page, addresses: list[str]) -> dict[str, object]:
    """What moved in which of these pages, all of whose files the browser has."""
    page.goto(addresses[-1])
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 3})
    found: dict[str, object] = {}
    for address in addresses:
        page.goto(address)
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)
        shift, what = page.evaluate(SHIFTS)
        if shift:
            found[address] = (shift, what)
    return found
