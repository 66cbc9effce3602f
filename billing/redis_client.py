"""The client of Redis for whatever a request may wait for.

A request must not hang because Redis does, so a command that gets no answer fails soon, and is
sent twice only to replace a connection that went stale. While Redis does not answer, most commands
fail at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from billing.circuit_breaker import CircuitBreaker

TIMEOUT = 0.5
"""Seconds to wait for Redis, which answers in less than a millisecond when it is well."""

T = TypeVar("T")


def redis() -> Redis:
    """Return the client of this process for `settings.REDIS_URL`."""
    return _client(settings.REDIS_URL)


class _Retry(Retry):
    """Tries again on a new connection, and not at all while Redis does not answer in time."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), retries=1, supported_errors=(exceptions.ConnectionError,))
        self._breaker = CircuitBreaker()

    def __deepcopy__(self, memo: dict[int, Any]) -> _Retry:
        return self  # what one connection learns is true of all

    def call_with_retry(
        self, do: Callable[[], T], fail: Callable[..., Any], *args: Any, **options: Any
    ) -> T:
        if self._breaker.is_open():
            raise exceptions.ConnectionError("Redis did not answer a moment ago")
        try:
            answer = super().call_with_retry(do, fail, *args, **options)
        except exceptions.TimeoutError:
            self._breaker.open()
            raise
        self._breaker.close()
        return answer


@lru_cache(maxsize=4)
def _client(url: str) -> Redis:
    return Redis.from_url(
        url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=_Retry()
    )
