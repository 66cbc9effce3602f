"""What Redis says of the workers: who listens, how long the queues are, when work last moved."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from rq import cron_scheduler_registry, worker_registration
from rq.utils import utcparse

from billing import metrics
from billing.redis_client import redis

QUEUES: dict[str, int] = {
    name: queue["DEFAULT_TIMEOUT"] for name, queue in settings.RQ_QUEUES.items()
}
"""Each with the seconds that a job may take, in which its worker says nothing."""

SILENCE = 45
"""Seconds of silence after which an idle worker (they speak every 15) or scheduler is dead."""

STAGES = ("extract", "embed")


@dataclass(frozen=True)
class Queues:
    """Ages in seconds; None where something was never seen."""

    workers: Mapping[str, int]
    """Living workers by queue."""
    lengths: Mapping[str, int]
    scheduler: float | None
    moved: Mapping[str, float | None]
    """How long ago each stage did something."""


def look() -> Queues:
    """Two round trips. Raises RedisError."""
    client = redis()
    with client.pipeline(transaction=False) as pipe:
        for queue in QUEUES:
            pipe.smembers(worker_registration.WORKERS_BY_QUEUE_KEY % queue)
            pipe.llen(f"rq:queue:{queue}")
        pipe.zrange(cron_scheduler_registry.get_registry_key(), -1, -1, withscores=True)
        pipe.hmget(metrics.KEY, [f"{metrics.SINCE} {stage}" for stage in STAGES])
        *queues, schedulers, moved = pipe.execute()
    registered = dict(zip(QUEUES, queues[::2], strict=True))
    with client.pipeline(transaction=False) as pipe:
        for keys in registered.values():
            for key in keys:
                pipe.hmget(key, ["last_heartbeat", "state"])
        registrations = iter(pipe.execute())
    now = time.time()
    return Queues(
        workers={
            queue: sum(_lives(next(registrations), QUEUES[queue]) for _ in keys)
            for queue, keys in registered.items()
        },
        lengths=dict(zip(QUEUES, queues[1::2], strict=True)),
        scheduler=now - schedulers[0][1] if schedulers else None,
        moved={
            stage: None if moment is None else now - float(moment)
            for stage, moment in zip(STAGES, moved, strict=True)
        },
    )


def _lives(registration: Sequence[bytes | None], longest_job: int) -> bool:
    heartbeat, state = registration
    if heartbeat is None:
        return False
    silent = datetime.now(UTC) - utcparse(heartbeat.decode())
    return silent.total_seconds() < (longest_job if state == b"busy" else SILENCE)
