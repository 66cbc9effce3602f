"""What staff can do about plans and usage."""

from __future__ import annotations

import html
import re

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import Organization
from billing import services
from billing.models import Subscription
from billing.selectors import terms_of


def test_staff_give_an_organization_a_plan_and_that_is_recorded(
    staff: Client, organization: Organization
) -> None:
    form = {
        "organization": organization.pk,
        "plan_code": "enterprise",
        "event_limit": "123",
        "started_at_0": "2026-01-01",
        "started_at_1": "00:00:00",
        "trial_ends_at_0": "",
        "trial_ends_at_1": "",
    }
    answer = staff.post("/admin/billing/subscription/add/", form)
    assert answer.status_code == 302
    assert terms_of(organization).limit == 123
    changed = Subscription.objects.get(organization=organization)
    staff.post(f"/admin/billing/subscription/{changed.pk}/change/", {**form, "event_limit": "456"})
    assert terms_of(organization).limit == 456
    history = LogEntry.objects.filter(object_id=str(changed.pk), user__email="staff@example.com")
    assert [entry.is_addition() for entry in history.order_by("action_time")] == [True, False]


def test_staff_get_from_an_organization_without_a_subscription_to_its_plan(
    staff: Client, organization: Organization
) -> None:
    services.record_accepted(organization.pk, {timezone.now().date(): 1234})
    page = staff.get(f"/admin/accounts/organization/{organization.pk}/change/").content.decode()
    assert "1,234 events of 250,000 since" in page
    (address,) = re.findall(r'href="([^"]*)">Change the plan', page)
    form = staff.get(html.unescape(address)).context["adminform"].form
    assert str(form["organization"].value()) == str(organization.pk)

    services.subscribe(organization, "pro")
    assert ">Pro<" in staff.get("/admin/accounts/organization/").content.decode()
    page = staff.get(f"/admin/accounts/organization/{organization.pk}/change/").content.decode()
    subscription = Subscription.objects.get(organization=organization)
    assert f'href="/admin/billing/subscription/{subscription.pk}/change/">Change the plan' in page


def test_usage_is_read_only(staff: Client, organization: Organization) -> None:
    services.record_accepted(organization.pk, {timezone.now().date(): 77})
    assert "77" in staff.get("/admin/billing/usage/").content.decode()
    assert staff.get("/admin/billing/usage/add/").status_code == 403
