"""The map as people move about on it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Project, User
from clustering import map_drawing, pipeline
from clustering.models import TopicMap
from tests.browser.axe import violations
from tests.browser.conftest import SignIn
from tests.clustering.messages import ALL, PRICE, field_of, send
from tests.clustering.test_topic_pages import SCRIPT, topic_with

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = [*ALL, SCRIPT]


@pytest.fixture
def drawn(project: Project) -> Project:
    send(project, TEXTS)
    pipeline.drain(project)
    map_drawing.draw(field_of(project))
    return project


@pytest.fixture
def page(page: Page, owner: User, sign_in: SignIn) -> Page:
    """The browser of an owner, who wants no animations."""
    sign_in(page, owner)
    page.emulate_media(reduced_motion="reduce")
    return page


@pytest.fixture
def stage(page: Page, drawn: Project) -> Locator:
    """The map, once it can be moved."""
    page.goto(f"/p/{drawn.slug}/map/")
    expect(page.locator(".map[data-ready]")).to_be_visible()
    return page.get_by_role("application", name="Map of prompt")


def picture(page: Page) -> str:
    """What the points look like once they are drawn."""
    return str(
        page.evaluate("""async () => {
            await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
            return document.querySelector(".map canvas").toDataURL();
        }""")
    )


def expect_picture(page: Page, known: str, *, same: bool) -> None:
    """Wait until the points look as they did, or otherwise."""
    page.wait_for_function(
        "([known, same]) => (document.querySelector('.map canvas').toDataURL() === known) === same",
        arg=[known, same],
    )


def spots(stage: Locator, step: int = 12) -> list[tuple[int, int]]:
    box = stage.bounding_box()
    assert box
    return [
        (int(box["x"]) + x, int(box["y"]) + y)
        for y in range(step, int(box["height"]), step)
        for x in range(step, int(box["width"]), step)
    ]


def test_pointing_at_a_text_shows_it_as_text(page: Page, stage: Locator) -> None:
    tip = page.locator(".map-tip")
    for spot in spots(stage):
        page.mouse.move(*spot)
        if tip.is_visible():
            break
    expect(tip).to_contain_text("similarity")
    assert any(text in tip.inner_text() for text in TEXTS)


def test_a_topic_of_the_list_is_shown_and_opened_by_its_name(
    page: Page, stage: Locator, drawn: Project
) -> None:
    topic = topic_with(drawn, PRICE[0])
    before = picture(page)
    page.get_by_role("button", name=f"Show {topic} on the map").click()
    expect(page.get_by_role("status").filter(has_text=str(topic))).to_be_visible()
    expect_picture(page, before, same=False)
    stage.click()
    expect(page).to_have_url(re.compile(f"/topics/{topic.pk}/$"))
    page.get_by_role("link", name="On the map").click()
    expect(page.get_by_role("status").filter(has_text=str(topic))).to_be_visible()


def test_a_line_around_texts_lists_them(page: Page, stage: Locator) -> None:
    box = stage.bounding_box()
    assert box
    left, top = box["x"] + 3, box["y"] + 3
    right, bottom = left + box["width"] - 6, top + box["height"] - 6
    page.get_by_role("button", name="Choose texts").click()
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(page.get_by_role("heading", name=f"{len(TEXTS)} texts chosen")).to_be_focused()
    chosen = page.get_by_role("table", name="Chosen texts")
    expect(chosen.get_by_role("row")).to_have_count(1 + len(TEXTS))
    expect(chosen).to_contain_text(SCRIPT)
    assert violations(page) == []
    expect(page.get_by_role("button", name="Choose texts", pressed=False)).to_be_visible()
    stage.press("Escape")
    expect(chosen).to_have_count(0)


@pytest.mark.parametrize("key", ["+", "-", "ArrowLeft", "ArrowDown"])
def test_keys_move_the_map_and_0_shows_it_whole(page: Page, stage: Locator, key: str) -> None:
    whole = picture(page)
    stage.press(key)
    expect_picture(page, whole, same=False)
    stage.press("0")
    expect_picture(page, whole, same=True)


def drag(page: Page, x: float, y: float) -> None:
    page.mouse.down()
    page.mouse.move(x + 80, y + 40, steps=3)
    page.mouse.up()


@pytest.mark.parametrize(
    "move", [lambda page, x, y: page.mouse.wheel(0, -300), drag], ids=["wheel", "drag"]
)
def test_a_mouse_moves_the_map(
    page: Page, stage: Locator, move: Callable[[Page, float, float], None]
) -> None:
    whole, (x, y) = picture(page), spots(stage)[0]
    page.mouse.move(x, y)
    move(page, x, y)
    expect_picture(page, whole, same=False)
    page.get_by_role("button", name="Whole map").click()
    expect_picture(page, whole, same=True)


def test_a_colour_of_the_legend_shows_its_texts_alone(page: Page, stage: Locator) -> None:
    whole = picture(page)
    colour = page.get_by_role("group", name="Colours").get_by_role("button").first
    colour.click()
    expect(colour).to_have_attribute("aria-pressed", "true")
    expect_picture(page, whole, same=False)
    colour.click()
    page.mouse.move(0, 0)
    colour.blur()
    expect_picture(page, whole, same=True)


def test_in_the_dark_the_map_has_other_colours(page: Page, stage: Locator) -> None:
    light = picture(page)
    page.emulate_media(color_scheme="dark")
    expect_picture(page, light, same=False)


def test_who_waits_for_the_map_gets_it(page: Page, drawn: Project) -> None:
    found = TopicMap.objects.get(project=drawn)
    found.delete()
    page.goto(f"/p/{drawn.slug}/map/")
    expect(page.get_by_role("heading", name="The map is being drawn")).to_be_visible()
    found.save(force_insert=True)
    expect(page.locator(".map[data-ready]")).to_be_visible()


def test_a_map_that_cannot_be_loaded_says_so(page: Page, drawn: Project) -> None:
    page.route("**/map/points/**", lambda route: route.fulfill(status=200, body="no map"))
    page.goto(f"/p/{drawn.slug}/map/")
    expect(page.get_by_text("The map could not be loaded")).to_be_visible()
    expect(page.get_by_role("link", name=str(topic_with(drawn, PRICE[0])))).to_be_visible()
