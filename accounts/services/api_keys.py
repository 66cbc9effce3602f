"""Writes to API keys."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts import audit, keys
from accounts.models import Action, ApiKey, KeyScope, Project, User


@dataclass(frozen=True)
class NewKey:
    """An API key and its secret, which exists nowhere else and cannot be shown again."""

    api_key: ApiKey
    secret: str


@transaction.atomic
def create_key(
    project: Project, name: str, actor: User | None = None, *, scope: KeyScope = KeyScope.TRACK
) -> NewKey:
    key = _new_key(project, name, actor, scope)
    detail = key.api_key.get_scope_display()
    audit.record(project, Action.KEY_MADE, actor, str(key.api_key), detail)
    return key


@transaction.atomic
def rotate_key(api_key: ApiKey, actor: User | None = None) -> NewKey:
    """Create a second live key of the same name and scope; the old one works until revoked."""
    key = _new_key(api_key.project, api_key.name, actor, KeyScope(api_key.scope))
    detail = f"the new one begins with {key.api_key.prefix}"
    audit.record(api_key.project, Action.KEY_ROTATED, actor, str(api_key), detail)
    return key


def _new_key(project: Project, name: str, actor: User | None, scope: KeyScope) -> NewKey:
    secret = keys.new_key()
    api_key = ApiKey.objects.create(
        project=project,
        name=name,
        scope=scope,
        prefix=keys.shown_prefix(secret),
        digest=keys.digest(secret),
        created_by=actor,
    )
    return NewKey(api_key, secret)


@transaction.atomic
def revoke_key(api_key: ApiKey, actor: User | None = None) -> None:
    live = ApiKey.objects.filter(
        project_id=api_key.project_id, pk=api_key.pk, revoked_at__isnull=True
    )
    if live.update(revoked_at=timezone.now()):
        audit.record(api_key.project, Action.KEY_REVOKED, actor, str(api_key))
