"""An admin, and an event as a backend sends it: what tests of deleting share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Organization, Role, User


@pytest.fixture
def admin(organization: Organization) -> User:
    user = User.objects.create_user("admin@example.com")
    Membership.objects.create(organization=organization, user=user, role=Role.ADMIN)
    return user


def track(key: str) -> Any:
    body = json.dumps({"name": "asked", "metadata": {"prompt": "Where is my parcel?"}})
    headers = {"X-API-Key": key}
    return Client().post("/track", body, content_type="application/json", headers=headers)
