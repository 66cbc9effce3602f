"""The staff's view of events, fields and segments; all are written by the product alone."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import FirstRows, ReadOnlyTenantAdmin
from ingestion.models import Event, Field, SavedSegment


@admin.register(Event)
class EventAdmin(ReadOnlyTenantAdmin):
    list_display = ("id", "name", "project", "session_id", "user_id", "timestamp", "received_at")
    list_select_related = ("project",)
    search_fields = ("project__slug__exact", "session_id__exact", "user_id__exact")
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False
    paginator = FirstRows


@admin.register(Field)
class FieldAdmin(ReadOnlyTenantAdmin):
    list_display = ("key", "project", "type", "detected_type", "override", "events", "last_seen_at")
    list_filter = ("type", "override")
    list_select_related = ("project",)
    search_fields = ("key", "project__slug", "project__name")
    exclude = ("sketch",)
    ordering = ("-last_seen_at",)


@admin.register(SavedSegment)
class SavedSegmentAdmin(ReadOnlyTenantAdmin):
    list_display = ("name", "project", "query", "created_by", "created_at")
    list_select_related = ("project", "created_by")
    search_fields = ("name", "project__slug__exact")
    ordering = ("-created_at",)
