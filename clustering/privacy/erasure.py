"""Deleting what one user of a customer sent, with a receipt.

The request is a row: whoever works on it may be killed, and another goes on. It names the user by
id until it is done, then by a keyed digest alone: the receipt tells nothing to anybody who does not
know the id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.models import Action, Project, User
from clustering import jobs, locks
from clustering.models import Erasure, Occurrence, Text, Theme, Topic
from clustering.privacy.deletion import BATCH, delete_events
from clustering.privacy.quotations import forget_quotations
from ingestion.deletion import events_of_user
from ingestion.models import Event, FieldType


@dataclass(frozen=True)
class Extent:
    """What deleting a user's data would delete."""

    events: int
    sessions: int
    texts: int
    """That nobody else sent."""

    def __bool__(self) -> bool:
        return bool(self.events)


def extent(project: Project, user_id: str) -> Extent:
    """Count a user's data, without touching it. The indexes: event_by_user, occurrence_by_text."""
    events = Event.objects.filter(project=project, user_id=user_id)
    own = Occurrence.objects.filter(project=project, event__in=events.values("pk"))
    shared = Occurrence.objects.filter(project=project, text__in=own.values("text")).exclude(
        event__in=events.values("pk")
    )
    texts = Text.objects.filter(project=project, pk__in=own.values("text"))
    return Extent(
        events=events.count(),
        sessions=events.values("session_id").distinct().count(),
        texts=texts.exclude(pk__in=shared.values("text")).count(),
    )


def digest(project: Project, user_id: str) -> str:
    """What a receipt shows of a user's id: an HMAC under SECRET_KEY, in hex."""
    salt = f"turret.erasure.{project.pk}"
    return salted_hmac(salt, user_id, algorithm="sha256").hexdigest()


def receipts(project: Project, user_id: str | None = None) -> QuerySet[Erasure]:
    """What was asked for and done, the latest first; of one user, by the digest of the id."""
    found = Erasure.objects.filter(project=project).order_by("-requested_at", "-pk")
    return found if user_id is None else found.filter(user_digest=digest(project, user_id))


def receipt_of(erasure: Erasure) -> dict[str, Any]:
    """The receipt of an erasure, for JSON. It does not name the user."""
    finished_at = erasure.finished_at
    return {
        "user": erasure.user_digest,
        "requested_at": erasure.requested_at.isoformat(),
        "requested_by": erasure.requested_by_email,
        "events": erasure.events,
        "texts": erasure.texts,
        "finished_at": finished_at.isoformat() if finished_at else None,
    }


@transaction.atomic
def request(project: Project, user_id: str, by: User | None) -> Erasure:
    """Put on record that a user's data must go. A worker carries it out."""
    erasure = Erasure.objects.create(
        project=project,
        user_id=user_id,
        user_digest=digest(project, user_id),
        requested_by=by,
        requested_by_email=by.email if by else "",
    )
    receipt = f"receipt {erasure.user_digest[:12]}"
    audit.record(project, Action.ERASURE_ASKED, by, receipt)
    transaction.on_commit(jobs.erase(project.pk).enqueue)
    return erasure


def waiting() -> list[int]:
    """Projects, of every organization, with erasures that are not done."""
    found = Erasure.objects.unscoped().filter(finished_at=None, project__deleted_at=None)
    return sorted(set(found.values_list("project", flat=True)))


def texts_erased(project_id: int) -> int:
    """How many texts the erasures of a project have deleted so far; it never falls.

    Whoever writes what quotes texts compares it under the field's lock with what it was before they
    were read, and so knows whether one has gone since.
    """
    found = Erasure.objects.filter(project=project_id).aggregate(texts=Sum("texts"))
    return found["texts"] or 0


def carry_out(project: Project, on_progress: Callable[[int], object] = lambda events: None) -> None:
    """Do the erasures of a project that wait, unless another process is at them."""
    with locks.holding(locks.erasing(project.pk)) as mine:
        if mine:
            for erasure in Erasure.objects.filter(project=project, finished_at=None).order_by("pk"):
                _carry_out(erasure, on_progress)


def _carry_out(erasure: Erasure, on_progress: Callable[[int], object]) -> None:
    project = erasure.project
    own = Erasure.objects.filter(project=project, pk=erasure.pk)
    while ids := events_of_user(project, erasure.user_id, BATCH):
        with transaction.atomic():
            deleted = delete_events(project, ids)
            forget_quotations(project, deleted.texts)
            own.update(events=F("events") + deleted.events, texts=F("texts") + len(deleted.texts))
        on_progress(deleted.events)
    for field_id in _fields_with_nameless(project):
        jobs.cluster(field_id, "a user's data was deleted").enqueue()
    own.update(user_id="", finished_at=timezone.now())


def _fields_with_nameless(project: Project) -> list[int]:
    """The dimensions with topics or themes whose name is gone, also by a worker that was killed."""
    scope = {"project": project, "label": "", "field__type": FieldType.TEXT}
    topics = Topic.objects.filter(retired_at=None, **scope)
    themes = Theme.objects.filter(topics__retired_at=None, **scope)
    return sorted(
        {*topics.values_list("field", flat=True), *themes.values_list("field", flat=True)}
    )
