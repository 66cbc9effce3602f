"""Subscriptions and usage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Organization, Project, User
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
        default=timezone.now,
        help_text="Monthly periods are counted from this day. A later day leaves out what was used "
        "before it.",
    )
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    event_limit = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Events a period, where it differs from the plan's."
    )
    llm_tokens = models.PositiveBigIntegerField(
        "LLM tokens",
        null=True,
        blank=True,
        help_text="Tokens a calendar month for naming topics, where they differ from "
        "LLM_MONTHLY_TOKENS; 0: the LLM is not asked.",
    )

    objects = TenantManager["Subscription"]()

    def __str__(self) -> str:
        return f"{self.organization}: {self.plan.name}"

    @property
    def plan(self) -> Plan:
        return PLANS[self.plan_code]


class SubscriptionChange(OrganizationModel):
    """Who changed a subscription, when, and its values before and after. Never edited.

    `before` is null where there was no subscription: the default plan applied.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="subscription_changes"
    )
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_by_email = models.EmailField(
        "changed by", blank=True, help_text="Outlives the account. Empty for the command line."
    )
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(encoder=DjangoJSONEncoder)

    objects = TenantManager["SubscriptionChange"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "changed_at"], name="subscription_change_latest")
        ]

    def __str__(self) -> str:
        return f"{self.organization} at {self.changed_at:%Y-%m-%d %H:%M}"

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Each value that changed: its name, before and after."""
        before = self.before or {}
        return [
            (name, before.get(name), value)
            for name, value in self.after.items()
            if before.get(name) != value
        ]

    @property
    def words(self) -> list[str]:
        """Those differences for people."""
        names = {field.name: str(field.verbose_name) for field in Subscription._meta.fields}
        return [
            f"{names.get(name, name)}: {_shown(before)} → {_shown(after)}"
            for name, before, after in self.differences
        ]


def _shown(value: object) -> str:
    """A value for people: a time, which JSON has as text, to the minute."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
    return "none" if value is None else str(value)


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


class LLMUsage(OrganizationModel):
    """What naming the topics of one project cost in one calendar month (UTC); see `llm_budget`.

    Tokens are as the API counted them. Requests count if they were answered.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="llm_usage"
    )
    project = models.ForeignKey(
        Project,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="None once it is deleted for good: what it spent stays spent.",
    )
    month = models.DateField(help_text="Its first day.")
    requests = models.PositiveBigIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    reserved = models.PositiveBigIntegerField(
        default=0,
        help_text="Tokens held for requests under way. What a killed worker held stays here: its "
        "requests may have been answered.",
    )

    objects = TenantManager["LLMUsage"]()

    class Meta:
        verbose_name = verbose_name_plural = "LLM usage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "month", "project"], name="llm_usage_once_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} in {self.month:%Y-%m}: {self.tokens} tokens"

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class Notice(OrganizationModel):
    """An e-mail that an organization's owners got, will get, or were spared; see `notices`.

    Waiting while `due_at` is set, sent once `sent_at` is; with neither it was passed over.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="notices")
    day = models.DateField(help_text="The first day of the period, or the day the trial ends.")
    event_limit = models.PositiveBigIntegerField(
        help_text="The limit that was judged; 0 for the end of a trial."
    )
    percent = models.PositiveSmallIntegerField(
        help_text="The share of the limit that was reached; 0 for the end of a trial."
    )
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)

    objects = TenantManager["Notice"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "day", "event_limit", "percent"], name="notice_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["failures", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="notice_due",
            )
        ]

    def __str__(self) -> str:
        what = f"{self.percent} %" if self.percent else "trial ends"
        return f"{self.organization}, {self.day}: {what}"
