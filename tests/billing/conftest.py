"""Events for an organization whose quota is in question, and a member of staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organization, Project, User
from accounts.services import NewTenant
from billing import selectors
from billing.plans import Terms
from ingestion import services
from ingestion.payload import NewEvent

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)

Accept = Callable[..., int]
Send = Callable[[], Any]


def new_events(count: int) -> list[NewEvent]:
    return [NewEvent("prompt", f"s{n}", f"u{n}", {"prompt": "hello"}, NOW) for n in range(count)]


@pytest.fixture
def accept(project: Project, organization: Organization) -> Accept:
    """Accept events as the organization's terms are now; return how many were granted."""

    def accept(count: int, now: datetime = NOW, terms: Terms | None = None) -> int:
        terms = terms or selectors.terms_of(organization)
        return services.accept(project.pk, terms, new_events(count), now).granted

    return accept


@pytest.fixture
def send(tenant: NewTenant) -> Send:
    """Post an event to `/track` and return the answer."""
    client = Client(headers={"X-API-Key": tenant.key.secret})
    body = {"name": "prompt", "metadata": {"prompt": "hello"}}
    return lambda: client.post("/track", data=body, content_type="application/json")


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.com", "s3cret"))
    return client
