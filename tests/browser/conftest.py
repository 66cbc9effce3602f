"""A real browser on a real server.

Debian's Chromium is driven by Playwright. Where no Chromium is found these tests are skipped and
say so, unless TURRET_REQUIRE_BROWSER is set, as CI does.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import Project, User
from clustering.models import Theme, Topic
from ingestion.models import Field, FieldType
from tests.journeys.conftest import OUTLIER, Speaker

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

SignIn = Callable[[Page, User], None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        message = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("TURRET_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    # Playwright runs an event loop in this thread, which Django takes for an async context.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(Path(program)), args=FLAGS)
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of a fresh browser context; the test fails on any error in the page's console."""
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def speaker(project: Project) -> Speaker:
    """Topics of two dimensions, told by people on two platforms."""
    Field.objects.create(project=project, key="platform", detected_type=FieldType.ENUM)
    Speaker(project, "feedback").say("review", ["Praise"])
    speaker = Speaker(project)
    for platform, about in (("ios", "Payments"), ("android", "Login")):
        for number in range(6):
            names = ["Welcome", about, OUTLIER]
            metadata = {"platform": platform}
            speaker.say(f"{platform}-{number}", names, user_id=platform, metadata=metadata)
    theme = Theme.objects.create(project=project, field=speaker.field, label="Money")
    Topic.objects.filter(project=project, label="Payments").update(theme=theme)
    return speaker


@pytest.fixture
def sign_in(live_server: LiveServer, signed_in: Callable[[User], Client]) -> SignIn:
    """Give a page's browser context the session of a user."""

    def sign_in(page: Page, user: User) -> None:
        name = settings.SESSION_COOKIE_NAME
        value = signed_in(user).cookies[name].value
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])

    return sign_in
