"""Which events are deleted at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Project
from ingestion import stored
from ingestion.deletion import events_of_user, oldest_events
from ingestion.models import Event

NOW = timezone.now()

CHOOSE: list[Callable[[Project, int], list[int]]] = [
    lambda project, limit: oldest_events(project, NOW, limit),
    lambda project, limit: events_of_user(project, "ada", limit),
]


@pytest.fixture
def events(project: Project) -> list[int]:
    made = Event.objects.bulk_create(
        Event(
            project=project,
            name="prompt",
            session_id="s",
            user_id="ada",
            metadata={"prompt": "x" * 1_000 * n},
            timestamp=NOW - timedelta(days=9 - n),
        )
        for n in range(6)
    )
    return [each.pk for each in made]


@pytest.mark.parametrize("choose", CHOOSE)
def test_the_first_by_time_up_to_a_number(
    project: Project, events: list[int], choose: Callable[[Project, int], list[int]]
) -> None:
    assert choose(project, 4) == events[:4]
    assert choose(project, 9) == events


@pytest.mark.parametrize("choose", CHOOSE)
def test_as_many_as_fit_into_memory_and_one_at_least(
    project: Project,
    events: list[int],
    choose: Callable[[Project, int], list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored, "LARGEST", 1)
    assert choose(project, 9) == events[:1]
    monkeypatch.setattr(stored, "LARGEST", 100)
    assert 1 < len(choose(project, 9)) < 6
