"""Staff change plans: at once, without losing what was used, and on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, User
from accounts.services import NewTenant
from billing import selectors, services
from billing.models import Subscription, SubscriptionChange
from tests.billing.conftest import NOW, Send

ADMIN = "/admin/billing"


def form_of(subscription: Subscription | None = None, **changed: Any) -> dict[str, Any]:
    """The form as a browser would send it, with some fields changed."""
    started, ends = (
        (subscription.started_at, subscription.trial_ends_at) if subscription else (None, None)
    )
    return {
        "plan_code": subscription.plan_code if subscription else "",
        "event_limit": subscription.event_limit if subscription else "",
        **_split("started_at", started),
        **_split("trial_ends_at", ends),
        **changed,
    }


def _split(name: str, moment: datetime | None) -> dict[str, str]:
    return {
        f"{name}_0": f"{moment:%Y-%m-%d}" if moment else "",
        f"{name}_1": f"{moment:%H:%M:%S}" if moment else "",
    }


def change(staff: Client, subscription: Subscription, **changed: Any) -> None:
    form = form_of(subscription, **changed)
    form = {name: "" if value is None else value for name, value in form.items()}
    answer = staff.post(f"{ADMIN}/subscription/{subscription.pk}/change/", form)
    assert answer.status_code == 302, answer.context["errors"]
    subscription.refresh_from_db()


def remaining(answer: Any) -> int:
    assert answer.status_code == 200
    return int(answer["X-RateLimit-Remaining"])


@pytest.fixture
def pro(organization: Organization) -> Subscription:
    began = timezone.now() - timedelta(days=40)
    return services.subscribe(organization, "pro", event_limit=5, started_at=began)


def changes(organization: Organization) -> list[SubscriptionChange]:
    return list(SubscriptionChange.objects.filter(organization=organization).order_by("pk"))


def test_a_change_takes_effect_on_the_next_request(
    staff: Client, pro: Subscription, send: Send
) -> None:
    assert remaining(send()) == 4
    change(staff, pro, event_limit="1")
    assert send().status_code == 429
    change(staff, pro, event_limit="2")
    assert remaining(send()) == 0
    change(staff, pro, plan_code="business", event_limit="")
    assert remaining(send()) == 10_000_000 - 3
    past = timezone.now() - timedelta(days=1)
    change(staff, pro, plan_code="trial", **_split("trial_ends_at", past))
    assert send().json()["reason"] == "trial_expired"
    change(staff, pro, **_split("trial_ends_at", past + timedelta(days=2)))
    assert send().status_code == 200


def test_raising_a_plan_in_mid_period_never_loses_what_was_used(
    staff: Client, organization: Organization, pro: Subscription, send: Send
) -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    if selectors.standing(organization).period.first > yesterday:
        pro.started_at -= timedelta(days=5)
        pro.save()
    services.record_accepted(organization.pk, {yesterday: 4})
    assert remaining(send()) == 0
    assert send().status_code == 429
    change(staff, pro, plan_code="business", event_limit="")
    assert remaining(send()) == 10_000_000 - 6
    assert selectors.usage(organization).used == 6
    services.subscribe(organization, "enterprise", event_limit=10)
    assert remaining(send()) == 3


def test_a_first_subscription_keeps_what_the_trial_used(
    staff: Client, organization: Organization, send: Send
) -> None:
    began = timezone.now() - timedelta(days=5)
    Organization.objects.filter(pk=organization.pk).update(created_at=began)
    services.record_accepted(organization.pk, {began.date(): 1000})
    assert remaining(send()) == 250_000 - 1001
    form = form_of(organization=organization.pk, plan_code="pro")
    assert staff.post(f"{ADMIN}/subscription/add/", form).status_code == 302
    assert remaining(send()) == 1_000_000 - 1002
    assert Subscription.objects.get(organization=organization).started_at == began


@pytest.mark.parametrize(
    ("before", "after", "is_kept"),
    [
        ("trial", "pro", True),
        ("pro", "business", True),
        ("trial", "trial", True),
        ("pro", "trial", False),
    ],
)
def test_a_new_plan_counts_from_the_same_day_but_a_new_trial_begins_now(
    organization: Organization, before: Any, after: Any, is_kept: bool
) -> None:
    services.subscribe(organization, before, started_at=NOW)
    assert (services.subscribe(organization, after).started_at == NOW) == is_kept


@pytest.mark.parametrize("ended", [None, NOW])
def test_a_trial_that_staff_choose_after_a_plan_begins_now(
    staff: Client, pro: Subscription, send: Send, ended: datetime | None
) -> None:
    Subscription.objects.filter(organization=pro.organization).update(trial_ends_at=ended)
    pro.refresh_from_db()
    services.record_accepted(pro.organization_id, {pro.started_at.date(): 250_000})
    change(staff, pro, plan_code="trial", event_limit="")
    assert remaining(send()) == 250_000 - 1


def test_each_change_says_who_when_and_what(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    change(staff, pro, plan_code="business", event_limit="")
    made, changed = changes(organization)
    assert (made.before, made.changed_by, made.changed_by_email) == (None, None, "")
    assert changed.changed_by == User.objects.get(email="staff@example.com")
    assert timezone.now() - changed.changed_at < timedelta(minutes=1)
    assert changed.differences == [("plan_code", "pro", "business"), ("event_limit", 5, None)]


def test_dates_are_recorded_too(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    began = pro.started_at.replace(microsecond=0) - timedelta(days=2)
    change(staff, pro, **_split("started_at", began), **_split("trial_ends_at", NOW))
    last = changes(organization)[-1]
    assert [name for name, _, _ in last.differences] == ["started_at", "trial_ends_at"]
    assert last.differences[1] == ("trial_ends_at", None, "2026-03-15T12:00:00Z")
    assert last.words[1] == "trial ends at: none → 15 Mar 2026, 12:00 UTC"


def test_saving_without_a_change_records_and_changes_nothing(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    before = pro.started_at
    change(staff, pro)
    assert pro.started_at == before
    assert len(changes(organization)) == 1


def test_a_subscription_cannot_move_to_another_organization(
    staff: Client, organization: Organization, other_tenant: NewTenant, pro: Subscription
) -> None:
    change(staff, pro, organization=other_tenant.organization.pk)
    assert pro.organization == organization


def test_a_refused_form_records_nothing(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    form = form_of(pro, event_limit="-1", trial_ends_at_0="", trial_ends_at_1="")
    page = staff.post(f"{ADMIN}/subscription/{pro.pk}/change/", form)
    assert page.status_code == 200
    assert len(changes(organization)) == 1
    assert not LogEntry.objects.exists()


def test_the_trail_shows_on_the_page_and_in_a_list_of_its_own(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    User.objects.filter(email="staff@example.com").update(email="<b>staff@example.com")
    change(staff, pro, event_limit="77")
    for path in (f"subscription/{pro.pk}/change", "subscriptionchange"):
        html = staff.get(f"{ADMIN}/{path}/").content.decode()
        assert "event limit: 5 → 77" in html
        assert "&lt;b&gt;staff@example.com" in html
        assert "command line" in html
    one = changes(organization)[-1]
    assert "→ 77" in staff.get(f"{ADMIN}/subscriptionchange/{one.pk}/change/").content.decode()


def test_the_trail_cannot_be_edited_or_deleted(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    one = changes(organization)[0]
    path = f"{ADMIN}/subscriptionchange"
    assert staff.get(f"{path}/add/").status_code == 403
    assert staff.post(f"{path}/{one.pk}/change/", {"before": "{}"}).status_code == 403
    assert staff.post(f"{path}/{one.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}
    staff.post(f"{path}/", action)
    assert len(changes(organization)) == 1


def test_a_subscription_is_not_deleted(staff: Client, pro: Subscription) -> None:
    path = f"{ADMIN}/subscription"
    assert staff.post(f"{path}/{pro.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [pro.pk], "post": "yes"}
    staff.post(f"{path}/", action)
    pro.refresh_from_db()


def test_the_trail_outlives_the_account(
    staff: Client, organization: Organization, pro: Subscription
) -> None:
    change(staff, pro, event_limit="77")
    User.objects.get(email="staff@example.com").delete()
    last = changes(organization)[-1]
    assert (last.changed_by, last.changed_by_email) == (None, "staff@example.com")
