"""The worker of the queue of events."""

from __future__ import annotations

from typing import Any

from rq import SimpleWorker

from clustering import pipeline


class EventsWorker(SimpleWorker):
    """Loads the embedding model before it takes its first job, so that nobody waits for that.

    It runs jobs in its own process: the model is loaded once, not per job.
    """

    def work(self, *args: Any, **options: Any) -> bool:
        pipeline.embedder()
        return super().work(*args, **options)
