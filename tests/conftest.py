"""Fixtures for every test: three standing users and two tenants.

*owner* and *teammate* belong to `project`'s organization; *outsider* owns another one, so that
isolation is a one-line test on any page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from accounts import services, sessions
from accounts.models import KeyScope, Membership, Organization, Project, Role, User
from ingestion import hints

PASSWORD = "correct horse battery"


def pytest_configure() -> None:
    """Static files go by their own names (nothing is collected), and hashing is quick.

    No property fails because the machine is busy.
    """
    hypothesis.register_profile(
        "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    hypothesis.load_profile("any machine")
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _empty_redis() -> None:
    hints.end_pauses()  # else what the test before has sent may come in the middle of this one
    cache.clear()


@pytest.fixture
def tenant(db: None) -> services.NewTenant:
    return services.sign_up("owner@example.com", PASSWORD, "Inkwell")


@pytest.fixture
def other_tenant(db: None) -> services.NewTenant:
    return services.sign_up("outsider@example.com", PASSWORD, "Rival")


@pytest.fixture
def owner(tenant: services.NewTenant) -> User:
    return tenant.user


@pytest.fixture
def organization(tenant: services.NewTenant) -> Organization:
    return tenant.organization


@pytest.fixture
def project(tenant: services.NewTenant) -> Project:
    return tenant.project


@pytest.fixture
def teammate(organization: Organization) -> User:
    user = User.objects.create_user("teammate@example.com", PASSWORD)
    Membership.objects.create(organization=organization, user=user, role=Role.MEMBER)
    return user


@pytest.fixture
def outsider(other_tenant: services.NewTenant) -> User:
    return other_tenant.user


@pytest.fixture
def reading_key(tenant: services.NewTenant) -> str:
    return services.create_key(tenant.project, "dashboard", scope=KeyScope.READ).secret


@pytest.fixture
def read(reading_key: str) -> Callable[..., Any]:
    """Get a path below /api/v1/ with a key that reads, and return the answer."""
    client = Client()

    def get(path: str, *, api_key: str | None = reading_key, **query: Any) -> Any:
        headers = {"X-API-Key": api_key} if api_key else {}
        return client.get(f"/api/v1/{path}", query, headers=headers)

    return get


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a client that is logged in as a user."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        request = HttpRequest()
        request.session = client.session
        sessions.note(request, user)  # as after a log-in by the page
        request.session.save()
        return client

    return client_of
