"""The field that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import Project
from ingestion.models import Field, FieldType


def text_field_of(project: Project, key: str) -> Field:
    """Raises CommandError, which names the fields that would do."""
    texts = Field.objects.filter(project=project, type=FieldType.TEXT)
    found = texts.select_related("project").filter(key=key).first()
    if found is None:
        known = ", ".join(texts.order_by("key").values_list("key", flat=True)) or "none yet"
        raise CommandError(f"{project.slug} has no text field {key!r}. Its text fields: {known}.")
    return found
