"""The map as people move about on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

from accounts.models import Project, User
from clustering import pipeline
from clustering.mapping import stored
from clustering.models import Text, Topic, TopicMap
from tests.browser.axe import violations
from tests.browser.conftest import SignIn
from tests.clustering.messages import ALL, PRICE, field_of, send
from tests.clustering.test_topic_pages import SCRIPT, topic_with

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = [*ALL, SCRIPT]
ANSWERED = """() => {
    return !document.querySelector(".map") || document.querySelector(".map-tip.kept .muted");
}"""
"""The page after a tap: a topic's, or the map with what a text says."""
WIDTH = "[document.documentElement.scrollWidth, innerWidth]"


@pytest.fixture
def drawn(project: Project) -> Project:
    send(project, TEXTS)
    pipeline.drain(project)
    stored.draw(field_of(project))
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


def spots(page: Page) -> list[tuple[float, float]]:
    """Where points are, in the window."""
    return [
        (x, y)
        for x, y in page.evaluate("""() => {
            const canvas = document.querySelector(".map canvas");
            const {width, height} = canvas;
            const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
            const box = canvas.getBoundingClientRect();
            const cells = new Map();
            for (let at = 0; at < width * height; at++) {
                const [x, y] = [at % width, Math.floor(at / width)];
                if (data[4 * at + 3]) cells.set(`${x >> 4} ${y >> 4}`, [x, y]);
            }
            const scale = box.width / width;
            return [...cells.values()].map(([x, y]) => [box.x + x * scale, box.y + y * scale]);
        }""")
    ]


def test_pointing_at_a_text_shows_it_as_text(page: Page, stage: Locator) -> None:
    tip = page.locator(".map-tip")
    for spot in spots(page):
        page.mouse.move(*spot)
        with suppress(NotInTime):
            tip.wait_for(timeout=500)
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


@pytest.mark.parametrize("key", ["+", "-", "Shift+ArrowLeft", "Shift+ArrowDown"])
def test_keys_move_the_map_and_0_shows_it_whole(page: Page, stage: Locator, key: str) -> None:
    whole = picture(page)
    stage.press(key)
    expect_picture(page, whole, same=False)
    stage.press("0")
    expect_picture(page, whole, same=True)


def test_arrow_keys_go_from_topic_to_topic_and_enter_opens_one(
    page: Page, stage: Locator, drawn: Project
) -> None:
    status = page.get_by_role("status")
    names = {str(topic) for topic in Topic.objects.filter(project=drawn, retired_at=None)}
    stage.press("ArrowRight")
    met = [status.inner_text()]
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowRight") * 3:
        stage.press(key)
        met.append(status.inner_text())
    reached = {said.rsplit(": ", 1)[0] for said in met}
    assert reached <= names
    assert len(reached) > 2
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(met[-1].rsplit(": ", 1)[0])


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
    whole, (x, y) = picture(page), spots(page)[0]
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


@pytest.fixture
def touch(page: Page, stage: Locator) -> Callable[..., None]:
    """Say which fingers are on the map, each at a place of it; or with none, that all are off."""
    box = stage.bounding_box()
    assert box
    debugger = page.context.new_cdp_session(page)

    def touch(kind: str, *fingers: tuple[float, float]) -> None:
        points = [
            {"x": box["x"] + x, "y": box["y"] + y, "id": number}
            for number, (x, y) in enumerate(fingers)
        ]
        debugger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


def test_a_finger_moves_the_map_and_two_zoom_it(
    page: Page, stage: Locator, touch: Callable[..., None]
) -> None:
    whole = picture(page)
    touch("touchStart", (100, 100))
    touch("touchMove", (180, 140))
    touch("touchEnd")
    expect_picture(page, whole, same=False)
    stage.press("0")
    expect_picture(page, whole, same=True)
    touch("touchStart", (100, 100))
    touch("touchStart", (100, 100), (200, 100))
    touch("touchMove", (60, 100), (260, 100))
    touch("touchEnd", (60, 100))
    touch("touchEnd")
    expect_picture(page, whole, same=False)
    assert page.evaluate("scrollY") == 0


def test_a_tap_shows_a_text_with_a_link_to_its_topic(
    page: Page, stage: Locator, touch: Callable[..., None]
) -> None:
    link = page.locator(".map-tip.kept").get_by_role("link")
    box = stage.bounding_box()
    assert box
    for x, y in spots(page):
        touch("touchStart", (x - box["x"], y - box["y"]))
        touch("touchEnd")
        page.wait_for_function(ANSWERED)
        if link.count():  # an outlier has none
            break
        if "/topics/" in page.url:  # a name was there
            page.go_back()
            expect(page.locator(".map[data-ready]")).to_be_visible()
    link.click()
    expect(page).to_have_url(re.compile(r"/topics/\d+/$"))


def test_dense_pixels_and_another_size_are_filled(page: Page, stage: Locator) -> None:
    debugger = page.context.new_cdp_session(page)
    for width, ratio, drawn in ((1280, 2, 2), (390, 3, 2), (800, 1, 1)):
        size = {"width": width, "height": 800, "deviceScaleFactor": ratio, "mobile": False}
        debugger.send("Emulation.setDeviceMetricsOverride", size)
        page.wait_for_function(
            "drawn => [...document.querySelectorAll('.map canvas')].every(canvas => "
            "canvas.width === Math.round(canvas.clientWidth * drawn))",
            arg=drawn,
        )
        assert page.evaluate(WIDTH)[0] <= width


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


@pytest.mark.parametrize("texts", [1, 2])
def test_a_map_of_one_or_two_texts_is_not_blank(page: Page, drawn: Project, texts: int) -> None:
    kept = Text.objects.filter(project=drawn).order_by("pk").values("pk")[:texts]
    Text.objects.filter(project=drawn).exclude(pk__in=kept).update(embedded=False)
    TopicMap.objects.filter(project=drawn).delete()
    assert stored.draw(field_of(drawn))
    page.goto(f"/p/{drawn.slug}/map/")
    expect(page.locator(".map[data-ready]")).to_be_visible()
    picture(page)
    assert spots(page)
