"""Writes to subscriptions and usage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts import audit
from accounts.models import Action, Organization, User
from billing import refusals, selectors
from billing.models import Subscription, SubscriptionChange
from billing.plans import PLANS, PlanCode, Terms

AUDITED = ("plan_code", "event_limit", "llm_tokens", "started_at", "trial_ends_at")
"""What a subscription's audit trail holds, before and after each change."""

# `refused` may be negative: refusals that are taken back may have been recorded a minute before.
_ADD = """
INSERT INTO billing_usage (organization_id, day, accepted, refused)
VALUES (%(organization)s, %(day)s, %(accepted)s, greatest(%(refused)s, 0))
ON CONFLICT (organization_id, day) DO UPDATE
SET accepted = billing_usage.accepted + %(accepted)s,
    refused = greatest(billing_usage.refused + %(refused)s, 0)
"""


@transaction.atomic
def subscribe(
    organization: Organization,
    plan: PlanCode,
    *,
    event_limit: int | None = None,
    started_at: datetime | None = None,
    by: User | None = None,
) -> Subscription:
    """Put an organization on a plan. The next request obeys it.

    Unless told when it starts, it starts as `start_after` says.
    """
    terms = selectors.terms_of(organization)
    subscription = Subscription.objects.filter(organization=organization).first()
    subscription = subscription or Subscription(organization=organization)
    subscription.plan_code = plan
    subscription.event_limit = event_limit
    subscription.started_at = started_at or start_after(terms, plan)
    subscription.trial_ends_at = None
    save_subscription(subscription, by=by)
    return subscription


def start_after(terms: Terms, plan: PlanCode) -> datetime:
    """The day from which a plan that follows these terms counts its periods.

    It keeps their day, so that what was used stays counted; only a trial that follows another plan
    begins now.
    """
    keeps_start = PLANS[plan].monthly or terms.plan.code == plan
    return terms.started_at if keeps_start else timezone.now()


@transaction.atomic
def save_subscription(subscription: Subscription, *, by: User | None) -> None:
    """Save a subscription, and with it who changed what; `by` is None on the command line."""
    organization = subscription.organization
    stored = Subscription.objects.select_for_update().filter(organization=organization).first()
    before = _values(stored) if stored else None
    subscription.save()
    after = _values(subscription)
    if before != after:
        change = SubscriptionChange.objects.create(
            organization=organization,
            changed_by=by,
            changed_by_email=by.email if by else "",
            before=before,
            after=after,
        )
        detail = "; ".join(change.words)
        audit.record(organization, Action.PLAN_CHANGED, by, subscription.plan.name, detail)


def _values(subscription: Subscription) -> dict[str, Any]:
    return {name: getattr(subscription, name) for name in AUDITED}


def record_accepted(organization_id: int, by_day: Mapping[date, int]) -> None:
    """Add accepted events to an organization's usage.

    Call it in the transaction that ends their waiting, or an event is counted twice or never.
    """
    with connection.cursor() as cursor:
        # In one order, so that two transactions cannot wait for each other.
        for day, accepted in sorted(by_day.items()):
            _add(cursor, organization_id, day, accepted=accepted)


def record_refused() -> None:
    """Move the refusals counted in Redis to usage. For the sweep. Raises RedisError."""
    counts = refusals.take()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for (organization_id, day), refused in sorted(counts.items()):
                _add(cursor, organization_id, day, refused=refused)
    except BaseException:
        refusals.add(counts)
        raise


def _add(
    cursor: CursorWrapper, organization_id: int, day: date, *, accepted: int = 0, refused: int = 0
) -> None:
    counts = {"accepted": accepted, "refused": refused}
    cursor.execute(_ADD, {"organization": organization_id, "day": day, **counts})
