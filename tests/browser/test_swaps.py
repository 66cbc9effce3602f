"""What htmx changes in place: when a request fails, where the focus goes, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from clustering.models import ClusteringRun, RunState, Theme
from tests.browser.conftest import PATIENCE_MS, SignIn
from tests.journeys.conftest import NOW, OUTLIER, Speaker

pytestmark = pytest.mark.django_db(transaction=True)

OLD = "document.querySelector('#list').classList.add('old')"
SEEN = "document.querySelector('#main').innerText"


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, owner: User, sign_in: SignIn) -> Iterator[Page]:
    """The browser of an owner, in whose console errors are to be expected."""
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, owner)
    yield page
    context.close()


@pytest.fixture
def runs(page: Page, speaker: Speaker) -> Page:
    """The page of runs, which asks again while one of them goes on."""
    run = {"project": speaker.project, "field": speaker.field}
    ClusteringRun.objects.create(**run, stage="cluster")
    done = {"state": RunState.DONE, "finished_at": NOW, "timings": {"cluster": 1.0}}
    ClusteringRun.objects.create(**run, **done)
    page.goto(f"/p/{speaker.project.slug}/runs/")
    return page


def failing(status: int) -> Callable[[Route], None]:
    """Have requests of htmx fail; with a status of 0, as where there is no network."""

    def fail(route: Route) -> None:
        if "hx-request" not in route.request.headers:
            route.fallback()
        elif status:
            route.fulfill(status=status, body="<main id=main>no</main>")
        else:
            route.abort()

    return fail


def focused(page: Page) -> Locator:
    return page.locator(":focus")


@pytest.mark.parametrize(
    ("status", "words"), [(500, "could not answer (500)"), (403, "refused"), (0, "not reached")]
)
def test_a_part_that_cannot_be_updated_says_so_until_it_can(
    runs: Page, status: int, words: str
) -> None:
    runs.route("**/runs/", failing(status))
    alert = runs.get_by_role("alert")
    expect(alert).to_contain_text(words)
    expect(runs.get_by_role("table")).to_be_visible()
    runs.unroute("**/runs/")
    expect(alert).to_have_count(0)


def test_a_part_that_cannot_be_loaded_does_not_go_on_loading(page: Page, speaker: Speaker) -> None:
    page.route("**/around/**", failing(500))
    page.goto(f"/p/{speaker.project.slug}/topics/{speaker.topic('Payments').pk}/")
    expect(page.get_by_text("This could not be loaded.")).to_be_visible()
    expect(page.locator(".loading")).to_have_count(0)
    page.unroute("**/around/**")
    page.get_by_role("alert").get_by_role("link", name="Load it again").click()
    expect(page.get_by_role("heading", name="Before and after")).to_be_visible()


def test_who_was_logged_out_is_led_to_the_log_in_and_back(runs: Page) -> None:
    path = runs.evaluate("location.pathname")
    runs.context.clear_cookies()
    expect(runs).to_have_url(re.compile(rf"/login\?next={path}$"))
    expect(runs.get_by_role("heading", level=1)).to_have_text("Log in")


def test_what_is_polled_keeps_the_focus_and_what_was_open(runs: Page) -> None:
    runs.evaluate(OLD)
    summary = runs.get_by_role("table").locator("summary")
    summary.focus()
    runs.keyboard.press("Enter")
    expect(runs.locator("#list:not(.old)")).to_be_visible()
    expect(summary).to_be_focused()
    expect(runs.get_by_role("table").locator("details[open]")).to_have_count(1)


def test_where_the_control_is_gone_the_focus_stays_in_its_place(runs: Page) -> None:
    runs.get_by_role("table").locator("summary").focus()
    ClusteringRun.objects.unscoped().filter(state=RunState.DONE).delete()
    expect(runs.locator("#list")).to_be_focused()


def test_a_form_that_comes_in_place_of_its_button_has_the_focus(
    page: Page, speaker: Speaker
) -> None:
    page.goto(f"/p/{speaker.project.slug}/topics/outliers/?field=prompt")
    page.get_by_role("link", name=re.compile("^Move")).first.press("Enter")
    expect(page.locator("#move select")).to_be_focused()
    theme = Theme.objects.get(project=speaker.project)
    page.goto(f"/p/{speaker.project.slug}/topics/?field=prompt&theme={theme.pk}")
    page.get_by_role("link", name="Rename the theme “Money”").press("Enter")
    expect(page.locator("#rename-theme").get_by_label("Name")).to_be_focused()


def follow(page: Page, *names: str) -> list[Callable[[], None]]:
    """Steps over links of the page, by name."""
    return [
        page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click
        for name in names
    ]


def apply_ios(page: Page) -> None:
    page.get_by_text("Choose values").click()
    page.locator("summary").filter(has_text="platform").click()
    page.get_by_label("ios").check()
    page.get_by_role("button", name="Apply").click()


def choose_path(page: Page) -> None:
    page.get_by_label("Direction").select_option("back")
    page.get_by_role("button", name="Show", exact=True).click()


def choose_topic(page: Page) -> None:
    page.get_by_label("Topic").select_option("Payments")
    page.get_by_role("button", name="Show", exact=True).click()


def there_and_back(page: Page, steps: list[Callable[[], None]]) -> None:
    """Take steps, each to an address of its own; then back, forward and anew show the same."""
    seen = [(page.url, page.evaluate(SEEN))]
    for step in steps:
        step()
        expect(page).not_to_have_url(seen[-1][0])
        page.wait_for_load_state()
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)
        seen.append((page.url, page.evaluate(SEEN)))
    assert len({url for url, _ in seen}) == len(seen)
    for _ in steps:
        there = seen.pop()
        page.reload()
        _shows(page, *there)
        page.go_back()
        _shows(page, *seen[-1])
        page.go_forward()
        _shows(page, *there)
        page.go_back()


def _shows(page: Page, url: str, text: str) -> None:
    expect(page).to_have_url(url)
    page.wait_for_function(f"text => {SEEN} === text", arg=text)


@pytest.mark.parametrize(
    ("path", "links", "act"),
    [
        ("topics/?field=prompt", ["7 days", "Found", "feedback"], apply_ios),
        ("journeys/?field=prompt", ["All time", "Shown", "Paths"], apply_ios),
        ("journeys/paths/?field=prompt", ["Shown"], choose_path),
        ("sessions/?field=prompt", ["feedback"], choose_topic),
    ],
)
def test_back_forward_and_reload_show_what_was_there(
    page: Page, speaker: Speaker, path: str, links: list[str], act: Callable[[Page], None]
) -> None:
    page.goto(f"/p/{speaker.project.slug}/{path}")
    there_and_back(page, [lambda: act(page), *follow(page, *links)])


def test_what_is_found_while_one_types_is_what_is_downloaded(page: Page, speaker: Speaker) -> None:
    for number in range(20):
        speaker.say(f"odd {number}", [OUTLIER], text=f"apples and {number} pears")
    page.goto(f"/p/{speaker.project.slug}/topics/outliers/?field=prompt")
    page.get_by_label("Find an outlier").press_sequentially("7 pears")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 3
