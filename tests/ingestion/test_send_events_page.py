"""The page that shows how to send events, and whether they arrive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Project, User
from ingestion import selectors
from tests.ingestion.conftest import Send

SignedIn = Callable[[User], Client]


def html(client: Client, project: Project, part: str = "") -> str:
    return client.get(f"/p/{project.slug}/send/{part}").content.decode()


def test_shows_snippets_and_waits(signed_in: SignedIn, teammate: User, project: Project) -> None:
    page = html(signed_in(teammate), project)
    assert "Waiting for the first event" in page
    assert page.count("YOUR_API_KEY") >= 4
    assert "http://localhost:8000/track" in page
    assert f'hx-get="/p/{project.slug}/send/received/"' in page


def test_gives_the_advice_that_decides_what_topics_are_worth(
    signed_in: SignedIn, teammate: User, project: Project
) -> None:
    page = html(signed_in(teammate), project)
    for advice in (
        "One session a conversation",
        "Your own ids are welcome",
        "Never a constant session_id",
        "Send what the user wrote",
        "Do not make users wait",
        "On 429 or 503, wait",
    ):
        assert f"<strong>{advice}" in page
    assert 'href="/api/docs"' in page


def test_the_count_is_live(signed_in: SignedIn, owner: User, project: Project, send: Send) -> None:
    client = signed_in(owner)
    assert "Waiting for the first event" in html(client, project, "received/")
    send({"name": "user_prompt", "session_id": "conv_7", "metadata": {}})
    part = html(client, project, "received/")
    assert ">1</span>" in part
    assert "session conv_7" in part
    assert "<html" not in part


def test_the_count_ends_where_counting_takes_long(
    project: Project, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "COUNTED", 2)
    send()
    send()
    assert (selectors.received(project).count, selectors.received(project).is_more) == (2, False)
    send()
    assert (selectors.received(project).count, selectors.received(project).is_more) == (2, True)


@pytest.mark.parametrize("part", ["", "received/"])
def test_an_outsider_finds_nothing(
    signed_in: SignedIn, outsider: User, project: Project, part: str
) -> None:
    assert signed_in(outsider).get(f"/p/{project.slug}/send/{part}").status_code == 404
