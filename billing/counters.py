"""The connection to Redis for what a request may wait for: counters and flags, never the queue.

A request must not hang because Redis does, so a command that gets no answer fails soon, and is
sent twice only to replace a connection that went stale.
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT = 0.5
"""Seconds to wait for Redis, which answers in less than a millisecond when it is well."""


def redis() -> Redis:
    """Return the client of this process for `settings.REDIS_URL`."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), retries=1),
    )
