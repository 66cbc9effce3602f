"""Who did what in an organization: written in the transaction of the act itself, never edited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.models import (
    DETAIL_LENGTH,
    SUBJECT_LENGTH,
    Action,
    AuditEntry,
    Organization,
    Project,
    User,
)

_MINUTE = timedelta(minutes=1)


def record(
    tenant: Organization | Project,
    action: Action,
    actor: User | None,
    subject: str = "",
    detail: str = "",
) -> None:
    """Add an entry. `actor` is None for the operator at the command line.

    Neither `subject` nor `detail` may hold a secret, or a text that a customer's user wrote.
    """
    project = tenant if isinstance(tenant, Project) else None
    AuditEntry.objects.create(
        organization_id=project.organization_id if project else tenant.pk,
        project=project,
        actor=actor,
        actor_email=actor.email if actor else "",
        action=action,
        subject=_fitting(subject, SUBJECT_LENGTH),
        detail=_fitting(detail, DETAIL_LENGTH),
    )


def changed(before: object, after: object) -> str:
    """What a value was, and what it is."""
    return f"{before} → {after}"


def told(project: Project, setting: str) -> str:
    """The value of a project's setting, in words."""
    value: Any = getattr(project, setting)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, timedelta):
        return f"{value // _MINUTE} minutes"
    choice = getattr(project, f"get_{setting}_display", None)
    return str(choice() if choice else value if value is not None else "no limit")


def _fitting(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
