"""The page of the API works under the Content-Security-Policy: an error would fail `page`."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.services import NewTenant
from ingestion.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_is_sent_from_the_page_of_the_api(page: Page, tenant: NewTenant) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("Value").first.fill(tenant.key.secret)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    page.get_by_text("Send an event", exact=True).click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    answer = page.locator(".live-responses-table .response").first
    expect(answer).to_contain_text("200")
    expect(answer).to_contain_text("conv_abc123")
    assert Event.objects.get(project=tenant.project).session_id == "conv_abc123"
    origin = page.evaluate("location.origin")
    assert [url for url in asked if not url.startswith((origin, "data:", "blob:"))] == []
