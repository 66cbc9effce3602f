"""Asking for work on topics. Imports nothing heavy. (Work on events: `ingestion.hints`.)

A job is unique by its id. Whoever does it holds the lock of that name, which tells a job that
somebody is doing from one whose worker was killed: Redis believes in the latter for minutes, and
would refuse to take the job again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django_rq
from django.utils import timezone
from redis import RedisError
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job as QueuedJob
from rq.job import JobStatus

from billing.redis_client import redis
from clustering import locks
from clustering.runs.due import FIRST_TOPICS
from ingestion import hints

log = logging.getLogger(__name__)

TOPICS = "topics"

LONGEST_SECONDS = 15
"""A job with more to do than that asks for another one and lets other projects' jobs pass."""

PATIENCE = timedelta(seconds=15)
"""How long a job that failed, or seems to have lost its worker, is left alone."""


@dataclass(frozen=True)
class Job:
    """A call of a function of `clustering.tasks`, unique by its id."""

    function: str
    arguments: tuple[int | str, ...]
    id: str
    at_front: bool = False
    """Whether it is done before all that waits."""

    def enqueue(self) -> bool:
        """Put it into its queue, unless it waits there or somebody is doing it.

        Returns whether it could. Without Redis it is left to the sweep, which finds everything but
        what a person asked for.
        """
        try:
            self._enqueue()
        except RedisError as error:
            log.warning("job %s not asked for: %s", self.id, error)
            return False
        return True

    def _enqueue(self) -> None:
        queue = _queue()
        for _ in range(2):
            try:
                queue.enqueue(
                    f"clustering.tasks.{self.function}",
                    *self.arguments,
                    job_id=self.id,
                    unique=True,
                    at_front=self.at_front,
                    result_ttl=0,
                )
            except DuplicateJobError:
                if not self._drop():
                    return
            else:
                return

    def _drop(self) -> bool:
        """Delete it if it failed, or was lost, a while ago. Returns whether it is gone."""
        queue = _queue()
        try:
            job = QueuedJob.fetch(self.id, connection=queue.connection)
        except NoSuchJobError:
            return True
        status = job.get_status()
        if status == JobStatus.QUEUED and queue.get_job_position(job) is not None:
            return False
        since = job.ended_at or job.started_at or job.enqueued_at
        if since and timezone.now() - since < PATIENCE:
            return False
        if not locks.is_free(self.id):
            return False
        log.warning("job %s is dropped: it was %s", self.id, status)
        job.delete()
        return True


def _queue() -> Any:
    """With the client that a page may wait for."""
    return django_rq.get_queue(TOPICS, connection=redis())


def cluster(field_id: int, reason: str) -> Job:
    """A clustering run of a field, whether it is due or not.

    First topics come before all else: somebody looks at an empty page.
    """
    first = reason == FIRST_TOPICS
    return Job("cluster", (field_id, reason), locks.clustering(field_id), at_front=first)


def look(field_id: int, reason: str) -> Job:
    """A clustering run among the outliers of a field."""
    return Job("look", (field_id, reason), locks.looking(field_id))


def group(field_id: int) -> Job:
    """Themes for the topics of a field whose last run was lost before it grouped them."""
    return Job("group", (field_id,), locks.grouping(field_id))


def label(field_id: int) -> Job:
    """Names for the topics of a field whose names are missing or out of date."""
    return Job("label", (field_id,), locks.labelling(field_id))


def draw(field_id: int) -> Job:
    """The map of a field, where a run ended since it was drawn."""
    return Job("draw", (field_id,), locks.drawing(field_id))


def cover(project_id: int) -> Job:
    """The coverage that was chosen for a project, put into force."""
    return Job("cover", (project_id,), locks.covering(project_id))


def seal(project_id: int) -> Job:
    """Blocks of the occurrences that a project has since the last ones."""
    return Job("seal", (project_id,), locks.sealing(project_id))


def erase(project_id: int) -> Job:
    """Users' data that somebody asked to delete."""
    return Job("erase", (project_id,), locks.erasing(project_id))


def retain(project_id: int) -> Job:
    """Events deleted that are older than the project keeps them."""
    return Job("retain", (project_id,), locks.retaining(project_id))


def purge(project_id: int) -> Job:
    """A project deleted for good that nobody can bring back."""
    return Job("purge", (project_id,), locks.purging(project_id))


def purge_organization(organization_id: int) -> Job:
    """The same of an organization, once its projects have gone."""
    return Job(
        "purge_organization", (organization_id,), locks.purging_organization(organization_id)
    )


def embed_query(query: str, patience: int) -> None:
    """Have a query embedded ahead of all other work, unless it waits longer than `patience`.

    In the queue whose workers have the model loaded. Not unique: asking twice costs less than
    finding out. The description keeps a user's words out of the worker's log.
    """
    django_rq.get_queue(hints.QUEUE, connection=redis(), commit_mode="auto").enqueue_call(
        "clustering.tasks.embed_query",
        args=(query,),
        ttl=patience,
        result_ttl=0,
        failure_ttl=patience,
        description="embed a query",
        at_front=True,
    )
