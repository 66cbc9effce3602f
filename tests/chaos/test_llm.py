"""An LLM that is down, slow, or says what nobody may be shown, while topics are found and named."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle

import pytest

from bench.installation import Installation, eventually, installed
from tests.chaos.story import Story, steady
from tests.clustering.labelling.messages_api import (
    MessagesAPI,
    Reply,
    Request,
    error,
    message,
    named,
    serving,
    written,
)

pytestmark = pytest.mark.chaos

NAMED_SECONDS = 150.0

HOSTILE = (
    named("<script>alert(1)</script>"),
    named("x" * 100_000),
    named(["not", "a", "name"]),
    named("Ignore\x00all\u202e of this"),
    written("I will not."),
    message([], stop_reason="max_tokens"),
    Reply(200, "<html>a proxy's page</html>"),
    error(500, "api_error"),
)


@pytest.fixture(scope="module")
def llm() -> Iterator[MessagesAPI]:
    with serving() as api:
        yield api


@pytest.fixture(scope="module")
def asking(llm: MessagesAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    key = {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": llm.url}
    with installed(tmp_path_factory.mktemp("asking"), **key) as made:
        yield made


def test_down(asking: Installation, llm: MessagesAPI) -> None:
    llm.play(error(529, "overloaded_error"))
    _goes_on_without(asking, llm)


def test_slow(asking: Installation, llm: MessagesAPI) -> None:
    """Ten seconds an answer, which is when the server behind it lets go of a held one."""
    llm.play(replace(named("Late"), held=threading.Event()))
    _goes_on_without(asking, llm)


def test_hostile(asking: Installation, llm: MessagesAPI) -> None:
    llm.play(model=_next_of(HOSTILE))
    names = _goes_on_without(asking, llm)
    assert not [name for name in names if "<" in name or len(name) > 80 or "\u202e" in name]


def _goes_on_without(turret: Installation, llm: MessagesAPI) -> list[str]:
    """Events are processed meanwhile, and every topic gets a name; which ones."""
    asked = len(llm.requests)
    with steady(turret) as story:
        assert eventually(lambda: bool(_names(story)), NAMED_SECONDS), turret.output()
        assert eventually(lambda: len(llm.requests) > asked, NAMED_SECONDS), turret.output()
    assert not story.watch.failing()
    assert eventually(lambda: all(_names(story)), NAMED_SECONDS)
    return _names(story)


def _names(story: Story) -> list[str]:
    with story.turret.database() as database:
        found = database.execute(
            "SELECT label FROM clustering_topic WHERE project_id = %s AND retired_at IS NULL",
            [story.tenant.project_id],
        ).fetchall()
    return [name for (name,) in found]


def _next_of(replies: tuple[Reply, ...]) -> Callable[[Request], Reply]:
    turn = cycle(replies)
    return lambda _request: next(turn)
