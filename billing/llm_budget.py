"""How many tokens an organization may spend on an LLM in a calendar month (UTC): a hard limit.

PostgreSQL counts, for all processes together. Before a request its worst case is reserved, and
afterwards replaced by what it cost, so that two workers at once cannot exceed the limit either.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from accounts.models import Organization, Project
from billing.models import LLMUsage, Subscription


@dataclass(frozen=True)
class Reservation:
    """Tokens held for requests of a project, in the month they were reserved in."""

    project: Project
    month: date
    tokens: int


@dataclass(frozen=True)
class LLMStanding:
    """What an organization spent of its tokens in the month of `month`, its first day."""

    month: date
    limit: int
    projects: list[LLMUsage]
    """A row a project, the one that spent most first."""

    @property
    def used(self) -> int:
        return sum(row.tokens for row in self.projects)

    @property
    def reserved(self) -> int:
        return sum(row.reserved for row in self.projects)

    @property
    def requests(self) -> int:
        return sum(row.requests for row in self.projects)

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used - self.reserved)

    @property
    def percent(self) -> int:
        return self.used * 100 // self.limit if self.limit else 100

    @property
    def resets_on(self) -> date:
        years, month = divmod(self.month.month, 12)
        return date(self.month.year + years, month + 1, 1)


def standing(organization: Organization, now: datetime | None = None) -> LLMStanding:
    month = _month(now)
    rows = LLMUsage.objects.filter(organization=organization, month=month)
    projects = sorted(rows.select_related("project"), key=lambda row: (-row.tokens, row.pk))
    return LLMStanding(month, _limit(organization.pk), projects)


def reserve(project: Project, tokens: int, now: datetime | None = None) -> Reservation:
    """Hold `tokens` for a project, or as many of them as are left, which may be none."""
    month, organization_id = _month(now), project.organization_id
    with transaction.atomic():
        # One at a time in an organization; references to it need not wait.
        Organization.with_deleted.select_for_update(no_key=True).get(pk=organization_id)
        left = _limit(organization_id) - _spent([organization_id], month).get(organization_id, 0)
        held = max(0, min(tokens, left))
        if held:
            LLMUsage.objects.get_or_create(
                organization_id=organization_id, project=project, month=month
            )
            _row(project, month).update(reserved=F("reserved") + held)
    return Reservation(project, month, held)


def settle(
    reservation: Reservation, *, requests: int, input_tokens: int, output_tokens: int
) -> None:
    """Give a reservation back and count what was spent instead."""
    _row(reservation.project, reservation.month).update(
        reserved=F("reserved") - reservation.tokens,
        requests=F("requests") + requests,
        input_tokens=F("input_tokens") + input_tokens,
        output_tokens=F("output_tokens") + output_tokens,
    )


def used_up(organization_ids: Collection[int], least: int, now: datetime | None = None) -> set[int]:
    """Those of the organizations that have fewer than `least` tokens left this month."""
    spent = _spent(organization_ids, _month(now))
    limits = _limits(organization_ids)
    return {pk for pk in organization_ids if limits[pk] - spent.get(pk, 0) < least}


def _row(project: Project, month: date) -> QuerySet[LLMUsage]:
    return LLMUsage.objects.filter(
        organization=project.organization_id, project=project, month=month
    )


def _month(now: datetime | None) -> date:
    return (now or timezone.now()).astimezone(UTC).date().replace(day=1)


def _limit(organization_id: int) -> int:
    return _limits([organization_id])[organization_id]


def _limits(organization_ids: Collection[int]) -> dict[int, int]:
    agreed = Subscription.objects.unscoped().filter(
        organization__in=organization_ids, llm_tokens__isnull=False
    )
    limits = dict.fromkeys(organization_ids, settings.LLM_MONTHLY_TOKENS)
    for organization_id, tokens in agreed.values_list("organization_id", "llm_tokens"):
        limits[organization_id] = tokens or 0
    return limits


def _spent(organization_ids: Collection[int], month: date) -> dict[int, int]:
    """Tokens used or held in a month, where there are any."""
    rows = LLMUsage.objects.unscoped().filter(organization__in=organization_ids, month=month)
    total = Sum(F("input_tokens") + F("output_tokens") + F("reserved"))
    by_organization = rows.values("organization_id").order_by().annotate(total=total)
    return dict(by_organization.values_list("organization_id", "total"))
