"""What `make run` says once it runs, and whether it makes a demo."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts import services
from accounts.models import Organization, User
from config.demo import tenant
from config.management.commands import welcome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _running(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A web server that answers, and a data folder of its own."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(welcome.Command, "_wait_for_web", lambda _: None)
    monkeypatch.setattr(welcome, "CONVERSATIONS", 0)


def said(*options: str) -> str:
    output = StringIO()
    call_command("welcome", *options, stdout=output)
    return output.getvalue()


def test_a_first_start_makes_a_demo_and_later_ones_tell_of_it() -> None:
    first = said()
    assert f"demo login  {tenant.EMAIL}" in first
    assert said() == first
    assert User.objects.count() == 1


def test_without_a_demo_it_says_where_to_sign_up() -> None:
    assert "sign up at" in said("--no-demo")
    assert not User.objects.exists()


def test_where_nobody_may_sign_up_it_says_what_to_do(settings: Settings) -> None:
    settings.SIGN_UP = False
    assert "create_tenant" in said("--no-demo")


@pytest.mark.parametrize("for_good", [False, True])
def test_a_demo_that_somebody_deleted_stays_deleted_and_is_told_of_no_more(for_good: bool) -> None:
    said()
    organization = Organization.objects.get()
    services.delete_organization(organization)
    if for_good:
        organization.delete()

    told = said()

    assert "sign up at" in told
    assert "demo login" not in told
    assert not Organization.objects.exists()
