"""Learning fields: which keys events carry, how often, with what values, and so their types."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence, Set
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Action, Project, User
from ingestion import hints, sketch
from ingestion.detection import detect
from ingestion.limits import MAX_FIELDS
from ingestion.metadata import Scalar, as_text, flatten
from ingestion.models import Field, FieldType
from ingestion.stored import StoredEvent

LOOK_AGAIN_AT = (20, 100, 1_000)
"""Events after which a type is detected anew: a name is all there is at first, and after the last
of these a type no longer changes by itself, for topics and segments rest on it. Events that were
deleted since count too."""

SAMPLES = 100
"""Distinct values kept of a field."""

SAMPLE_LENGTH = 200
"""Characters kept of a sample: enough to tell its shape and to recognise it."""

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('fields', %s))"

_LEARNT = [
    "detected_type", "detected_why", "events", "events_ever", "samples", "sketch", "last_seen_at",
]  # fmt: skip
_CHANGED = [*_LEARNT, "changed_from", "changed_at"]


@dataclasses.dataclass
class _Seen:
    """What some events say about one key. `values` holds one value for each text, in order."""

    last: datetime
    events: int = 0
    values: dict[str, Scalar] = dataclasses.field(default_factory=dict)

    def add(self, value: Scalar, at: datetime) -> None:
        self.events += 1
        self.last = max(self.last, at)
        self.values.setdefault(as_text(value), value)


@transaction.atomic
def learn_fields(project: Project, events: Sequence[StoredEvent]) -> dict[str, Field]:
    """Count what these events say about each field, and detect types; return the fields by key.

    The fields are locked until the transaction ends, in the order of their ids. Keys beyond
    `MAX_FIELDS` are not learnt.
    """
    keys = _keys(project)
    seen = _see(events, keys)
    if not keys.issuperset(seen):
        _create_missing(project, seen)
    fields = _locked(project, seen)
    for key, field in fields.items():
        _learn(field, seen[key])
    columns = _LEARNT if all(field.changed_at is None for field in fields.values()) else _CHANGED
    Field.objects.filter(project=project).bulk_update(fields.values(), columns)
    return fields


def lock_fields(project: Project) -> None:
    """Until this transaction ends, keep everybody else from extracting or deleting events."""
    list(Field.objects.filter(project=project).select_for_update().order_by("pk").values("pk"))


def unlearn_fields(project: Project, events: Sequence[StoredEvent]) -> None:
    """Take back, for events that are deleted, what `learn_fields` kept: counts and samples.

    Types stay as they were detected, and sketches too: they hold hashes, from which nothing can be
    taken out. Call it in a transaction; the fields are locked as by `learn_fields`.
    """
    seen = _see(events, _keys(project))
    fields = _locked(project, seen)
    for key, field in fields.items():
        gone = {as_text(shortened(value)) for value in seen[key].values.values()}
        field.events = max(field.events - seen[key].events, 0)
        field.samples = [sample for sample in field.samples if as_text(sample) not in gone]
    Field.objects.filter(project=project).bulk_update(fields.values(), ["events", "samples"])


def override_type(field: Field, chosen: FieldType, actor: User) -> None:
    """Set a field's type by a person's decision, which holds until it is reset."""
    with transaction.atomic():
        Field.objects.filter(project=field.project_id, pk=field.pk).update(
            override=chosen, overridden_by=actor, overridden_at=timezone.now()
        )
        detail = audit.changed(field.type_label.lower(), chosen.label.lower())
        audit.record(field.project, Action.TYPE_OVERRIDDEN, actor, field.key, detail)
    hints.hint(field.project_id)


def reset_type(field: Field, actor: User | None = None) -> None:
    """Return to the detected type, as if nobody had ever set another."""
    with transaction.atomic():
        Field.objects.filter(project=field.project_id, pk=field.pk).update(
            override="", overridden_by=None, overridden_at=None
        )
        detected = FieldType(field.detected_type).label.lower()
        detail = audit.changed(field.type_label.lower(), detected)
        audit.record(field.project, Action.TYPE_RESET, actor, field.key, detail)
    hints.hint(field.project_id)


def _keys(project: Project) -> set[str]:
    return set(Field.objects.filter(project=project).values_list("key", flat=True))


def _see(events: Iterable[StoredEvent], known: Set[str]) -> dict[str, _Seen]:
    """What events say about each known key, and about as many new ones as there is room for.

    A client that puts ids into keys sends many more.
    """
    seen: dict[str, _Seen] = {}
    room = MAX_FIELDS - len(known)
    for event in events:
        for key, value in flatten(event.metadata).items():
            if key not in seen:
                if key not in known:
                    if room <= 0:
                        continue
                    room -= 1
                seen[key] = _Seen(event.received_at)
            seen[key].add(value, event.received_at)
    return seen


def _locked(project: Project, keys: Iterable[str]) -> dict[str, Field]:
    fields = Field.objects.filter(project=project, key__in=list(keys))
    return {field.key: field for field in fields.select_for_update().order_by("pk")}


def _create_missing(project: Project, keys: Iterable[str]) -> None:
    """Create the fields that are missing, as far as there is room, one transaction at a time.

    Call it before any field is locked: a transaction that waits here must hold no lock that
    another one needs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [project.pk])
    known = _keys(project)  # anew: others may have created some meanwhile
    new = [key for key in keys if key not in known][: max(0, MAX_FIELDS - len(known))]
    fields = [Field(project=project, key=key, detected_type="enum") for key in new]
    Field.objects.bulk_create(fields, ignore_conflicts=True)


def _learn(field: Field, seen: _Seen) -> None:
    before = field.events_learnt
    field.events, field.events_ever = field.events + seen.events, before + seen.events
    field.last_seen_at = max(field.last_seen_at, seen.last)
    field.sketch = sketch.add(field.sketch, seen.values)
    if len(field.samples) < SAMPLES:
        field.samples = _sampled(field.samples, seen.values)
    if any(before < mark <= field.events_ever for mark in (1, *LOOK_AGAIN_AT)):
        _detect(field, is_new=not before)


def _sampled(samples: Sequence[Scalar], values: dict[str, Scalar]) -> list[Scalar]:
    kept = {as_text(sample): sample for sample in samples}
    for value in values.values():
        if len(kept) == SAMPLES:
            break
        short = shortened(value)
        kept.setdefault(as_text(short), short)
    return list(kept.values())


def shortened(value: Scalar) -> Scalar:
    """What is kept of a value as a sample, and so what its field's type is detected from."""
    text = as_text(value)
    if isinstance(value, str) or len(text) > SAMPLE_LENGTH:
        return text[:SAMPLE_LENGTH].strip()
    return value


def _detect(field: Field, *, is_new: bool) -> None:
    """Detect a field's type, which counts unless a person has set another."""
    found = detect(field.key, field.samples, events=field.events, distinct=field.distinct)
    if not is_new and found.type != field.detected_type:
        field.changed_from, field.changed_at = field.detected_type, timezone.now()
    field.detected_type, field.detected_why = found.type, found.why
    field.type = field.override or found.type  # as the database will generate it
