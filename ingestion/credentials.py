"""What a live API key stands for: a project, and what its organization agreed to."""

from __future__ import annotations

import hmac
import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import Q

from accounts import keys
from accounts.models import ApiKey, KeyScope
from billing.plans import PLANS, Terms
from ingestion.errors import Code, Refused

USED_EVERY = timedelta(minutes=1)
"""How exact "last used" is. Writing it for each event would contend for one row."""

KNOWN_FOR = 0.9
"""Seconds for which a process knows a credential. A key that is revoked meanwhile, a project that
is deleted, or another plan is not overlooked: storing an event checks all three
(`services.Submission.is_stale`)."""

_MOST_KNOWN = 10_000

# One query, across tenants by nature, on the unique index of the digest.
_FIND = """
SELECT key.id, key.digest, key.project_id, key.last_used_at, key.revoked_at,
       organization.id, organization.created_at, subscription.plan_code, subscription.started_at,
       subscription.trial_ends_at, subscription.event_limit, project.masks_events,
       key.scope
FROM accounts_apikey key
JOIN accounts_project project ON project.id = key.project_id
JOIN accounts_organization organization ON organization.id = project.organization_id
LEFT JOIN billing_subscription subscription ON subscription.organization_id = organization.id
WHERE key.digest = %s AND project.deleted_at IS NULL
"""

logger = logging.getLogger(__name__)

_known: dict[str, tuple[float, Credential]] = {}


@dataclass(frozen=True)
class Credential:
    """Who sends events, or reads. Without an API key it is the operator, at the command line."""

    api_key_id: int | None
    project_id: int
    terms: Terms
    last_used_at: datetime | None = None
    digest: str = ""
    agreed: tuple[Any, ...] = (None, None, None, None)
    """Plan, start, end of trial and limit of the subscription; all None where there is none."""
    masks_events: bool = False
    scope: KeyScope = KeyScope.TRACK

    def row(self) -> dict[str, Any]:
        """What must be unchanged when an event is stored."""
        plan, started_at, trial_ends_at, limit = self.agreed
        return {
            "project_id": self.project_id,
            "api_key_id": self.api_key_id,
            "organization_id": self.terms.organization_id,
            "plan_code": plan,
            "started_at": started_at,
            "trial_ends_at": trial_ends_at,
            "event_limit": limit,
        }

    def touch(self, now: datetime) -> None:
        """Note that the key was used, at most once in `USED_EVERY`."""
        assert self.api_key_id is not None
        due = now - USED_EVERY
        if self.last_used_at and self.last_used_at > due:
            return
        if remembered := _known.get(self.digest):
            read_at, known = remembered
            _known[self.digest] = (read_at, replace(known, last_used_at=now))
        try:
            ApiKey.objects.filter(
                Q(last_used_at__isnull=True) | Q(last_used_at__lte=due),
                project=self.project_id,
                pk=self.api_key_id,
            ).update(last_used_at=now)
        except Error as error:
            logger.warning("use of API key %d not noted: %s", self.api_key_id, error)


def find_credential(key: str, *, anew: bool = False) -> Credential:
    """Return the credential of a live key. Raises Refused.

    With `anew`, always from the database; else as this process knew it up to `KNOWN_FOR` seconds
    ago. A key with a wrong checksum is refused without asking the database.
    """
    digest = keys.digest(key)
    read_at, known = _known.get(digest, (0.0, None))
    if known is not None and not anew and time.monotonic() - read_at < KNOWN_FOR:
        return known
    if not keys.is_well_formed(key):
        raise refused("This is not an API key. Check that it was copied whole.")
    _known.pop(digest, None)
    found = _read(digest)
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[digest] = (time.monotonic(), found)
    return found


def forget_credentials() -> None:
    """Forget what this process knows."""
    _known.clear()


def refused(message: str) -> Refused:
    """The answer to a key that gives access to nothing."""
    headers = {"WWW-Authenticate": 'Bearer realm="Turret"'}
    return Refused(Code.INVALID_API_KEY, message, headers=headers)


def _read(digest: str) -> Credential:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [digest])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(row[1], digest):
        raise refused("Unknown API key.")
    (
        api_key_id,
        _,
        project_id,
        last_used_at,
        revoked_at,
        organization_id,
        created_at,
        *agreed,
        masks,
        scope,
    ) = row
    if revoked_at is not None:
        raise refused("This API key was revoked. Create another in Settings, API keys.")
    plan, *rest = agreed
    if plan is None:
        terms = Terms(organization_id, PLANS[settings.DEFAULT_PLAN], created_at)
    else:
        terms = Terms(organization_id, PLANS[plan], *rest)
    return Credential(
        api_key_id, project_id, terms, last_used_at, digest, tuple(agreed), masks, KeyScope(scope)
    )
