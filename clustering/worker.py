"""The workers of the two queues. They run jobs in their own process: what is loaded stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from django.db import Error, connection
from redis import RedisError
from redis.client import Pipeline
from rq import SimpleWorker, worker_registration
from rq.job import Job

from clustering import locks, pipeline

BEAT_SECONDS = 15.0
"""From one heartbeat to the next, as of a worker that has nothing to do."""


class Worker(SimpleWorker):
    """A worker that survives the loss of a store, and has the embedding model loaded.

    It registers with every heartbeat, in the middle of a job too, so that a Redis that lost its
    memory knows it again. Meanwhile it ends the sessions of workers that hang: its own job may wait
    for what they hold, and so may the sweep behind that job. It gives its database connection back
    after each job, and closes all connections after a job that failed, so that the next does not
    fail by one that was lost. It loads the model before it takes its first job, so that nobody
    waits for that.
    """

    def work(self, *args: Any, **options: Any) -> bool:
        pipeline.embedder()
        return super().work(*args, **options)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        super().heartbeat(timeout, pipeline)
        worker_registration.register(self, pipeline)

    def perform_job(self, job: Job, *args: Any) -> bool:
        with self._beating(self.get_heartbeat_ttl(job)):
            is_done = super().perform_job(job, *args)
        connection.close()
        if not is_done:
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it
        return is_done

    @contextmanager
    def _beating(self, timeout: int) -> Iterator[None]:
        ended = Event()

        def beat() -> None:
            while not ended.wait(BEAT_SECONDS):
                with suppress(RedisError):
                    self.heartbeat(timeout)
                with suppress(Error):
                    locks.end_hung()
                connection.close()  # this thread's

        thread = Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
