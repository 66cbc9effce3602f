"""Reads of what organizations agreed to and what they used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    DateField,
    DateTimeField,
    Func,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils import timezone

from accounts.models import Organization
from billing import refusals
from billing.models import Subscription, Usage
from billing.plans import PLANS, Period, Terms
from billing.projection import PACE_DAYS, Projection, pace, project

SHOWN_DAYS = 62
"""Most days in a chart: two months, the longest that a bar a day stays readable."""

PendingEvents = Callable[[Any, Any], "QuerySet[Any]"]
"""Given an organization's id and a moment, its pending events since then: rows with `received_at`.

Both arguments may be expressions of an outer query.
"""

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
    refused: int
    """Events of the whole period, also of days before the first of `days`."""
    a_day: float | None
    """The pace of events lately, perhaps from before the period; None where it is too early."""

    @property
    def projection(self) -> Projection | None:
        """Where usage is heading; None if that is unknown, events are refused, or nothing ends."""
        ends_at = self.terms.expires_at
        if self.period.end is not None:
            ends_at = _midnight(self.period.end)
        if ends_at is None or self.a_day is None or self.is_refusing:
            return None
        return project(self.used, self.a_day, self.now, ends_at, self.terms.limit)

    @property
    def refused_days(self) -> list[Day]:
        """The days on which events were refused, the latest last."""
        return [day for day in self.days if day.refused]


def terms_of(organization: Organization) -> Terms:
    """What an organization agreed to; without a subscription, the default plan."""
    subscription = Subscription.objects.filter(organization=organization).first()
    return _terms(organization, subscription)


def _terms(organization: Organization, subscription: Subscription | None) -> Terms:
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
    since = _midnight(first)
    waiting = (
        _pending(organization_id, since)
        .values(on=TruncDate("received_at", tzinfo=UTC))
        .annotate(accepted=Count("*"))
        .values_list("on", "accepted")
    )
    recorded = Usage.objects.filter(organization=organization_id, day__gte=first)
    by_day: Counter[date] = Counter()
    for day, accepted in recorded.values_list("day", "accepted").union(waiting, all=True):
        by_day[day] += accepted
    return by_day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _pending(organization_id: object, since: object) -> QuerySet[Any]:
    if _pending_events is None:
        raise RuntimeError("No app has registered where accepted events wait.")
    return _pending_events(organization_id, since)


def used(organization_id: int, first: date) -> int:
    """Events accepted since `first`: the truth that a quota's counter is rebuilt from."""
    return accepted_by_day(organization_id, first).total()


def standing(organization: Organization, now: datetime | None = None) -> Standing:
    """What an organization used of its plan in the current period, in two queries."""
    now = now or timezone.now()
    terms = terms_of(organization)
    period = terms.period(now)
    return Standing(terms, period, now, used(organization.pk, period.first))


def standings(now: datetime) -> list[Standing]:
    """What every organization with a limit used of it, in two queries; no expired trials."""
    organizations = Organization.objects.select_related("subscription")
    agreed = [_terms(row, getattr(row, "subscription", None)) for row in organizations]
    limited = [
        (terms, terms.period(now))
        for terms in agreed
        if terms.limit is not None and not terms.has_expired(now)
    ]
    counts = _used_by_many({terms.organization_id: period.first for terms, period in limited})
    return [
        Standing(terms, period, now, counts[terms.organization_id]) for terms, period in limited
    ]


def _used_by_many(firsts: Mapping[int, date]) -> dict[int, int]:
    """`used` for each organization since its own day, in one statement.

    Two index probes an organization: `usage_once_a_day`, and its projects' pending events.
    """
    since = Func(
        Value({str(pk): first.isoformat() for pk, first in firsts.items()}, JSONField()),
        Cast("pk", TextField()),
        template="(%(expressions)s)::date",
        arg_joiner=" ->> ",
        output_field=DateField(),
    )
    recorded = Usage.objects.filter(organization=OuterRef("pk"), day__gte=OuterRef("since"))
    waiting = _pending(OuterRef("pk"), Cast(OuterRef("since"), DateTimeField()))
    rows = (
        Organization.objects.filter(pk__in=firsts.keys())
        .annotate(since=since)
        .annotate(
            recorded=_subtotal(recorded, Sum("accepted")), waiting=_subtotal(waiting, Count("*"))
        )
    )
    return {pk: a + b for pk, a, b in rows.values_list("pk", "recorded", "waiting")}


def _subtotal(rows: QuerySet[Any], total: Aggregate) -> Coalesce:
    """`total` of a correlated query's rows; 0 where there are none."""
    grouped = rows.order_by().annotate(all=Value(1)).values("all").annotate(total=total)
    return Coalesce(Subquery(grouped.values("total")), 0, output_field=BigIntegerField())


def usage(organization: Organization, now: datetime | None = None) -> UsageReport:
    """What an organization used of its plan in the current period, by day."""
    now = now or timezone.now()
    terms = terms_of(organization)
    period = terms.period(now)
    today = now.astimezone(UTC).date()
    # The day on which an organization began is not a whole one.
    began = terms.started_at.astimezone(UTC).date() + timedelta(days=1)
    paced = _days(max(began, today - timedelta(days=PACE_DAYS)), today)
    lately = accepted_by_day(organization.pk, min([period.first, *paced]))
    accepted = Counter({day: n for day, n in lately.items() if day >= period.first})
    refused = _refused_by_day(organization.pk, period.first)
    shown = min(today, max(period.first, today - timedelta(days=SHOWN_DAYS - 1)))
    return UsageReport(
        terms,
        period,
        now,
        accepted.total(),
        [Day(day, accepted[day], refused[day]) for day in [*_days(shown, today), today]],
        refused.total(),
        pace([lately[day] for day in paced]),
    )


def _days(first: date, end: date) -> list[date]:
    """From `first` up to, but not including, `end`."""
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _refused_by_day(organization_id: int, first: date) -> Counter[date]:
    recorded = Usage.objects.filter(organization=organization_id, day__gte=first, refused__gt=0)
    by_day = Counter(dict(recorded.values_list("day", "refused")))
    by_day.update(refusals.waiting(organization_id))
    return by_day
