"""The staff's view of plans and usage. The admin's history of a subscription is its audit trail."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnlyTenantAdmin, TenantAdmin
from billing.models import Subscription, Usage


@admin.register(Subscription)
class SubscriptionAdmin(TenantAdmin):
    """A change takes effect on the next request; what was used in the period stays counted."""

    list_display = ("organization", "plan_code", "event_limit", "started_at", "trial_ends_at")
    list_filter = ("plan_code", "trial_ends_at")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__slug")
    autocomplete_fields = ("organization",)


@admin.register(Usage)
class UsageAdmin(ReadOnlyTenantAdmin):
    list_display = ("organization", "day", "accepted", "refused")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__slug")
    date_hierarchy = "day"
    ordering = ("-day",)
