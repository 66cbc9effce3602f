"""Fixtures for sending events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.services import NewTenant
from ingestion import services, stored
from ingestion.management.commands import import_events

EVENT = {"name": "user_prompt", "metadata": {"prompt": "How do I reset my password?"}}

Send = Callable[..., Any]


@pytest.fixture
def key(tenant: NewTenant) -> str:
    return tenant.key.secret


@pytest.fixture
def send(key: str) -> Send:
    """Post an event, or any other body, and return the answer."""
    client = Client()

    def post(
        body: Any = EVENT, *, path: str = "/track", api_key: str | None = key, **extra: Any
    ) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**({"X-API-Key": api_key} if api_key else {}), **extra.pop("headers", {})}
        extra.setdefault("content_type", "application/json")
        return client.post(path, data=raw, headers=headers, **extra)

    return post


@pytest.fixture
def ahead_of_each_import(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Have an import store one event at a time, and do something ahead of each."""

    def happens(something: Callable[[], Any]) -> None:
        accept = services.accept_grouped

        def accepted(*args: Any) -> Any:
            something()
            return accept(*args)

        monkeypatch.setattr(import_events, "BATCH", 1)
        monkeypatch.setattr(services, "accept_grouped", accepted)

    return happens


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement from now on: Django's, and those that go by it, which Django does not see."""
    seen: list[str] = []

    def noted(run: Any) -> Any:
        def noting(statement: str, *rest: Any) -> Any:
            seen.append(statement)
            return run(statement, *rest)

        return noting

    def note(run: Any, sql: str, *rest: Any) -> Any:
        return noted(run)(sql, *rest)

    monkeypatch.setattr(services, "_execute", noted(services._execute))
    monkeypatch.setattr("ingestion.services.read", noted(stored.read))
    with connection.execute_wrapper(note):
        yield seen
