"""Charts, as a person looks at them, walks through them by keyboard, or reads their table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Organization, Project, User
from billing import refusals, services
from tests.browser.axe import NARROW, violations
from tests.browser.conftest import SignIn
from tests.journeys.conftest import Speaker

pytestmark = pytest.mark.django_db(transaction=True)

COLOURS = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = {};
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const colour = data.slice(at, at + 3).join(" ");
    counts[colour] = (counts[colour] ?? 0) + 1;
  }
  return counts;
}"""
SERIES_1 = {"light": "10 125 125", "dark": "69 189 178"}
SHIFTS = """() => new Promise((done) => new PerformanceObserver((list) => {
  done(list.getEntries().reduce((sum, shift) => sum + shift.value, 0));
}).observe({type: "layout-shift", buffered: true}) ?? setTimeout(() => done(0), 500))"""


@pytest.fixture
def usage(organization: Organization) -> str:
    """The page of a plan of which something was used in the last three days."""
    today = timezone.now().date()
    services.subscribe(organization, "pro", started_at=timezone.now() - timedelta(days=2))
    accepted = {today - timedelta(days=ago): 1000 * (1 + ago) for ago in range(3)}
    services.record_accepted(organization.pk, accepted)
    refusals.add({(organization.pk, today): 67})
    return f"/o/{organization.slug}/usage/"


def chart(page: Page, title: str) -> Locator:
    return page.locator("figure").filter(has_text=title)


def said(day: date, rest: str) -> str:
    """What is read out of a day, in the page's English whatever the browser's language."""
    return f"{day:%a}, {day.day} {day:%B} {day.year}: {rest}"


def drawn(canvas: Locator, colour: str) -> bool:
    """Whether a good part of a canvas has a colour."""
    return bool(canvas.evaluate(COLOURS).get(colour, 0) > 1000)


def test_the_arrow_keys_read_a_chart(page: Page, usage: str, owner: User, sign_in: SignIn) -> None:
    today = timezone.now().date()
    sign_in(page, owner)
    page.goto(usage)
    figure = chart(page, "Events by day")
    canvas = figure.get_by_role("application", name="Accepted and refused events by day")
    canvas.focus()
    live = figure.locator("[aria-live]")
    expect(live).to_be_empty()
    for key, day, rest in [
        ("ArrowLeft", today, "1,000 accepted, 67 refused"),
        ("ArrowRight", today, "1,000 accepted, 67 refused"),
        ("ArrowLeft", today - timedelta(days=1), "2,000 accepted, 0 refused"),
        ("Home", today - timedelta(days=2), "3,000 accepted, 0 refused"),
        ("End", today, "1,000 accepted, 67 refused"),
    ]:
        page.keyboard.press(key)
        expect(live).to_have_text(said(day, rest))
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Tab")
    expect(figure.locator("summary")).to_be_focused()


def test_what_is_to_come_has_no_past(
    page: Page, usage: str, organization: Organization, owner: User, sign_in: SignIn
) -> None:
    services.subscribe(organization, "pro", started_at=timezone.now() - timedelta(days=4))
    sign_in(page, owner)
    page.goto(usage)
    figure = chart(page, "Used of the plan")
    canvas = figure.get_by_role("application")
    canvas.focus()
    live = figure.locator("[aria-live]")
    page.keyboard.press("Home")
    expect(live).to_contain_text(": 0 used, 1,000,000 limit")
    page.keyboard.press("End")
    expect(live).to_contain_text("0 expected, 1,000,000 limit")


def test_a_chart_follows_the_colour_scheme(
    page: Page, usage: str, owner: User, sign_in: SignIn
) -> None:
    sign_in(page, owner)
    page.goto(usage)
    canvas = chart(page, "Events by day").locator("canvas")
    assert drawn(canvas, SERIES_1["light"])
    page.emulate_media(color_scheme="dark")
    canvas.evaluate("() => new Promise(requestAnimationFrame)")
    assert drawn(canvas, SERIES_1["dark"])
    assert not drawn(canvas, SERIES_1["light"])


def test_a_chart_that_is_swapped_is_drawn_anew(
    page: Page, usage: str, owner: User, sign_in: SignIn
) -> None:
    sign_in(page, owner)
    page.goto(usage)
    page.evaluate("document.querySelector('canvas').id = 'old'")
    swap = {"target": "main", "select": "main", "swap": "outerHTML"}
    page.evaluate("swap => htmx.ajax('GET', location.href, swap)", swap)
    expect(page.locator("#old")).to_have_count(0)
    expect(page.locator("canvas")).to_have_count(2)
    assert page.evaluate(
        "Object.values(Chart.instances).map((each) => each.canvas.isConnected)"
    ) == [
        True,
        True,
    ]


def test_without_javascript_the_table_is_what_one_reads(
    browser: Browser, live_server: LiveServer, page: Page, usage: str, owner: User, sign_in: SignIn
) -> None:
    sign_in(page, owner)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(usage)
    figure = chart(plain, "Events by day")
    figure.locator("summary").click()
    expect(figure.get_by_role("row").last).to_contain_text("1,000")
    expect(figure.locator(".chart-plot")).to_be_hidden()
    context.close()


def test_charts_move_nothing_when_they_come(
    page: Page, project: Project, owner: User, sign_in: SignIn
) -> None:
    Speaker(project).say("first", ["Pricing", "Refund"])
    sign_in(page, owner)
    for size in (None, NARROW):
        if size:
            page.set_viewport_size(size)
        page.goto(f"/p/{project.slug}/overview/?days=7")
        expect(page.locator("canvas")).to_have_count(2)
        assert page.evaluate(SHIFTS) < 0.01
    assert violations(page) == []
