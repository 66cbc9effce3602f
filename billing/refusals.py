"""Events refused over a quota, counted in Redis until the sweep records them in PostgreSQL.

An organization over its limit may send as fast as ever; a row of its own would be written for
each refusal. One Redis hash holds `<organization>:<day>` to a count.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from redis import RedisError

from billing.redis_client import redis

KEY = "turret:refused"

logger = logging.getLogger(__name__)


def member(organization_id: int, day: date) -> str:
    """The name of a count within the hash."""
    return f"{organization_id}:{day}"


def add(counts: Mapping[tuple[int, date], int]) -> None:
    """Count refusals by organization and day. Without Redis they are logged and forgotten."""
    try:
        with redis().pipeline() as pipe:
            for (organization_id, day), count in counts.items():
                pipe.hincrby(KEY, member(organization_id, day), count)
            pipe.execute()
    except RedisError as error:
        logger.warning("refusals not counted: %s", error)


def take() -> Counter[tuple[int, date]]:
    """Return all counts by organization and day, and forget them."""
    with redis().pipeline(transaction=True) as pipe:
        pipe.hgetall(KEY)
        pipe.delete(KEY)
        return _parsed(pipe.execute()[0])


def waiting(organization_id: int) -> Counter[date]:
    """What is not recorded yet of one organization, by day; nothing when Redis is down."""
    try:
        counts = _parsed(redis().hgetall(KEY))
    except RedisError:
        return Counter()
    own = {day: n for (owner, day), n in counts.items() if owner == organization_id}
    return Counter(own)


def _parsed(counts: Mapping[Any, Any]) -> Counter[tuple[int, date]]:
    parsed: Counter[tuple[int, date]] = Counter()
    for name, count in counts.items():
        organization_id, _, day = name.decode().partition(":")
        parsed[int(organization_id), date.fromisoformat(day)] = int(count)
    return parsed
