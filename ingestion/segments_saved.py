"""Segments that a project keeps under names. Any member may keep, rename and delete them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import Action, Project, User
from ingestion.models import SavedSegment
from ingestion.segments import Segment

MAX_SAVED = 200
"""Segments of a project: more than anybody chooses from."""


class NotSaved(Exception):
    """The segment cannot be kept under this name; the message tells a person why."""


def saved_segments(project: Project) -> list[SavedSegment]:
    """The segments of a project by name."""
    found = SavedSegment.objects.filter(project=project).select_related("created_by")
    return list(found.order_by("folded_name"))


@transaction.atomic
def save(project: Project, name: str, segment: Segment, actor: User) -> SavedSegment:
    """Keep a segment. Raises NotSaved."""
    if not segment:
        raise NotSaved("There is nothing to save: choose a value first.")
    if SavedSegment.objects.filter(project=project).count() >= MAX_SAVED:
        raise NotSaved(f"A project keeps at most {MAX_SAVED} segments. Delete one first.")
    kept = SavedSegment(project=project, query=segment.query, created_by=actor)
    kept.name, kept.folded_name = name, _folded(name)
    with _names_once(name):
        kept.save()
    audit.record(project, Action.SEGMENT_SAVED, actor, name)
    return kept


@transaction.atomic
def rename(kept: SavedSegment, name: str, actor: User | None = None) -> None:
    """Raises NotSaved."""
    before = kept.name
    with _names_once(name):
        renamed = _stored(kept).update(name=name, folded_name=_folded(name))
    if not renamed:
        raise NotSaved(f"Somebody has deleted the segment “{before}” meanwhile.")
    kept.name = name
    if name != before:
        detail = audit.changed(before, name)
        audit.record(kept.project, Action.SEGMENT_RENAMED, actor, name, detail)


@transaction.atomic
def delete(kept: SavedSegment, actor: User | None = None) -> None:
    deleted, _ = _stored(kept).delete()
    if deleted:
        audit.record(kept.project, Action.SEGMENT_DELETED, actor, kept.name)


def _stored(kept: SavedSegment) -> QuerySet[SavedSegment]:
    return SavedSegment.objects.filter(project=kept.project_id, pk=kept.pk)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


@contextmanager
def _names_once(name: str) -> Iterator[None]:
    """Raises NotSaved where another segment has the name that is written within."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise NotSaved(f"There is a segment “{name}” already. Choose another name.") from error
