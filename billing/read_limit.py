"""How fast an API key may read: a part of the rate at which it might send.

The generic cell rate algorithm, as for events (`billing.quota`), in requests. Reading costs no
quota. Without Redis it is not limited.
"""

from __future__ import annotations

import logging

from redis import RedisError

from billing.plans import Terms
from billing.quota import BURST_SECONDS, burst_rate
from billing.redis_client import redis

EVENTS_A_READ = 100
"""Events of its rate that one request counts as: about what the two cost."""

# KEYS[1] is the moment until which the key's requests so far would keep it busy at its rate. Where
# it lies too far ahead, the clock of Redis was set back. ARGV: requests a second, BURST_SECONDS.
# Returns the seconds to wait; 0 where the request may go on.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local busy = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
if busy > now + ARGV[2] + 1 then busy = now end
busy = busy + 1 / ARGV[1]
local wait = busy - now - ARGV[2]
if wait > 0.000001 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', busy), 'EX', ARGV[2] * 2)
return 0
"""

logger = logging.getLogger(__name__)


def read_burst(terms: Terms) -> int | None:
    """Requests that a key may make in `BURST_SECONDS`, or None where nothing limits them."""
    rate = burst_rate(terms)
    return max(1, rate * BURST_SECONDS // EVENTS_A_READ) if rate else None


def seconds_to_wait(terms: Terms, api_key_id: int) -> int:
    """Count a request. Returns 0, or the seconds until one that came too soon may come again."""
    burst = read_burst(terms)
    if burst is None:
        return 0
    rate = burst / BURST_SECONDS
    try:
        script = redis().register_script(_TAKE)
        return int(script([f"turret:reads:{api_key_id}"], [rate, BURST_SECONDS]))
    except RedisError as error:
        logger.warning("reads not limited without Redis: %s", error)
        return 0
