"""The staff's view of topics, texts and runs; the product alone writes them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import FirstRows, ReadOnlyTenantAdmin
from clustering.models import (
    ClusteringRun,
    Decision,
    Dimension,
    SetAsideEvent,
    SetAsideText,
    Text,
    Topic,
)


@admin.register(Dimension)
class DimensionAdmin(ReadOnlyTenantAdmin):
    list_display = ("field", "project", "active", "model", "last_text_at")
    list_filter = ("active", "model")
    list_select_related = ("field", "project")
    search_fields = ("field__key", "project__slug", "project__name")
    ordering = ("-last_text_at",)


@admin.register(ClusteringRun)
class ClusteringRunAdmin(ReadOnlyTenantAdmin):
    list_display = (
        "started_at",
        "project",
        "field",
        "state",
        "stage",
        "reason",
        "texts",
        "topics",
        "outliers",
        "finished_at",
    )
    list_filter = ("state", "started_at")
    list_select_related = ("project", "field")
    search_fields = ("project__slug", "project__name", "field__key")
    ordering = ("-started_at",)
    date_hierarchy = "started_at"


@admin.register(Topic)
class TopicAdmin(ReadOnlyTenantAdmin):
    list_display = ("__str__", "project", "field", "label_source", "created_at", "retired_at")
    list_filter = ("label_source", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("project", "field")
    search_fields = ("label", "project__slug", "project__name")
    exclude = ("centroid",)
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("centroid")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyTenantAdmin):
    list_display = ("made_at", "project", "field", "kind", "summary", "made_by", "undone_at")
    list_filter = ("kind", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("project", "field", "made_by")
    search_fields = ("project__slug", "project__name", "summary")
    exclude = ("before",)
    ordering = ("-made_at",)
    date_hierarchy = "made_at"


@admin.register(Text)
class TextAdmin(ReadOnlyTenantAdmin):
    list_display = ("id", "project", "field", "occurrences", "topic", "similarity", "last_seen_at")
    list_select_related = ("project", "field", "topic")
    search_fields = ("project__slug__exact", "=content")
    exclude = ("digest",)
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False
    paginator = FirstRows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("topic__centroid")


@admin.register(SetAsideEvent)
class SetAsideEventAdmin(ReadOnlyTenantAdmin):
    list_display = ("event_id", "project", "reason", "set_aside_at")
    list_select_related = ("project",)
    search_fields = ("project__slug", "reason")
    ordering = ("-set_aside_at",)


@admin.register(SetAsideText)
class SetAsideTextAdmin(ReadOnlyTenantAdmin):
    list_display = ("text_id", "project", "reason", "set_aside_at")
    list_select_related = ("project",)
    search_fields = ("project__slug", "reason")
    ordering = ("-set_aside_at",)
