"""Who sends an event: the live API key in a request's header, and what its owner agreed to."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import Q
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import keys
from accounts.models import ApiKey
from billing.plans import PLANS, Terms
from ingestion.errors import Code, Refused

USED_EVERY = timedelta(minutes=1)
"""How exact "last used" is. Writing it for each event would contend for one row."""

# One query, across tenants by nature, on the unique index of the digest.
_FIND = """
SELECT key.id, key.digest, key.project_id, key.last_used_at, key.revoked_at,
       organization.id, organization.created_at, subscription.plan_code, subscription.started_at,
       subscription.trial_ends_at, subscription.event_limit
FROM accounts_apikey key
JOIN accounts_project project ON project.id = key.project_id
JOIN accounts_organization organization ON organization.id = project.organization_id
LEFT JOIN billing_subscription subscription ON subscription.organization_id = organization.id
WHERE key.digest = %s
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credential:
    """A live API key: its project, and what the project's organization agreed to."""

    api_key_id: int
    project_id: int
    last_used_at: datetime | None
    terms: Terms

    def touch(self, now: datetime) -> None:
        """Note that the key was used, at most once in `USED_EVERY`."""
        due = now - USED_EVERY
        if self.last_used_at and self.last_used_at > due:
            return
        try:
            ApiKey.objects.filter(
                Q(last_used_at__isnull=True) | Q(last_used_at__lte=due),
                project=self.project_id,
                pk=self.api_key_id,
            ).update(last_used_at=now)
        except Error as error:
            logger.warning("use of API key %d not noted: %s", self.api_key_id, error)


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, or `Authorization: Bearer`; the request's `auth` is a `Credential`."""

    def authenticate(self, request: Request) -> tuple[None, Credential]:
        return None, find_credential(_sent_key(request._request))


def find_credential(key: str) -> Credential:
    """Return the credential of a live key. Raises Refused.

    A key with a wrong checksum is refused without asking the database.
    """
    if not keys.is_well_formed(key):
        raise _refused("This is not an API key. Check that it was copied whole.")
    digest = keys.digest(key)
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [digest])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(row[1], digest):
        raise _refused("Unknown API key.")
    api_key_id, _, project_id, last_used_at, revoked_at, *agreed = row
    if revoked_at is not None:
        raise _refused("This API key was revoked. Create another in Settings, API keys.")
    return Credential(api_key_id, project_id, last_used_at, _terms(*agreed))


def _terms(
    organization_id: int, created_at: datetime, plan: str | None, since: datetime | None, *rest: Any
) -> Terms:
    if plan is None or since is None:
        return Terms(organization_id, PLANS[settings.DEFAULT_PLAN], created_at)
    return Terms(organization_id, PLANS[plan], since, *rest)


def _sent_key(request: HttpRequest) -> str:
    key = request.headers.get("X-API-Key", "").strip()
    if not key:
        scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise _refused("Missing API key. Send it in the header X-API-Key.")
    return key.strip()


def _refused(message: str) -> Refused:
    headers = {"WWW-Authenticate": 'Bearer realm="Turret"'}
    return Refused(Code.INVALID_API_KEY, message, headers=headers)
