"""A hint to the queue that a project has work.

A flag in Redis says that a job for the project is queued and has not begun. Whoever sets it
queues the job; the job's first act, in `services.claim`, is to clear it. So a burst of events
makes one job, and an event committed after a job looked always makes another one: nothing
waits for a debounce to end. For the same reason the job has no id of its own: a running job would
refuse the next one, and a failed one would for as long as its record is kept.

A hint is never needed for correctness. Without Redis it is lost, and the sweep finds the work.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Iterable
from functools import partial

import django_rq
from django.db import transaction
from redis import RedisError

from billing.redis_client import redis

QUEUE = "events"
JOB = "clustering.tasks.process"
"""Named, not imported: it belongs to a later stage, which this app does not know."""

FLAG_LIFETIME = 60
"""Seconds after which a queued job counts as lost and may be queued again."""

PAUSE = 0.05
"""Seconds for which a process that accepts events says nothing more of a project."""

FAILURE_LIFETIME = 7 * 24 * 3600
"""Seconds for which staff can look at a failed job."""

logger = logging.getLogger(__name__)

_pausing: dict[int, bool] = {}
"""Projects whose hint this process has just sent, and whether another one is due since."""

_mutex = threading.Lock()


def hint(project_id: int) -> None:
    """Tell the workers that a project has work, once the current transaction has committed."""
    transaction.on_commit(partial(_hint, project_id), robust=True)


def hint_often(project_id: int) -> None:
    """As `hint`, for a caller at each request: the first goes out now, others after a pause."""
    with _mutex:
        if project_id in _pausing:
            _pausing[project_id] = True
            return
        _pausing[project_id] = False
    _pause(project_id)  # first, so that it ends whatever becomes of the hint
    hint(project_id)


def remind(project_ids: Iterable[int]) -> None:
    """As `hint`, for projects whose work was found waiting.

    Where the queue is empty, a project's flag is left from a job that was lost, as happens when
    Redis has no room to write that a job was taken or failed: it is cleared first.
    """
    is_lost = _is_queue_empty()
    for project_id in project_ids:
        if is_lost:
            clear(project_id)
        hint(project_id)


def clear(project_id: int) -> None:
    """Say that a job for the project begins to look for work now."""
    try:
        redis().delete(_flag(project_id))
    except RedisError as error:
        logger.warning("hint for project %d not cleared: %s", project_id, error)


def _pause(project_id: int) -> None:
    pause = threading.Timer(PAUSE, _end_pause, [project_id])
    pause.daemon = True
    pause.start()


def _end_pause(project_id: int) -> None:
    with _mutex:
        has_more = _pausing.pop(project_id, False)
        if has_more:
            _pausing[project_id] = False
    if has_more:
        _hint(project_id)
        _pause(project_id)


@atexit.register
def end_pauses() -> None:
    """Send the hints that are due now: a process that ends waits for no pause to end."""
    with _mutex:
        telling = [project_id for project_id, has_more in _pausing.items() if has_more]
        _pausing.clear()
    for project_id in telling:
        _hint(project_id)


def _hint(project_id: int) -> None:
    try:
        if redis().set(_flag(project_id), 1, nx=True, ex=FLAG_LIFETIME):
            _enqueue(project_id)
    except RedisError as error:
        logger.warning("no hint for project %d: %s", project_id, error)


def _is_queue_empty() -> bool:
    try:
        return not redis().llen(f"rq:queue:{QUEUE}")
    except RedisError:
        return False


def _enqueue(project_id: int) -> None:
    queue = django_rq.get_queue(QUEUE, connection=redis(), commit_mode="auto")
    queue.enqueue_call(
        JOB,
        args=(project_id,),
        result_ttl=0,
        failure_ttl=FAILURE_LIFETIME,
        description=f"process project {project_id}",
    )


def _flag(project_id: int) -> str:
    return f"turret:hint:{project_id}"
