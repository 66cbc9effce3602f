"""The code that people paste works as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.services import NewTenant
from accounts.snippets import snippets
from ingestion.models import Event

KEY = "tur_live_secret"


@pytest.fixture
def code() -> dict[str, str]:
    return {snippet.id: snippet.code for snippet in snippets("http://localhost:8000", KEY)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "command", "another"),
    [
        ("curl", ["sh", "-eus"], """track '{"name": "user_prompt", "metadata": {}}'"""),
        ("python", [sys.executable, "-"], 'track("Somebody else speaks")'),
        (
            "javascript",
            ["node", "--input-type=module", "-"],
            'await track("Somebody else speaks");',
        ),
    ],
    ids=["curl", "python", "javascript"],
)
def test_the_second_message_is_sent_with_the_ids_of_the_first_and_nobody_elses(
    live_server: LiveServer, tenant: NewTenant, language: str, command: list[str], another: str
) -> None:
    program = "curl" if language == "curl" else command[0]
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    codes = {each.id: each.code for each in snippets(live_server.url, tenant.key.secret)}

    subprocess.run(
        command,
        input=f"{codes[language]}\n{another}\n",
        env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
        text=True,
        check=True,
        timeout=60,
    )

    first, then, other = Event.objects.filter(project=tenant.project).order_by("id")
    assert first.metadata == {"prompt": "How do I reset my password?", "platform": "ios"}
    assert first.metadata["prompt"] != then.metadata["prompt"]
    assert first.session_id
    assert (first.session_id, first.user_id) == (then.session_id, then.user_id)
    assert first.session_id != other.session_id
    assert first.user_id != other.user_id


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "command"),
    [
        ("curl", ["sh", "-s"]),
        ("python", [sys.executable, "-"]),
        ("javascript", ["node", "--input-type=module", "-"]),
    ],
    ids=["curl", "python", "javascript"],
)
def test_it_shows_why_a_key_is_refused(
    live_server: LiveServer, language: str, command: list[str]
) -> None:
    program = "curl" if language == "curl" else command[0]
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    codes = {each.id: each.code for each in snippets(live_server.url, KEY)}

    pasted = subprocess.run(
        command,
        input=codes[language],
        env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert "This is not an API key" in pasted.stdout + pasted.stderr


def test_python_has_twelve_lines(code: dict[str, str]) -> None:
    assert len([line for line in code["python"].splitlines() if line]) <= 12


def test_every_snippet_names_the_url_and_the_key(code: dict[str, str]) -> None:
    assert set(code) == {"curl", "python", "javascript"}
    for text in code.values():
        assert text.count("http://localhost:8000/track") == 1
        assert text.count(KEY) == 1
