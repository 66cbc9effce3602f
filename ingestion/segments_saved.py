"""Segments that a project keeps under names. Any member may keep, rename and delete them."""

from __future__ import annotations

import unicodedata

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Action, Project, User
from ingestion.models import SavedSegment
from ingestion.segments import Segment

MAX_SAVED = 200
"""Segments of a project: more than anybody chooses from."""


class Refused(Exception):
    """A segment that cannot be kept so; says why, to the person."""


def saved_segments(project: Project) -> list[SavedSegment]:
    """The segments of a project by name."""
    found = SavedSegment.objects.filter(project=project).select_related("created_by")
    return list(found.order_by("folded_name"))


@transaction.atomic
def save(project: Project, name: str, segment: Segment, actor: User) -> SavedSegment:
    """Keep a segment. Raises Refused."""
    if not segment:
        raise Refused("There is nothing to save: choose a value first.")
    if SavedSegment.objects.filter(project=project).count() >= MAX_SAVED:
        raise Refused(f"A project keeps at most {MAX_SAVED} segments. Delete one first.")
    kept = SavedSegment(project=project, query=segment.query, created_by=actor)
    _write(kept, name)
    audit.record(project, Action.SEGMENT_SAVED, actor, name)
    return kept


@transaction.atomic
def rename(kept: SavedSegment, name: str, actor: User | None = None) -> None:
    """Raises Refused."""
    before = kept.name
    _write(kept, name)
    if name != before:
        detail = audit.changed(before, name)
        audit.record(kept.project, Action.SEGMENT_RENAMED, actor, name, detail)


@transaction.atomic
def delete(kept: SavedSegment, actor: User | None = None) -> None:
    SavedSegment.objects.filter(project=kept.project_id, pk=kept.pk).delete()
    audit.record(kept.project, Action.SEGMENT_DELETED, actor, kept.name)


def _write(kept: SavedSegment, name: str) -> None:
    kept.name, kept.folded_name = name, unicodedata.normalize("NFC", name).casefold()
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise Refused(f"There is a segment “{name}” already. Choose another name.") from error
