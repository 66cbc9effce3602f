"""Times are in the zone of who reads them: the one they chose, else the one of their browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from accounts import services, time_zones
from accounts.models import ApiKey, Project, User

SignedIn = Callable[[User], Client]

KEYS = "/p/inkwell/settings/keys/"
NEW_YEAR = datetime(2026, 1, 1, 0, 30, 5, tzinfo=UTC)


@pytest.fixture
def client(owner: User, project: Project, signed_in: SignedIn) -> Client:
    """An owner whose project's key was created half an hour into a year, UTC."""
    ApiKey.objects.filter(project=project).update(created_at=NEW_YEAR)
    return signed_in(owner)


def html(client: Client) -> str:
    return client.get(KEYS).content.decode()


def test_a_page_is_in_utc_until_a_browser_says_where_it_is(client: Client) -> None:
    assert "1 Jan 2026" in html(client)
    assert "Times in UTC" in html(client)

    client.cookies[time_zones.COOKIE] = "America/New_York"

    assert "31 Dec 2025" in html(client)
    assert "Times in America/New_York" in html(client)


def test_what_somebody_chose_goes_before_what_the_browser_says(client: Client, owner: User) -> None:
    client.cookies[time_zones.COOKIE] = "America/New_York"
    client.post("/account/", {"name": "Ada", "time_zone": "Asia/Tokyo"})

    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Ada", "Asia/Tokyo")
    assert "Times in Asia/Tokyo" in html(client)

    client.post("/account/", {"name": "Ada", "time_zone": ""})
    assert "Times in America/New_York" in html(client)


def test_a_zone_does_not_outlive_its_request(client: Client) -> None:
    client.cookies[time_zones.COOKIE] = "Asia/Tokyo"
    html(client)

    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    "cookie",
    ["", "Mars/Olympus", "../../../etc/passwd", "/etc/localtime", "America", "x" * 4000, "a\x00b"],
)
def test_a_cookie_that_names_no_zone_changes_nothing(client: Client, cookie: str) -> None:
    client.cookies[time_zones.COOKIE] = cookie

    assert "Times in UTC" in html(client)


def test_a_zone_that_is_gone_gives_way_to_the_browser(client: Client, owner: User) -> None:
    services.save_profile(owner, "Ada", "Atlantis/Capital")
    client.cookies[time_zones.COOKIE] = "Europe/Paris"

    assert "Times in Europe/Paris" in html(client)


def test_a_form_takes_no_zone_that_is_none(client: Client, owner: User) -> None:
    page = client.post("/account/", {"name": "", "time_zone": "../UTC"})

    assert list(page.context["form"].errors) == ["time_zone"]
    owner.refresh_from_db()
    assert owner.time_zone == ""


def test_the_form_says_what_the_browser_says(client: Client) -> None:
    client.cookies[time_zones.COOKIE] = "Europe/Paris"
    page = client.get("/account/").content.decode()

    assert "As this browser says: Europe/Paris" in page
    for name in ("UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Pacific/Auckland"):
        assert f'<option value="{name}"' in page


def test_a_moment_says_its_second_and_utc_when_pointed_at() -> None:
    template = Template('{% load times %}{{ at|moment }} {{ at|moment:"j M Y" }}')
    with timezone.override(ZoneInfo("Europe/Berlin")):
        berlin = template.render(Context({"at": NEW_YEAR}))
    utc = template.render(Context({"at": NEW_YEAR}))

    assert ">1 Jan 2026, 01:30</time>" in berlin
    assert ">1 Jan 2026</time>" in berlin
    assert 'title="1 Jan 2026, 01:30:05 CET (1 Jan 2026, 00:30:05 UTC)"' in berlin
    assert 'datetime="2026-01-01T00:30:05+00:00"' in berlin
    assert 'title="1 Jan 2026, 00:30:05 UTC">1 Jan 2026, 00:30</time>' in utc


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "now"), (1, "an hour ago"), (45, "1 day ago"), (250, "1 week ago")]
)
def test_how_long_ago_is_words_of_one_unit(hours: int, words: str) -> None:
    at = timezone.now() - timedelta(hours=hours)
    rendered = Template("{% load times %}{{ at|ago }}").render(Context({"at": at}))

    assert rendered.replace("\xa0", " ").endswith(f">{words}</time>")
