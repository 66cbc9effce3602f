"""The code that people paste works as it is."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import requests

from accounts.snippets import snippets

KEY = "tur_live_secret"


@pytest.fixture
def code() -> dict[str, str]:
    return {snippet.id: snippet.code for snippet in snippets("http://localhost:8000/", KEY)}


def test_curl_posts_one_event(code: dict[str, str]) -> None:
    words = shlex.split(code["curl"])

    assert words[:2] == ["curl", "http://localhost:8000/track"]
    assert f"X-API-Key: {KEY}" in words
    event = json.loads(words[words.index("-d") + 1])
    assert set(event) == {"name", "session_id", "user_id", "metadata"}


def test_python_keeps_the_ids_of_the_answer(
    code: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []

    class Answer:
        def raise_for_status(self) -> None:
            pass

        def json(self) -> dict[str, str]:
            return {"user_id": "u1", "session_id": "s1"}

    def post(url: str, *, json: dict[str, Any], headers: dict[str, str], timeout: int) -> Answer:
        assert (url, headers) == ("http://localhost:8000/track", {"X-API-Key": KEY})
        sent.append(json)
        return Answer()

    monkeypatch.setattr(requests, "post", post)
    scope: dict[str, Any] = {}
    exec(code["python"], scope)  # noqa: S102
    scope["track"]("And how do I cancel?")

    assert [(event["session_id"], event["user_id"]) for event in sent] == [
        (None, None),
        ("s1", "u1"),
    ]
    assert sent[0]["metadata"] == {"prompt": "How do I reset my password?", "platform": "ios"}


def test_python_has_twelve_lines(code: dict[str, str]) -> None:
    assert len([line for line in code["python"].splitlines() if line]) <= 12


def test_every_snippet_names_the_url_and_the_key(code: dict[str, str]) -> None:
    assert set(code) == {"curl", "python", "javascript"}
    for text in code.values():
        assert text.count("http://localhost:8000/track") == 1
        assert text.count(KEY) == 1
