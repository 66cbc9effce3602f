"""What all processes count together, for the metrics page and health: one hash in Redis.

A process adds up what it counts and writes it down a second later, or when it ends, so that
counting costs a request nothing. What it had not written when it was killed is lost, as all is with
Redis: a monitoring system takes that for the restart of a counter.
"""

from __future__ import annotations

import atexit
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from typing import Any

from redis import RedisError

from billing.redis_client import redis

KEY = "turret:metrics"
PAUSE = 1.0
"""Seconds for which a process adds up by itself."""

SINCE = "since"
"""Prefix of a name without labels: the count under it is the Unix time of the last addition."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, inf)
"""Upper bounds, in seconds, of the durations that are counted together."""

_counts: defaultdict[str, float] = defaultdict(float)
_mutex = threading.Lock()
_writers: list[threading.Timer] = []


def count(name: str, amount: float = 1) -> None:
    """Add to a count. Its name is a word, and after it its labels, with blanks between them."""
    with _mutex:
        _counts[name] += amount
        if not _writers:
            _start_writer()


def observe(name: str, labels: str, seconds: float) -> None:
    """Count a duration: `<name> <labels> <bucket>`, and the sum as `<name>_seconds <labels>`."""
    count(f"{name} {labels} {BUCKETS[bisect_left(BUCKETS, seconds)]}")
    count(f"{name}_seconds {labels}", seconds)


def flush() -> None:
    """Write down what was counted. Without Redis it is kept for the next time."""
    counts = _taken()
    try:
        _write(counts)
    except RedisError:
        for name, amount in counts.items():
            count(name, amount)


@atexit.register
def _flush_at_the_end() -> None:
    """`flush`, where nothing can be kept for later: no thread can be started any more."""
    with suppress(RedisError):
        _write(_taken())


def _taken() -> dict[str, float]:
    with _mutex:
        counts = dict(_counts)
        _counts.clear()
        _writers.clear()
    return counts


def _write(counts: Mapping[str, float]) -> None:
    """Raises RedisError."""
    if not counts:
        return
    with redis().pipeline() as pipe:
        for name, amount in counts.items():
            pipe.hincrbyfloat(KEY, name, amount)
            if " " not in name:
                pipe.hset(KEY, f"{SINCE} {name}", time.time())
        pipe.execute()


def read() -> dict[str, float]:
    """Everything that was counted and written. Raises RedisError."""
    found: Any = redis().hgetall(KEY)
    return {name.decode(): float(value) for name, value in found.items()}


def _start_writer() -> None:
    writer = threading.Timer(PAUSE, flush)
    writer.daemon = True
    writer.start()
    _writers.append(writer)
