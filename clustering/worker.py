"""The workers of the two queues. They run jobs in their own process: what is loaded stays."""

from __future__ import annotations

from typing import Any

from redis.client import Pipeline
from rq import SimpleWorker, worker_registration

from clustering import pipeline


class Worker(SimpleWorker):
    """Registers with every heartbeat, so that a Redis that lost its memory knows it again."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        super().heartbeat(timeout, pipeline)
        worker_registration.register(self, pipeline)


class EventsWorker(Worker):
    """Loads the embedding model before it takes its first job, so that nobody waits for that."""

    def work(self, *args: Any, **options: Any) -> bool:
        pipeline.embedder()
        return super().work(*args, **options)
