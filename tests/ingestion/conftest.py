"""Fixtures for sending events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.services import NewTenant

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
