"""Events that wait, for an organization whose quota is in question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from accounts.models import Organization, Project
from billing import selectors
from billing.plans import Terms
from ingestion import services
from ingestion.payload import NewEvent

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)

Accept = Callable[..., int]


def new_events(count: int) -> list[NewEvent]:
    return [NewEvent("prompt", f"s{n}", f"u{n}", {"prompt": "hello"}, NOW) for n in range(count)]


@pytest.fixture
def accept(project: Project, organization: Organization) -> Accept:
    """Accept events as the organization's terms are now; return how many were granted."""

    def accept(count: int, now: datetime = NOW, terms: Terms | None = None) -> int:
        terms = terms or selectors.terms_of(organization)
        return services.accept(project.pk, terms, new_events(count), now).granted

    return accept
