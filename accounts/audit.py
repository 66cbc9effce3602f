"""Who did what in an organization: written in the transaction of the act itself, never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.ellipsis import with_ellipsis
from accounts.models import (
    DETAIL_LENGTH,
    SUBJECT_LENGTH,
    Action,
    ApiKey,
    AuditEntry,
    Organization,
    Project,
    User,
)

EXPORTS_OF_A_KEY = 20
"""Different downloads of one API key that are on record within an hour."""

_SEARCH, _FORM = "q", ("format", "page", "sort")


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
        subject=with_ellipsis(subject, SUBJECT_LENGTH),
        detail=with_ellipsis(detail, DETAIL_LENGTH),
    )


def record_export(
    tenant: Organization | Project,
    actor: User | None,
    name: str,
    asked: Mapping[str, Sequence[str]],
    key: ApiKey | None = None,
) -> None:
    """Add an entry for a download: the name of its file, and what the URL asked for.

    A program downloads again and again. So within an hour, an API key gets one entry for each of
    its first `EXPORTS_OF_A_KEY` different downloads, and then one without details for each further
    file.
    """
    detail = _asked(asked)
    if key is not None:
        known = _exports_of(key)
        said = detail if len(known) < EXPORTS_OF_A_KEY else "further ones"
        detail = with_ellipsis(", ".join(filter(None, (_by(key), said))), DETAIL_LENGTH)
        if (name, detail) in known:
            return
    record(tenant, Action.EXPORTED, actor, name, detail)


def _exports_of(key: ApiKey) -> set[tuple[str, str]]:
    """Names and details of what a key downloaded in the last hour."""
    entries = AuditEntry.objects.filter(
        organization=key.project.organization_id,
        action=Action.EXPORTED,
        at__gt=timezone.now() - timedelta(hours=1),
        detail__startswith=_by(key),
    )
    return set(entries.values_list("subject", "detail"))


def _by(key: ApiKey) -> str:
    return f"by {key}"


def _asked(asked: Mapping[str, Sequence[str]]) -> str:
    """The parameters of a URL; of a search, which may hold a user's words, only that it was one."""
    said = ", ".join(
        f"{name}={'…' if name == _SEARCH else value}"
        for name, values in asked.items()
        if name not in _FORM
        for value in values
    )
    return said.replace("\0", "")


def changed(before: object, after: object) -> str:
    """What a value was, and what it is."""
    return f"{before} → {after}"
