"""The first ten minutes of a new team: sign up, send what users said, read the topics."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
import requests
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clustering.models import Text
from tests.clustering.messages import ACCESS, ALL, DISCOUNT, INTEGRATION, PRICE

pytestmark = pytest.mark.django_db(transaction=True)


def sign_up(page: Page) -> str:
    """Sign up in the browser; return the API key that the next page shows."""
    page.goto("/signup")
    page.get_by_label("Organization").fill("Acme")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name=re.compile("sign up|create", re.IGNORECASE)).click()
    key = page.locator("#api-key")
    expect(key).to_contain_text("tur_live_")
    return (key.text_content() or "").strip()


def send(url: str, key: str, messages: list[str]) -> None:
    session_id = user_id = None
    for message in messages:
        answer = requests.post(
            f"{url}/track",
            headers={"X-API-Key": key},
            json={
                "name": "user_prompt",
                "session_id": session_id,
                "user_id": user_id,
                "metadata": {"prompt": message, "platform": "ios"},
            },
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"session_id", "user_id"}
        session_id, user_id = answer.json()["session_id"], answer.json()["user_id"]


def test_from_sign_up_to_first_topics(page: Page, live_server: LiveServer) -> None:
    key = sign_up(page)
    send(live_server.url, key, ALL)
    call_command("drain")

    topic_of = dict(Text.objects.unscoped().values_list("content", "topic"))
    groups = defaultdict(set)
    for name, messages in {"a": ACCESS, "p": PRICE, "d": DISCOUNT, "i": INTEGRATION}.items():
        groups[name] = {topic_of[message] for message in messages}
    assert all(len(topics) == 1 and None not in topics for topics in groups.values()), groups
    assert len(set.union(*groups.values())) == len(groups)

    page.goto("/")
    pages = page.get_by_role("navigation", name="Project")
    pages.get_by_role("link", name="Topics").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Topics")
    page.get_by_role("link", name=re.compile("password|log in|login", re.IGNORECASE)).first.click()
    expect(page.get_by_text("How do I reset my password?").first).to_be_visible()

    page.get_by_role("link", name="Journeys").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Journeys")
