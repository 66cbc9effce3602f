"""What staff see of events and fields."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.admin import MOST_LISTED
from accounts.models import Project, User
from ingestion.admin import EventAdmin
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


def test_the_first_events_are_counted_and_no_others(
    staff: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        send({"name": "asked", "session_id": f"conv_{number}", "metadata": {"prompt": "hi"}})
    monkeypatch.setattr("accounts.admin.MOST_LISTED", 3)
    monkeypatch.setattr(EventAdmin, "list_per_page", 2)

    for page, shown in ((1, ["conv_3", "conv_2"]), (2, ["conv_1"])):
        listed = staff.get(f"/admin/ingestion/event/?p={page}").context["cl"]
        assert [each.session_id for each in listed.result_list] == shown
        assert listed.result_count == 3
    found = staff.get("/admin/ingestion/event/?q=conv_0").context["cl"]
    assert found.result_count == 1


def test_templates_say_how_many_are_counted(staff: Client, settings: Settings) -> None:
    for place in ("ingestion/event", "clustering/text"):
        template = settings.BASE_DIR / "templates/admin" / place / "pagination.html"
        assert f">= {MOST_LISTED}" in template.read_text()
        assert f"{MOST_LISTED:,}" in template.read_text()
