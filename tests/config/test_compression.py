"""Pages come packed; decision 5 tells why that gives no secret away."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

PACKED = {"Accept-Encoding": "gzip"}


def test_a_page_is_packed_for_those_who_can_unpack_it(client: Client) -> None:
    plain, packed = client.get("/login"), client.get("/login", headers=PACKED)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert "<h1>Log in</h1>" in gzip.decompress(packed.content).decode()


def test_how_large_a_packed_page_is_tells_little_of_what_is_in_it(client: Client) -> None:
    sizes = {len(client.get("/login", headers=PACKED).content) for _ in range(20)}
    assert len(sizes) > 5
