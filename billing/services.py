"""Writes to subscriptions and usage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organization
from billing import refusals
from billing.models import Subscription
from billing.plans import PlanCode

_ADD = """
INSERT INTO billing_usage (organization_id, day, accepted, refused) VALUES (%s, %s, %s, %s)
ON CONFLICT (organization_id, day) DO UPDATE
SET accepted = billing_usage.accepted + EXCLUDED.accepted,
    refused = billing_usage.refused + EXCLUDED.refused
"""


def subscribe(
    organization: Organization,
    plan: PlanCode,
    *,
    event_limit: int | None = None,
    started_at: datetime | None = None,
) -> Subscription:
    """Put an organization on a plan, from now unless said otherwise. The next request obeys it."""
    subscription, _ = Subscription.objects.update_or_create(
        organization=organization,
        defaults={
            "plan_code": plan,
            "event_limit": event_limit,
            "started_at": started_at or timezone.now(),
            "trial_ends_at": None,
        },
    )
    return subscription


def record_accepted(organization_id: int, by_day: Mapping[date, int]) -> None:
    """Add accepted events to an organization's usage.

    Call it in the transaction that ends their waiting, or an event is counted twice or never.
    """
    with connection.cursor() as cursor:
        # In one order, so that two transactions cannot wait for each other.
        for day, accepted in sorted(by_day.items()):
            cursor.execute(_ADD, [organization_id, day, accepted, 0])


def record_refused() -> None:
    """Move the refusals counted in Redis to usage. For the sweep. Raises RedisError."""
    counts = refusals.take()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for (organization_id, day), refused in sorted(counts.items()):
                cursor.execute(_ADD, [organization_id, day, 0, refused])
    except BaseException:
        refusals.add(counts)
        raise
