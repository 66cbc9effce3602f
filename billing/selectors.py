"""Reads of what organizations agreed to and what they used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Organization
from billing import refusals
from billing.models import Subscription, Usage
from billing.plans import PLANS, Period, Terms

SHOWN_DAYS = 62
"""Most days in a chart: two months, the longest that a bar a day stays readable."""

PendingEvents = Callable[[int, datetime], "QuerySet[Any]"]
"""Organization's id and a moment to its pending events since then: rows with `received_at`."""

_pending_events: PendingEvents | None = None


def register_pending_events(query: PendingEvents) -> None:
    """Say where accepted events wait. Called by the app that owns them, when it is ready."""
    global _pending_events
    _pending_events = query


@dataclass(frozen=True)
class Day:
    """Events of one day (UTC)."""

    day: date
    accepted: int
    refused: int


@dataclass(frozen=True)
class Standing:
    """What an organization used of its plan in the period of `now`."""

    terms: Terms
    period: Period
    now: datetime
    used: int

    @property
    def remaining(self) -> int | None:
        return None if self.terms.limit is None else max(0, self.terms.limit - self.used)

    @property
    def percent(self) -> int | None:
        """Used share of the limit; 100 only when it is reached."""
        limit = self.terms.limit
        return None if limit is None else self.used * 100 // limit if limit else 100

    @property
    def has_expired(self) -> bool:
        return self.terms.has_expired(self.now)

    @property
    def is_refusing(self) -> bool:
        """Whether an event sent now would be refused."""
        return self.has_expired or self.remaining == 0


@dataclass(frozen=True)
class UsageReport(Standing):
    """The same by day, up to today."""

    days: list[Day]

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)


def terms_of(organization: Organization) -> Terms:
    """What an organization agreed to; without a subscription, the default plan."""
    subscription = Subscription.objects.filter(organization=organization).first()
    if subscription is None:
        return Terms(organization.pk, PLANS[settings.DEFAULT_PLAN], organization.created_at)
    return Terms(
        organization.pk,
        subscription.plan,
        subscription.started_at,
        subscription.trial_ends_at,
        subscription.event_limit,
    )


def accepted_by_day(organization_id: int, first: date) -> Counter[date]:
    """Events accepted since `first`, by day: the recorded and the waiting ones.

    One statement, so one snapshot: an event that is being processed meanwhile moves from one kind
    to the other and is counted once.
    """
    if _pending_events is None:
        raise RuntimeError("No app has registered where accepted events wait.")
    since = datetime.combine(first, datetime.min.time(), UTC)
    waiting = (
        _pending_events(organization_id, since)
        .values(on=TruncDate("received_at", tzinfo=UTC))
        .annotate(accepted=Count("*"))
        .values_list("on", "accepted")
    )
    recorded = Usage.objects.filter(organization=organization_id, day__gte=first)
    by_day: Counter[date] = Counter()
    for day, accepted in recorded.values_list("day", "accepted").union(waiting, all=True):
        by_day[day] += accepted
    return by_day


def used(organization_id: int, first: date) -> int:
    """Events accepted since `first`: the truth that a quota's counter is rebuilt from."""
    return accepted_by_day(organization_id, first).total()


def standing(organization: Organization, now: datetime | None = None) -> Standing:
    """What an organization used of its plan in the current period, in two queries."""
    now = now or timezone.now()
    terms = terms_of(organization)
    period = terms.period(now)
    return Standing(terms, period, now, used(organization.pk, period.first))


def usage(organization: Organization, now: datetime | None = None) -> UsageReport:
    """What an organization used of its plan in the current period, by day."""
    now = now or timezone.now()
    terms = terms_of(organization)
    period = terms.period(now)
    accepted = accepted_by_day(organization.pk, period.first)
    refused = _refused_by_day(organization.pk, period.first)
    today = now.astimezone(UTC).date()
    shown = min(today, max(period.first, today - timedelta(days=SHOWN_DAYS - 1)))
    days = [shown + timedelta(days=n) for n in range((today - shown).days + 1)]
    return UsageReport(
        terms,
        period,
        now,
        accepted.total(),
        [Day(day, accepted[day], refused[day]) for day in days],
    )


def _refused_by_day(organization_id: int, first: date) -> Counter[date]:
    recorded = Usage.objects.filter(organization=organization_id, day__gte=first, refused__gt=0)
    by_day = Counter(dict(recorded.values_list("day", "refused")))
    by_day.update(refusals.waiting(organization_id))
    return by_day
