"""The staff's view of people and tenants. Secrets never appear here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, ForeignKey, Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts import audit, selectors, services
from accounts.models import (
    Action,
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    Organization,
    Project,
    User,
)
from accounts.tenancy import TenantManager

MOST_LISTED = 10_000
"""Rows of a large table that are counted at most: counting reads each. Templates name it too."""

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
    _InlineFormSet = BaseInlineFormSet[Any, Any, Any]
    _UserAdmin = BaseUserAdmin[User]
    _ProjectForm = forms.ModelForm[Project]
else:
    _Paginator = Paginator
    _ModelAdmin, _TabularInline = admin.ModelAdmin, admin.TabularInline
    _InlineFormSet, _UserAdmin = BaseInlineFormSet, BaseUserAdmin
    _ProjectForm = forms.ModelForm


class _Unscoped:
    """Staff see the rows of every tenant, and may choose among them in a form."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = _all_rows(self.model)  # type: ignore[attr-defined]
        ordering = self.get_ordering(request)  # type: ignore[attr-defined]
        return queryset.order_by(*ordering) if ordering else queryset

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", _all_rows(db_field.related_model))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class _Searched:
    """Finds nothing for a search with a NUL, which no text in PostgreSQL can hold."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if "\0" in search_term:
            return queryset.none(), False
        found: tuple[QuerySet[Any], bool]
        found = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        return found


class FirstRows(_Paginator):
    """Pages of the first rows of a large table; whoever wants others searches for them."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:MOST_LISTED].count())


class TenantAdmin(_Searched, _Unscoped, _ModelAdmin):
    """The base of every tenant model's admin.

    List a foreign key to another tenant model in `autocomplete_fields` or `readonly_fields`:
    `raw_id_fields` and `list_filter` would ask its default manager, which refuses.
    """


class _TenantFormSet(_InlineFormSet):
    """Finds the rows that a form names by the same unscoped query as the page."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields[self._pk_field.name].queryset = _all_rows(self.model)  # type: ignore[attr-defined]


class TenantInline(_Unscoped, _TabularInline):
    """Rows of a tenant model on the page of the row they belong to."""

    formset = _TenantFormSet
    extra = 0


class ReadOnlyTenantAdmin(TenantAdmin):
    """For rows that only the product writes: staff look, and change nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _all_rows(model: Any) -> QuerySet[Any]:
    """Deleted ones, which can be brought back, among them."""
    manager = getattr(model, "with_deleted", model._default_manager)
    if isinstance(manager, TenantManager):
        return manager.unscoped()
    rows: QuerySet[Any] = manager.get_queryset()
    return rows


