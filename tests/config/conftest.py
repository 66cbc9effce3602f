"""Fixtures for programs that run beside a test."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection


@pytest.fixture
def own_stores(transactional_db: None) -> dict[str, str]:
    """The environment of a program that is to use this test's stores."""
    own = settings.DATABASES["default"]
    url = f"postgres:///{connection.settings_dict['NAME']}?host={quote(own['HOST'], safe='')}"
    url += f"&user={quote(own['USER'])}&password={quote(own['PASSWORD'], safe='')}"
    return {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL}
