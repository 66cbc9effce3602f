"""Going about a page by the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

MOST_TABS = 120
FOCUSED = """() => {
  const control = document.activeElement;
  if (control === document.body) return null;
  const box = control.getBoundingClientRect();
  const label = control.getAttribute("aria-label") ?? control.labels?.[0]?.textContent;
  return {
    name: (label ?? control.textContent).trim().replace(/\\s+/g, " "),
    isSeen: getComputedStyle(control).outlineStyle !== "none"
      && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus is called so; wherever it comes by, one sees where."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:  # past the end of the page
            continue
        assert focused["isSeen"], f"the focus on {focused['name']!r} is not seen"
        if re.search(words, focused["name"]):
            return
    pytest.fail(f"no Tab leads to {words!r}")
