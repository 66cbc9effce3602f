"""The plans that an organization can be on, and the period that a quota counts."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

PlanCode = Literal["trial", "pro", "business", "enterprise", "unlimited"]


@dataclass(frozen=True)
class Plan:
    """What a plan allows. `events` is None where nothing, or an agreement, sets the limit."""

    code: PlanCode
    name: str
    events: int | None
    lasts: timedelta | None = None
    monthly: bool = True


PLANS: dict[str, Plan] = {
    plan.code: plan
    for plan in (
        Plan("trial", "Trial", 250_000, lasts=timedelta(days=14), monthly=False),
        Plan("pro", "Pro", 1_000_000),
        Plan("business", "Business", 10_000_000),
        Plan("enterprise", "Enterprise", None),
        Plan("unlimited", "Unlimited", None),
    )
}


@dataclass(frozen=True)
class Period:
    """The days (UTC) that a quota counts: from `first` up to, but not including, `end`.

    `end` is None where usage counts in total.
    """

    first: date
    end: date | None


@dataclass(frozen=True)
class Terms:
    """What an organization agreed to: a plan, since when, and what staff changed about it."""

    organization_id: int
    plan: Plan
    started_at: datetime
    trial_ends_at: datetime | None = None
    event_limit: int | None = None

    @property
    def limit(self) -> int | None:
        """Events a period, or None where nothing limits them."""
        return self.plan.events if self.event_limit is None else self.event_limit

    @property
    def expires_at(self) -> datetime | None:
        """When the plan ends for good, as a trial does."""
        if self.plan.lasts is None:
            return None
        return self.trial_ends_at or self.started_at + self.plan.lasts

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def period(self, now: datetime) -> Period:
        """The period that `now` falls in.

        Months are counted from the day the plan began; one that began on the 31st turns over on
        the last day of a shorter month.
        """
        anchor, today = self.started_at.astimezone(UTC).date(), now.astimezone(UTC).date()
        if not self.plan.monthly:
            return Period(anchor, None)
        months = (today.year - anchor.year) * 12 + today.month - anchor.month
        if today < _months_after(anchor, months):
            months -= 1
        return Period(_months_after(anchor, months), _months_after(anchor, months + 1))


@lru_cache
def _months_after(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))
