"""The staff's view of plans and usage, with an audit trail of every change to a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from accounts.admin import OrganizationAdmin, ReadOnlyTenantAdmin, TenantAdmin
from accounts.models import Organization, User
from accounts.templatetags.times import moment
from billing import selectors, services
from billing.models import LLMUsage, Notice, Subscription, SubscriptionChange, Usage
from billing.plans import PLANS

SHOWN_CHANGES = 20
"""Most changes on a subscription's page; the list of changes has all."""

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Subscription]
else:
    _ModelForm = forms.ModelForm


class SubscriptionForm(_ModelForm):
    """Counts periods from the day that `services.start_after` says, unless staff name another."""

    class Meta:
        model = Subscription
        fields = (
            "organization",
            "plan_code",
            "event_limit",
            "llm_tokens",
            "started_at",
            "trial_ends_at",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start = self.fields["started_at"]
        start.required = start.show_hidden_initial = False
        start.initial = None
        start.help_text = f"{start.help_text} Empty: the day stays as it is, "
        start.help_text += "but for a trial that follows another plan, which begins now."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        organization = cleaned.get("organization") or getattr(self.instance, "organization", None)
        if not organization:
            return cleaned
        terms = selectors.terms_of(organization)
        start = services.start_after(terms, cleaned.get("plan_code", terms.plan.code))
        if "started_at" not in self.changed_data or cleaned.get("started_at") is None:
            cleaned["started_at"] = start
        if self.instance.pk is not None and "trial_ends_at" not in self.changed_data:
            # The page shows it rounded to seconds. An old trial's end is not that of a new one.
            is_new = start != terms.started_at
            cleaned["trial_ends_at"] = None if is_new else self.instance.trial_ends_at
        return cleaned


@admin.register(Subscription)
class SubscriptionAdmin(TenantAdmin):
    """A change takes effect on the next request; what was used in the period stays counted."""

    form = SubscriptionForm
    list_display = ("organization", "plan_code", "event_limit", "started_at", "trial_ends_at")
    list_filter = ("plan_code", "trial_ends_at")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__slug")
    autocomplete_fields = ("organization",)

    def get_fields(self, request: HttpRequest, obj: Subscription | None = None) -> Any:
        fields = SubscriptionForm.Meta.fields
        return fields if obj is None else (*fields, "changes")

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> Any:
        return () if obj is None else ("organization", "changes")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Put the organization on another plan instead: that leaves a trace."""
        return False

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        services.save_subscription(obj, by=request.user)

    @admin.display(description="changes")
    def changes(self, subscription: Subscription) -> SafeString:
        organization = subscription.organization
        changes = SubscriptionChange.objects.filter(organization=organization)
        rows = (
            (f"{change.changed_at:%Y-%m-%d %H:%M:%S} UTC", _who(change), _what(change))
            for change in changes.order_by("-changed_at", "-pk")[:SHOWN_CHANGES]
        )
        address = reverse("admin:billing_subscriptionchange_changelist")
        return format_html(
            "<table><thead><tr><th>When</th><th>Who</th><th>What</th></tr></thead>"
            '<tbody>{}</tbody></table><a href="{}?{}">All changes</a>',
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
            address,
            urlencode({"q": organization.slug}),
        )


@admin.register(SubscriptionChange)
class SubscriptionChangeAdmin(ReadOnlyTenantAdmin):
    list_display = ("changed_at", "organization", "who", "what")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__slug", "changed_by_email")
    date_hierarchy = "changed_at"
    ordering = ("-changed_at", "-pk")
    fields = ("organization", "changed_at", "who", "what", "before", "after")

    @admin.display(description="who", ordering="changed_by_email")
    def who(self, change: SubscriptionChange) -> str:
        return _who(change)

    @admin.display(description="what")
    def what(self, change: SubscriptionChange) -> SafeString:
        return _what(change)


@admin.register(Usage)
class UsageAdmin(ReadOnlyTenantAdmin):
    list_display = ("organization", "day", "accepted", "refused")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__slug")
    date_hierarchy = "day"
    ordering = ("-day",)


@admin.register(LLMUsage)
class LLMUsageAdmin(ReadOnlyTenantAdmin):
    list_display = (
        "organization",
        "project",
        "month",
        "requests",
        "input_tokens",
        "output_tokens",
        "reserved",
    )
    list_select_related = ("organization", "project")
    search_fields = ("organization__name", "organization__slug", "project__slug")
    date_hierarchy = "month"
    ordering = ("-month", "organization")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyTenantAdmin):
    list_display = ("organization", "percent", "event_limit", "day", "due_at", "sent_at")
    list_filter = ("percent", ("due_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__slug")
    ordering = ("-created_at", "-pk")


class BilledOrganizationAdmin(OrganizationAdmin):
    """The same, with what staff look for first. Most organizations have no subscription to find."""

    list_select_related: ClassVar = ["subscription"]

    def get_list_display(self, request: HttpRequest) -> Any:
        name, slug, *others = super().get_list_display(request)
        return (name, slug, "plan", *others)

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "plan_and_usage")

    @admin.display(description="plan", ordering="subscription__plan_code")
    def plan(self, organization: Organization) -> str:
        subscription = _subscription(organization)
        return subscription.plan.name if subscription else PLANS[settings.DEFAULT_PLAN].name

    @admin.display(description="plan and usage")
    def plan_and_usage(self, organization: Organization) -> SafeString:
        standing = selectors.standing(organization)
        terms, end = standing.terms, "ended" if standing.has_expired else "ends"
        return format_html(
            '{}{}<br>{} events{} since {}<br><a href="{}">Change the plan</a>, '
            '<a href="{}?{}">usage by day</a>',
            terms.plan.name,
            format_html(", {} {}", end, moment(terms.expires_at)) if terms.expires_at else "",
            intcomma(standing.used),
            "" if terms.limit is None else f" of {intcomma(terms.limit)}",
            date_format(standing.period.first),
            _address_of_plan(organization),
            reverse("admin:billing_usage_changelist"),
            urlencode({"q": organization.slug}),
        )


# The app of organizations comes first, and knows nothing of plans.
admin.site.unregister(Organization)
admin.site.register(Organization, BilledOrganizationAdmin)


def _subscription(organization: Organization) -> Subscription | None:
    return getattr(organization, "subscription", None)


def _address_of_plan(organization: Organization) -> str:
    """Where staff change the plan, or give the first one."""
    if subscription := _subscription(organization):
        return reverse("admin:billing_subscription_change", args=[subscription.pk])
    address = reverse("admin:billing_subscription_add")
    return f"{address}?{urlencode({'organization': organization.pk})}"


def _who(change: SubscriptionChange) -> str:
    return change.changed_by_email or "command line"


def _what(change: SubscriptionChange) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((words,) for words in change.words))
