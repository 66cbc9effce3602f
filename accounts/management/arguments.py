"""The project that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import Project


def project_of(slug: str) -> Project:
    """The project with this slug. Raises CommandError where there is none, or it is deleted."""
    found = Project.with_deleted.unscoped().select_related("organization").filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no project {slug!r}.")
    if found.deleted_at:
        raise CommandError(f"The project {slug!r} is deleted.")
    return found
