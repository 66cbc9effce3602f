"""Deleting events that are older than their project keeps them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.utils import timezone

from accounts.models import Project
from clustering import locks
from clustering.privacy.deletion import BATCH, delete_events
from ingestion.deletion import oldest_events

log = logging.getLogger(__name__)


def cutoff(project: Project, now: datetime | None = None) -> datetime | None:
    """The start of the first day (UTC) whose events are kept; None where all are.

    By day, so that events go once a day, not a few with every look.
    """
    if project.retention_days is None:
        return None
    today = (now or timezone.now()).astimezone(UTC).date()
    midnight = datetime.combine(today, datetime.min.time(), UTC)
    return midnight - timedelta(days=project.retention_days)


def projects_due() -> Iterator[Project]:
    """Projects, of every organization, with events that are older than they keep."""
    for project in Project.objects.unscoped().filter(retention_days__isnull=False):
        before = cutoff(project)
        if before and oldest_events(project, before, 1):
            yield project


def delete_old_events(project: Project, deadline: float = math.inf) -> int:
    """Delete what is too old, batch by batch; return how many events.

    Begins no batch after `deadline`, on the monotonic clock. Does nothing while another process is
    at the same project. What is left when it ends, or is killed, goes the next time.
    """
    done = 0
    with locks.holding(locks.retaining(project.pk)) as mine:
        before = cutoff(project)
        while mine and before and monotonic() < deadline:
            ids = oldest_events(project, before, BATCH)
            if not ids:
                break
            done += delete_events(project, ids).events
    if done:
        log.info("project %d: %d events past retention deleted", project.pk, done)
    return done
