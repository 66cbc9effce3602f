"""What a page costs who opens it for the first time, and whether anything in it jumps."""

from __future__ import annotations

import gzip

from playwright.sync_api import Page, expect

MOST_BYTES = 300_000
MOST_SHIFT = 0.01
LIBRARIES = ("chartjs/chart.js", "swagger-ui-bundle.js", "swagger-ui.css")
"""Loaded only where they are used, and weighed apart."""

WATCH = """new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    if (shift.hadRecentInput) continue;
    window.shifts = (window.shifts ?? 0) + shift.value;
    window.moved = shift.sources.map(({node}) => node?.outerHTML?.slice(0, 120) ?? "?");
  }
}).observe({type: "layout-shift", buffered: true})"""
SHIFTS = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 20)));
  return [window.shifts ?? 0, window.moved ?? []];
}"""


class FirstLoads:
    """Weighs the pages that a browser opens, each as if it had never seen a file of them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: set[str] = set()
        self.weights: dict[str, int] = {}
        """Bytes of a file in gzip, by its address: it is the same for every page."""
        page.on("request", lambda request: self.asked.add(request.url))
        page.add_init_script(WATCH)
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})

    def open(self, address: str) -> list[str]:
        """Open a page; what is wrong with how it came."""
        self.page.goto("about:blank")
        self.asked.clear()
        self.page.goto(address)
        expect(self.page.locator("[hx-trigger=load]")).to_have_count(0)
        shift, moved = self.page.evaluate(SHIFTS)
        origin = self.page.evaluate("location.origin")
        asked = {url for url in self.asked if not url.startswith(("data:", "blob:"))}
        faults = [f"asks {url}" for url in asked if not url.startswith(origin)]
        weight = sum(self._weight(url) for url in asked if not url.endswith(LIBRARIES))
        if weight > MOST_BYTES:
            faults.append(f"weighs {weight:,} bytes")
        if shift > MOST_SHIFT:
            faults.append(f"shifts by {shift:.3f}: {moved}")
        return [f"{address} {fault}" for fault in faults]

    def _weight(self, url: str) -> int:
        if url in self.weights:
            return self.weights[url]
        weight = len(gzip.compress(self.page.request.get(url).body()))
        if "/static/" in url:
            self.weights[url] = weight
        return weight
