"""Tokens for the LLM: a limit a month that no two workers pass together."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts import services as accounts_services
from accounts.models import Organization, Project, User
from billing import llm_budget, services
from billing.llm_budget import Reservation
from billing.models import LLMUsage, SubscriptionChange
from tests.billing.test_usage_page import SignedIn, page

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _limit(settings: Any) -> None:
    settings.LLM_MONTHLY_TOKENS = 1000


def spend(project: Project, tokens: int, now: datetime = MARCH) -> Reservation:
    held = llm_budget.reserve(project, tokens, now)
    llm_budget.settle(held, requests=1, input_tokens=held.tokens - 1, output_tokens=1)
    return held


def test_what_is_held_counts_until_it_is_settled(
    project: Project, organization: Organization
) -> None:
    held = llm_budget.reserve(project, 700, MARCH)
    assert llm_budget.reserve(project, 700, MARCH).tokens == 300
    assert llm_budget.reserve(project, 1, MARCH).tokens == 0
    llm_budget.settle(held, requests=1, input_tokens=90, output_tokens=10)
    standing = llm_budget.standing(organization, MARCH)
    assert (standing.used, standing.reserved, standing.left) == (100, 300, 600)
    assert (standing.requests, standing.percent) == (1, 10)


def test_the_next_month_begins_anew(project: Project, organization: Organization) -> None:
    spend(project, 1000)
    assert llm_budget.used_up([organization.pk], 1, MARCH) == {organization.pk}
    assert llm_budget.reserve(project, 5, MARCH).tokens == 0
    assert llm_budget.standing(organization, MARCH).resets_on == date(2026, 4, 1)
    assert llm_budget.used_up([organization.pk], 1, APRIL) == set()
    assert llm_budget.reserve(project, 5, APRIL).tokens == 5


def test_what_was_held_over_the_end_of_a_month_is_counted_where_it_was_held(
    project: Project, organization: Organization
) -> None:
    held = llm_budget.reserve(project, 700, MARCH)
    llm_budget.settle(held, requests=1, input_tokens=300, output_tokens=50)
    assert llm_budget.standing(organization, MARCH).used == 350
    assert llm_budget.standing(organization, APRIL).used == 0


def test_december_resets_in_january(organization: Organization) -> None:
    december = datetime(2026, 12, 5, tzinfo=UTC)
    assert llm_budget.standing(organization, december).resets_on == date(2027, 1, 1)


def test_the_projects_of_an_organization_share_its_tokens(
    project: Project, organization: Organization, other_tenant: Any
) -> None:
    second = accounts_services.create_project(organization, "Help desk")
    spend(project, 600)
    assert spend(second, 600).tokens == 400
    assert llm_budget.reserve(other_tenant.project, 1000, MARCH).tokens == 1000
    assert llm_budget.used_up([organization.pk, other_tenant.organization.pk], 1, MARCH) == {
        organization.pk,
        other_tenant.organization.pk,
    }


def test_staff_set_another_limit_and_that_is_recorded(
    staff: Client, project: Project, organization: Organization
) -> None:
    spend(project, 1000)
    services.subscribe(organization, "pro")
    form = {"plan_code": "pro", "event_limit": "", "llm_tokens": "1500"}
    form |= {"started_at_0": "", "started_at_1": "", "trial_ends_at_0": "", "trial_ends_at_1": ""}
    pk = organization.subscription.pk
    assert staff.post(f"/admin/billing/subscription/{pk}/change/", form).status_code == 302
    assert llm_budget.reserve(project, 5000, MARCH).tokens == 500
    change = SubscriptionChange.objects.filter(organization=organization).latest("changed_at")
    assert ("llm_tokens", None, 1500) in change.differences
    assert "600" not in staff.get("/admin/billing/llmusage/").content.decode()
    assert "999" in staff.get("/admin/billing/llmusage/").content.decode()
    assert staff.get("/admin/billing/llmusage/add/").status_code == 403


def test_a_limit_below_what_was_used_holds_nothing(
    project: Project, organization: Organization, settings: Any
) -> None:
    spend(project, 1000)
    settings.LLM_MONTHLY_TOKENS = 400
    assert llm_budget.reserve(project, 10, MARCH).tokens == 0
    standing = llm_budget.standing(organization, MARCH)
    assert (standing.left, standing.percent) == (0, 250)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_pass_the_limit(project: Project, organization: Organization) -> None:
    def work(_: int) -> int:
        try:
            return llm_budget.reserve(project, 70, MARCH).tokens
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(work, range(40)))
    assert sum(held) == 1000
    assert LLMUsage.objects.get(organization=organization).reserved == 1000


def test_the_usage_page_says_what_was_used_and_when_it_resets(
    signed_in: SignedIn, teammate: User, project: Project, organization: Organization, settings: Any
) -> None:
    settings.ANTHROPIC_API_KEY = "test-key"
    settings.LLM_MONTHLY_TOKENS = 12_000
    spend(project, 3_001, datetime.now(UTC))
    html = page(signed_in(teammate), organization)
    resets = llm_budget.standing(organization).resets_on
    assert "of 12,000, 25 %" in html
    assert f"{resets.day} {resets:%b %Y}" in html
    row = html[html.index('data-label="Requests"') :]
    assert re.findall(r">([\d,]+)</td>", row)[:3] == ["1", "3,000", "1"]
    assert "tokens are used" not in html
    spend(project, 100_000, datetime.now(UTC))
    assert "This month's tokens are used" in page(signed_in(teammate), organization)


def test_without_an_llm_the_usage_page_says_that_nothing_leaves(
    signed_in: SignedIn, owner: User, organization: Organization
) -> None:
    assert "no text leaves this machine" in page(signed_in(owner), organization)
