"""Isolation of what a request carries besides its path: ids, keys and slugs of another tenant.

An outsider sends them to every page of their own, after the other tenant has looked at the same
page: neither the rows nor anything that was kept of them in memory may come up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from accounts import services
from accounts.models import KeyScope, User
from accounts.services import NewTenant
from tests.test_tenancy_walk import (
    APPS,
    READ_ROUTES,
    TENANT_MODELS,
    TENANT_ROUTES,
    path_of,
    routes,
    rows_of,
)

SECRET = "Parcels of Inkwell"
"""The name of the other tenant's topic, segment and key, and a part of its texts."""

KEY = "inkwell_prompt"
OWN_PAGES = [
    route
    for route in routes(get_resolver())
    if route in TENANT_ROUTES
    or (route.startswith(("account/", "organizations/")) and "<" not in route)
]
HARMLESS = {
    *("asked", "attempt", "clear", "confirmed", "days", "do", "format", "hidden", "outliers"),
    *("page", "parts", "pinned", "q", "reset", "rows", "sort", "state", "type", "username", "way"),
}
"""Parameters that name no row."""


@pytest.fixture
def theirs(tenant: NewTenant) -> dict[str, Any]:
    return rows_of(tenant, SECRET, KEY)


@pytest.fixture
def own(other_tenant: NewTenant) -> dict[str, Any]:
    return rows_of(other_tenant)


def parameters(theirs: dict[str, Any]) -> dict[str, Any]:
    """Every parameter that may name a row, naming one of the other tenant."""
    return {
        **theirs,
        "field": KEY,
        "number": KEY,
        "other": theirs["topic"],
        "path": theirs["topic"],
        "ids": f"{theirs['text']},{theirs['topic']}",
        "before": f"1.{theirs['text']}",
        "next": f"/p/{theirs['project']}/",
        "person": "owner@example.com",
        "user": "ada",
        "user_id": "nobody",
        "id": "session",
        "against": "where.plan=pro",
        f"where.{KEY}": "pro",
        "where.plan": "pro",
    }


def stored(tenant: NewTenant) -> list[Any]:
    """All rows of a tenant, by their ids: without, PostgreSQL is free to turn their order."""
    keys = {"organization": tenant.organization, "project": tenant.project}
    return [
        list(
            model.objects.filter(**{model.tenant_field: keys[model.tenant_field]})  # type: ignore[attr-defined]
            .order_by("pk")
            .values()
        )
        for model in TENANT_MODELS
    ]


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())


def test_every_parameter_of_a_page_is_sent_here_or_names_no_row() -> None:
    read = re.compile(r'request\.(?:GET|POST)(?:\.get(?:list)?\(|\[)"(\w+)"')
    sources = [path for app in APPS for path in Path(settings.BASE_DIR, app).rglob("*.py")]
    names = {name for path in sources for name in read.findall(path.read_text())}
    anything = dict.fromkeys(("organization", "project", "topic", "text", "theme"), "")

    assert names
    assert names <= HARMLESS | set(parameters(anything))


@pytest.mark.parametrize("route", OWN_PAGES)
def test_what_a_page_is_sent_reaches_no_other_tenant(
    route: str,
    theirs: dict[str, Any],
    own: dict[str, Any],
    tenant: NewTenant,
    outsider: User,
    signed_in: Callable[[User], Client],
) -> None:
    rows, sent = path_of(route, theirs), parameters(theirs)
    signed_in(tenant.user).get(rows)
    before, client, path = stored(tenant), signed_in(outsider), path_of(route, own)
    without_field = {name: value for name, value in sent.items() if name != "field"}

    for answer in (
        client.get(path, sent),
        client.get(path, without_field),
        client.post(path, sent),
    ):
        assert answer.status_code < 500
        assert SECRET not in body(answer)
    assert stored(tenant) == before


@pytest.mark.parametrize("route", READ_ROUTES)
def test_what_is_read_with_a_key_is_of_its_project(
    route: str,
    theirs: dict[str, Any],
    own: dict[str, Any],
    tenant: NewTenant,
    other_tenant: NewTenant,
) -> None:
    def reader(of: NewTenant) -> dict[str, str]:
        key = services.create_key(of.project, "dashboard", scope=KeyScope.READ)
        return {"X-API-Key": key.secret}

    Client().get(path_of(route, theirs), {"field": KEY}, headers=reader(tenant))
    headers, path = reader(other_tenant), path_of(route, own)
    for name, value in {"": "", **parameters(theirs)}.items():
        query = {name: value} if name else {}
        answer = Client().get(path, query, headers=headers)
        assert answer.status_code in (200, 400, 404)
        assert SECRET not in body(answer)
