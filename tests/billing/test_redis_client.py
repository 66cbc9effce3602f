"""The connection to Redis that requests wait for, while Redis does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from redis import Redis, RedisError

from billing.circuit_breaker import PAUSE
from billing.redis_client import redis
from config import embedded

SILENT = 3.0


@pytest.fixture
def silent(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of this test that answered before, and does not for some seconds."""
    folder = tmp_path_factory.mktemp("redis")
    with embedded.servers(folder, postgres=False) as servers:
        settings.REDIS_URL = servers.redis_url
        redis().set("known", "7")
        with Redis.from_url(servers.redis_url) as other:
            other.client_pause(int(SILENT * 1000))
        yield redis()


def test_of_many_commands_one_waits_and_it_is_asked_again_when_it_answers(silent: Redis) -> None:
    began = monotonic()
    with pytest.raises(RedisError, match="Timeout"):
        silent.get("known")
    for _ in range(20):
        with pytest.raises(RedisError, match="a moment ago"):
            silent.get("known")
        with pytest.raises(RedisError, match="a moment ago"), silent.pipeline() as pipe:
            pipe.get("known")
            pipe.execute()
    assert monotonic() - began < PAUSE
    while not _answers(silent):
        assert monotonic() - began < SILENT + PAUSE + 10
        sleep(0.05)
    assert silent.get("known") == b"7"


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
