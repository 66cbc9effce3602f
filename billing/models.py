"""Subscriptions and usage."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Organization
from accounts.tenancy import OrganizationModel, TenantManager
from billing.plans import PLANS, Plan


class Subscription(OrganizationModel):
    """The plan of an organization. Without one, the settings' DEFAULT_PLAN applies."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="subscription"
    )
    plan_code = models.CharField(
        "plan", max_length=20, choices=[(plan.code, plan.name) for plan in PLANS.values()]
    )
    started_at = models.DateTimeField(
        default=timezone.now, help_text="Monthly periods are counted from this day."
    )
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    event_limit = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Events a period, where it differs from the plan's."
    )

    objects = TenantManager["Subscription"]()

    def __str__(self) -> str:
        return f"{self.organization}: {self.plan.name}"

    @property
    def plan(self) -> Plan:
        return PLANS[self.plan_code]


class Usage(OrganizationModel):
    """Events of one organization on one day (UTC) that were accepted and then processed.

    What was accepted and waits is counted by its own rows (`ingestion.PendingEvent`), so that
    accepting an event never contends for one row; the sum of both is exact at any moment.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="usage", db_constraint=False
    )
    day = models.DateField()
    accepted = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)

    objects = TenantManager["Usage"]()

    class Meta:
        verbose_name_plural = "usage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "day"], name="usage_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.organization} on {self.day}: {self.accepted}"