@admin.register(User)
class UserAdmin(_Searched, _UserAdmin):
    """Deleting a user works as on their own page: an organization's only owner cannot go."""

    ordering = ("email",)
    list_display = ("email", "name", "date_joined", "last_login", "is_active", "is_staff")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "name")
    readonly_fields = ("date_joined", "last_login")
    add_form = AdminUserCreationForm
    filter_horizontal = ("user_permissions",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        *found, protected = super().get_deleted_objects(objs, request)
        alone = [
            f"Organization: {owned} ({owned.slug}), which nobody else owns"
            for owned in selectors.owned_alone(*objs)
        ]
        return *found, [*protected, *alone]

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_account(obj, _staff(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


class MembershipInline(TenantInline):
    model = Membership
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at",)


class ProjectInline(TenantInline):
    model = Project
    fields = ("name", "slug", "is_demo", "created_at", "deleted_at")
    readonly_fields = ("slug", "created_at", "deleted_at")
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _KeepsEvents:
    """Cannot be deleted here: the cascade would load all rows of a tenant, and leave its events."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Organization)
class OrganizationAdmin(_Searched, _KeepsEvents, _ModelAdmin):
    list_display = ("name", "slug", "member_count", "project_count", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "slug", "memberships__user__email")
    ordering = ("name", "pk")
    date_hierarchy = "created_at"
    readonly_fields = ("created_at", "deleted_at")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    inlines = (MembershipInline, ProjectInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        queryset: QuerySet[Organization] = super().get_queryset(request)
        return queryset.annotate(
            member_count=Count("memberships", distinct=True),
            project_count=Count("projects", filter=Q(projects__deleted_at=None), distinct=True),
        )

    @admin.display(description="members", ordering="member_count")
    def member_count(self, organization: Any) -> int:
        return int(organization.member_count)

    @admin.display(description="projects", ordering="project_count")
    def project_count(self, organization: Any) -> int:
        return int(organization.project_count)


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "organization__name", "organization__slug")
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("created_at",)


@admin.register(Invitation)
class InvitationAdmin(TenantAdmin):
    """Staff see and withdraw invitations; a new one is made on the members page."""

    list_display = ("email", "organization", "role", "invited_by", "created_at", "expires_at")
    list_filter = ("role", "expires_at")
    list_select_related = ("organization", "invited_by")
    search_fields = ("email", "organization__name", "organization__slug")
    fields = ("email", "organization", "role", "invited_by", "created_at", "expires_at")
    readonly_fields = ("email", "organization", "invited_by", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class ProjectForm(_ProjectForm):
    """A project stays out of organizations that are deleted: it would go with them."""

    def clean_organization(self) -> Organization:
        chosen: Organization = self.cleaned_data["organization"]
        if chosen.deleted_at and "organization" in self.changed_data:
            raise forms.ValidationError("This organization is deleted.")
        return chosen


@admin.register(Project)
class ProjectAdmin(_KeepsEvents, TenantAdmin):
    form = ProjectForm
    list_display = (
        "name",
        "slug",
        "organization",
        "live_keys",
        "is_demo",
        "created_at",
        "deleted_at",
    )
    list_filter = ("is_demo", ("deleted_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("organization",)
    search_fields = ("name", "slug", "organization__name", "organization__slug")
    autocomplete_fields = ("organization",)
    readonly_fields = ("slug", "llm_examples", "created_at", "deleted_at")
    fields = ("organization", "name", "is_demo", *readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        live = Count("api_keys", filter=Q(api_keys__revoked_at__isnull=True))
        projects: QuerySet[Any] = queryset.annotate(live_keys=live)
        return projects

    @admin.display(description="live keys", ordering="live_keys")
    def live_keys(self, project: Any) -> int:
        return int(project.live_keys)

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        staff = _staff(request)
        if not change:
            created = services.create_project(
                obj.organization, obj.name, staff, is_demo=obj.is_demo
            )
            obj.pk, obj.slug = created.pk, created.slug
            return
        super().save_model(request, obj, form, change)
        if "name" in form.changed_data:
            detail = audit.changed(form.initial["name"], obj.name)
            audit.record(obj, Action.PROJECT_RENAMED, staff, obj.slug, detail)


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin):
    """Staff see and revoke keys. A new one is made on the project's page, where it is shown."""

    list_display = ("name", "prefix", "scope", "project", "is_live", "created_at", "last_used_at")
    list_filter = ("scope", ("revoked_at", admin.EmptyFieldListFilter), "last_used_at")
    list_select_related = ("project",)
    search_fields = ("name", "prefix", "project__name", "project__slug")
    fields = (
        "name",
        "prefix",
        "scope",
        "project",
        "created_by",
        "created_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = fields[1:]
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="live", boolean=True)
    def is_live(self, api_key: ApiKey) -> bool:
        return api_key.is_live

    @admin.action(description="Revoke selected API keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for api_key in queryset:
            services.revoke_key(api_key, _staff(request))
        self.message_user(request, "The keys are revoked.", messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyTenantAdmin):
    list_display = ("at", "organization", "project", "actor_email", "action", "subject", "detail")
    list_filter = ("action",)
    list_select_related = ("organization", "project")
    search_fields = ("organization__name", "organization__slug", "actor_email", "subject")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")


admin.site.unregister(Group)
admin.site.site_header = "Turret staff"
admin.site.site_title = "Turret"
