"""Take the screenshots in the docs from a running demo.

    python docs/screenshots/take.py [--url http://localhost:8000] [--to FOLDER] [--all]

Logs in with the credentials that `make run` left in the data directory. `--all` takes every page,
light and dark, desktop and phone, whole, to be looked at; without it only those that the docs show.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
Scheme = Literal["light", "dark"]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
IN_DOCS = {"topics", "journeys"}
DOCS_SIZES = {"desktop": (1280, 1200), "phone": (390, 844)}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
COMING = "[hx-trigger=load], .map:not([data-ready]), .chart-plot:empty"
"""What a page still loads or draws once its HTML is there."""


def pages(project: str, organization: str, topic: str) -> dict[str, str]:
    """Path of each page by the name of its picture."""
    return {
        "overview": f"/p/{project}/overview/",
        "topics": f"/p/{project}/topics/?days=7",
        "topic": topic,
        "map": f"/p/{project}/map/",
        "outliers": f"/p/{project}/topics/outliers/",
        "journeys": f"/p/{project}/journeys/",
        "paths": f"/p/{project}/journeys/paths/",
        "coming-back": f"/p/{project}/journeys/coming-back/",
        "compare": f"/p/{project}/journeys/compare/?where.platform=ios",
        "quality": f"/p/{project}/quality/",
        "coverage": f"/p/{project}/topics/coverage/",
        "numbers": f"/p/{project}/topics/numbers/",
        "search": f"/p/{project}/topics/?q=refund",
        "sessions": f"/p/{project}/sessions/",
        "runs": f"/p/{project}/runs/",
        "decisions": f"/p/{project}/decisions/",
        "settings": f"/p/{project}/settings/",
        "metadata": f"/p/{project}/settings/metadata/",
        "segments": f"/p/{project}/segments/",
        "privacy": f"/p/{project}/settings/privacy/",
        "keys": f"/p/{project}/settings/keys/",
        "send": f"/p/{project}/send/",
        "members": f"/o/{organization}/members/",
        "usage": f"/o/{organization}/usage/",
        "audit": f"/o/{organization}/audit/",
        "account": "/account/",
        "projects": f"/o/{organization}/",
    }


def log_in(browser: Browser, url: str, scheme: Scheme, size: tuple[int, int]) -> Page:
    data = Path(os.environ.get("TURRET_DATA_DIR", HERE.parent.parent / "var"))
    demo = json.loads((data / "demo.json").read_text())
    width, height = size
    context = browser.new_context(
        base_url=url, color_scheme=scheme, viewport={"width": width, "height": height}
    )
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/p/**")
    return page


def first_topic(page: Page, project: str) -> str:
    """Path of the largest topic's page."""
    page.goto(f"/p/{project}/topics/")
    return page.get_by_role("rowheader").get_by_role("link").first.get_attribute("href") or ""


def take(browser: Browser, url: str, folder: Path, *, everything: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        for device, size in (SIZES if everything else DOCS_SIZES).items():
            page = log_in(browser, url, scheme, size)
            slug = page.url.split("/p/")[1].split("/")[0]
            topic = first_topic(page, slug)
            for name, path in pages(slug, slug, topic).items():
                if everything or name in IN_DOCS:
                    page.goto(path)
                    expect(page.locator(COMING)).to_have_count(0)
                    picture = folder / f"{name}-{device}-{scheme}.png"
                    page.screenshot(path=picture, full_page=everything)
            page.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        take(browser, arguments.url, arguments.to, everything=arguments.all)


if __name__ == "__main__":
    main()
