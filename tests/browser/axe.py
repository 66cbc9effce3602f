"""axe-core, which looks at a page as assistive technology does, by the rules of WCAG 2.2 A and AA.

The debugger evaluates it, so a page's Content-Security-Policy stays as strict as it is.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

SOURCE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that may find something in the dark alone: nothing but colours differs there."""

MENUS = "details:is(.menu, .confirm)"
"""One lies over another, so that no two are open at a time."""
OPEN_ALL = f"""() => {{
  for (const each of document.querySelectorAll("details")) each.open = !each.matches("{MENUS}");
}}"""
RUN = f"""async (rules) => {{
  const drawn = () => new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)));
  const options = {{runOnly: rules, resultTypes: ["violations"], preload: false}};
  await drawn();
  const {{ violations }} = await axe.run({{exclude: [".swagger-ui"]}}, options);
  for (const menu of document.querySelectorAll("{MENUS}")) {{
    menu.open = true;
    await drawn();
    violations.push(...(await axe.run(menu, options)).violations);
    menu.open = false;
  }}
  return violations;
}}"""
"""Once the page is drawn at its new size; each menu in turn. What Swagger UI draws is not ours."""


def violations(page: Page) -> list[str]:
    """What axe finds on a page as it comes, then with all that folds open: in the dark, on a phone.

    The page is left open, light and wide.
    """
    expect(page.locator("[hx-trigger=load]")).to_have_count(0)
    page.evaluate(SOURCE)
    found = _found(page, RULES)
    page.evaluate(OPEN_ALL)
    page.emulate_media(color_scheme="dark")
    found += _found(page, COLOURS)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    found += _found(page, RULES)
    page.set_viewport_size(WIDE)
    return found


def _found(page: Page, rules: list[str]) -> list[str]:
    said: list[dict[str, Any]] = page.evaluate(RUN, rules)
    look = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    where = f"{page.url} {look} {page.viewport_size}"
    return [
        f"{where} {each['id']}: {' '.join(node['html'].split())[:300]}\n{node['failureSummary']}"
        for each in said
        for node in each["nodes"]
    ]
