"""A project may have what identifies a person masked before an event is stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Project
from accounts.services import NewTenant, set_masking
from ingestion import services
from ingestion.credentials import forget_credentials
from ingestion.models import Event
from ingestion.redaction import redact_values
from tests.ingestion.conftest import Send

pytestmark = pytest.mark.django_db

SENT = {
    "prompt": "Write to jo@example.com, please",
    "tags": ["call +49 170 5550199", 3, None],
    "user": {"ip": "192.168.10.20", "age": 41, "jo@example.com": True},
}
MASKED = {
    "prompt": "Write to [email], please",
    "tags": ["call [phone]", 3, None],
    "user": {"ip": "[ip]", "age": 41, "jo@example.com": True},
}


@pytest.fixture
def masking(project: Project) -> Project:
    set_masking(project, True)
    forget_credentials()
    return project


def metadata(project: Project) -> list[dict[str, Any]]:
    events = Event.objects.filter(project=project).order_by("pk")
    return list(events.values_list("metadata", flat=True))


def test_values_are_masked_wherever_they_stand() -> None:
    assert redact_values(SENT) == MASKED


def test_a_single_event(send: Send, masking: Project) -> None:
    answer = send({"name": "prompt", "user_id": "jo@example.com", "metadata": SENT})
    assert answer.status_code == 200
    assert answer.json()["user_id"] == "jo@example.com"
    assert metadata(masking) == [MASKED]


def test_a_batch(send: Send, masking: Project) -> None:
    events = [{"name": "prompt", "metadata": SENT}] * 2
    assert send(events, path="/track/batch").json()["accepted"] == 2
    assert metadata(masking) == [MASKED, MASKED]


def test_an_import(masking: Project, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps({"name": "prompt", "metadata": SENT}) + "\n")
    call_command("import_events", str(file), project=masking.slug)
    assert metadata(masking) == [MASKED]


@pytest.mark.django_db(transaction=True)
def test_nobody_else_waits_while_an_event_is_masked(
    send: Send, masking: Project, other_tenant: NewTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slowly(value: Any) -> Any:
        begun.set()
        assert ended.wait(60)
        return redact_values(value)

    monkeypatch.setattr(services, "redact_values", slowly)
    with ThreadPoolExecutor(2) as pool:
        masked = pool.submit(closing, lambda: send({"name": "prompt", "metadata": SENT}))
        assert begun.wait(60)
        other = pool.submit(closing, lambda: send(api_key=other_tenant.key.secret))
        try:
            assert other.result(20).status_code == 200
        finally:
            ended.set()
        assert masked.result().status_code == 200
    assert metadata(masking) == [MASKED]


def closing(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def test_an_import_that_goes_on_masks_from_then_on(
    project: Project, tmp_path: Path, ahead_of_each_import: Callable[[Callable[[], Any]], None]
) -> None:
    ahead_of_each_import(lambda: set_masking(project, True))
    file = tmp_path / "events.jsonl"
    file.write_text((json.dumps({"name": "prompt", "metadata": SENT}) + "\n") * 2)
    call_command("import_events", str(file), project=project.slug)
    assert metadata(project) == [SENT, MASKED]


def test_otherwise_events_are_stored_as_sent(send: Send, project: Project) -> None:
    send({"name": "prompt", "metadata": SENT})
    assert metadata(project) == [SENT]
