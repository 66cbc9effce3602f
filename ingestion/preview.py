"""What an event would do, for `POST /track?dry_run=1`: how each of its keys is typed, and why."""

from __future__ import annotations

from typing import Any

from ingestion.detection import detect
from ingestion.learning import shortened
from ingestion.limits import MAX_FIELDS
from ingestion.metadata import Scalar, flatten
from ingestion.models import Field
from ingestion.payload import NewEvent


def preview(project_id: int, event: NewEvent) -> dict[str, Any]:
    """The answer's JSON object. Stores nothing."""
    flat = flatten(event.metadata)
    known = {field.key: field for field in Field.objects.filter(project=project_id, key__in=flat)}
    room = MAX_FIELDS - Field.objects.filter(project=project_id).count()
    fields = []
    for key, value in flat.items():
        if key in known:
            fields.append(_known(known[key]))
        elif room > 0:
            room -= 1
            fields.append(_new(key, value))
        else:
            why = f"The project has {MAX_FIELDS} fields; this key is kept but not analysed."
            fields.append({"field": key, "type": None, "source": None, "why": why})
    return {"dry_run": True, **event.answer(), "fields": fields}


def _known(field: Field) -> dict[str, Any]:
    source = "overridden" if field.is_overridden else "detected"
    why = "Set in Settings, Metadata." if field.is_overridden else field.detected_why
    return {"field": field.key, "type": field.type, "source": source, "why": why}


def _new(key: str, value: Scalar) -> dict[str, Any]:
    found = detect(key, [shortened(value)])
    return {"field": key, "type": found.type, "source": "detected", "why": found.why}
