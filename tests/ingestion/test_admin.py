"""What staff see of events and fields."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project, User
from ingestion.learning import learn_fields
from ingestion.models import Event
from ingestion.services import claim
from tests.ingestion.conftest import Send


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", "s3cret"))
    return client


def test_events_can_be_found_and_not_changed(staff: Client, send: Send, project: Project) -> None:
    send({"name": "user_prompt", "session_id": "conv_7", "metadata": {"prompt": "hi"}})
    assert "conv_7" in staff.get("/admin/ingestion/event/?q=conv_7").content.decode()
    assert "conv_7" not in staff.get("/admin/ingestion/event/?q=conv").content.decode()
    event = Event.objects.get(project=project)
    assert "hi" in staff.get(f"/admin/ingestion/event/{event.pk}/change/").content.decode()
    assert staff.post(f"/admin/ingestion/event/{event.pk}/delete/").status_code == 403


def test_fields_can_be_found(staff: Client, send: Send, project: Project) -> None:
    send()
    learn_fields(project, claim(project, 1))
    assert "prompt" in staff.get("/admin/ingestion/field/?q=prompt&type=text").content.decode()
