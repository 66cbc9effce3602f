"""The staff admin: every page opens, nothing secret shows, forms work across tenants."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import (
    Action,
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    Organization,
    Project,
    Role,
    User,
)
from accounts.services import NewTenant

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NO_INLINES = {
    f"{prefix}-{field}": "0"
    for prefix in ("memberships", "projects")
    for field in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.com", "a staff phrase"))
    return client


def url(model: type[Model], page: str, *args: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def label(model: type[Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", MODELS, ids=label)
@pytest.mark.parametrize("query", ["", "?q=ink"])
def test_every_list_opens(staff: Client, tenant: NewTenant, model: type[Model], query: str) -> None:
    assert staff.get(url(model, "changelist") + query).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_add_page_opens_where_staff_may_add(staff: Client, model: type[Model]) -> None:
    page = staff.get(url(model, "add"))
    request = page.wsgi_request

    may_add = admin.site._registry[model].has_add_permission(request)
    assert page.status_code == (200 if may_add else 403)


@pytest.mark.parametrize("model", [User, Organization, Membership, Project, ApiKey, Invitation])
def test_every_row_opens_and_shows_no_secret(
    staff: Client, tenant: NewTenant, model: type[Model]
) -> None:
    invitation, token = services.invite(
        tenant.organization, "guest@example.com", Role.MEMBER, tenant.user
    )
    row = model._base_manager.first()
    assert row
    for page in ("change", "history"):
        response = staff.get(url(model, page, row.pk))
        assert response.status_code == 200
        html = response.content.decode()
        for secret in (
            tenant.key.secret,
            tenant.key.api_key.digest,
            token,
            invitation.token_digest,
        ):
            assert secret not in html


def test_staff_change_a_member_of_any_tenant(
    staff: Client, tenant: NewTenant, other_tenant: NewTenant
) -> None:
    membership = Membership.objects.get(organization=tenant.organization)
    response = staff.post(
        url(Membership, "change", membership.pk),
        {"user": tenant.user.pk, "organization": tenant.organization.pk, "role": "admin"},
    )

    assert response.status_code == 302
    membership.refresh_from_db()
    assert membership.role == Role.ADMIN


def test_a_second_membership_is_refused_with_words(staff: Client, tenant: NewTenant) -> None:
    page = staff.post(
        url(Membership, "add"),
        {"user": tenant.user.pk, "organization": tenant.organization.pk, "role": "member"},
    )

    assert "already exists" in page.content.decode()
    assert Membership.objects.unscoped().count() == 1


def test_staff_add_a_project_with_a_slug_of_its_own(staff: Client, tenant: NewTenant) -> None:
    form = {"organization": tenant.organization.pk, "name": "Inkwell"}
    response = staff.post(url(Project, "add"), form)

    assert response.status_code == 302
    slugs = tenant.organization.projects.order_by("pk").values_list("slug", flat=True)
    assert slugs[1].startswith("inkwell-")


def test_staff_put_no_project_into_a_deleted_organization(
    staff: Client, tenant: NewTenant, other_tenant: NewTenant
) -> None:
    services.delete_organization(other_tenant.organization)
    form = {"organization": other_tenant.organization.pk, "name": "Inkwell"}

    for path in (url(Project, "add"), url(Project, "change", tenant.project.pk)):
        assert "This organization is deleted." in staff.post(path, form).content.decode()

    assert Project.with_deleted.filter(organization=other_tenant.organization).count() == 1


def test_staff_rename_a_project(staff: Client, tenant: NewTenant) -> None:
    form = {"organization": tenant.organization.pk, "name": "Quill"}
    assert staff.post(url(Project, "change", tenant.project.pk), form).status_code == 302

    tenant.project.refresh_from_db()
    assert (tenant.project.name, tenant.project.slug) == ("Quill", "inkwell")


def test_staff_add_an_organization_with_an_owner(staff: Client, tenant: NewTenant) -> None:
    form = {
        **NO_INLINES,
        "name": "New",
        "slug": "new",
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": tenant.user.pk,
        "memberships-0-role": "owner",
    }
    assert staff.post(url(Organization, "add"), form).status_code == 302

    new = Organization.objects.get(slug="new")
    assert Membership.objects.get(organization=new).user == tenant.user


def test_staff_edit_an_organization_with_its_members_and_projects(
    staff: Client, tenant: NewTenant
) -> None:
    membership = Membership.objects.get(organization=tenant.organization)
    form = {
        "name": "Inkwell Ltd",
        "slug": "inkwell",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-organization": tenant.organization.pk,
        "memberships-0-user": tenant.user.pk,
        "memberships-0-role": "admin",
        "projects-TOTAL_FORMS": "1",
        "projects-INITIAL_FORMS": "1",
        "projects-0-id": tenant.project.pk,
        "projects-0-organization": tenant.organization.pk,
        "projects-0-name": "Quill",
    }
    response = staff.post(url(Organization, "change", tenant.organization.pk), form)

    assert response.status_code == 302
    membership.refresh_from_db()
    tenant.project.refresh_from_db()
    assert (membership.role, tenant.project.name) == (Role.ADMIN, "Quill")


@pytest.mark.parametrize("model", [Organization, Project])
def test_a_tenant_is_not_deleted_by_cascade(
    staff: Client, tenant: NewTenant, model: type[Model]
) -> None:
    row = model._base_manager.get()

    assert staff.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._base_manager.exists()


def test_staff_remove_a_member(staff: Client, tenant: NewTenant, teammate: User) -> None:
    membership = Membership.objects.get(organization=tenant.organization, user=teammate)

    assert staff.get(url(Membership, "delete", membership.pk)).status_code == 200
    staff.post(url(Membership, "delete", membership.pk), {"post": "yes"})
    assert tenant.organization.memberships.count() == 1


def test_the_counts_in_the_list_are_right(staff: Client, tenant: NewTenant, teammate: User) -> None:
    services.create_project(tenant.organization, "Second")
    services.create_project(tenant.organization, "Third")

    (row,) = staff.get(url(Organization, "changelist")).context["cl"].queryset
    assert (row.member_count, row.project_count) == (2, 3)


def test_times_are_written_as_on_other_pages(staff: Client, tenant: NewTenant) -> None:
    Project.objects.unscoped().update(created_at=datetime(2026, 11, 2, 15, 4, tzinfo=UTC))
    assert "2 Nov 2026, 15:04" in staff.get(url(Project, "changelist")).content.decode()


def test_staff_revoke_keys(staff: Client, tenant: NewTenant, other_tenant: NewTenant) -> None:
    key = tenant.key.api_key
    staff.post(url(ApiKey, "changelist"), {"action": "revoke", "_selected_action": [key.pk]})

    key.refresh_from_db()
    assert not key.is_live
    assert ApiKey.objects.get(project=other_tenant.project).is_live


def test_a_change_of_a_key_writes_its_name_alone(staff: Client, tenant: NewTenant) -> None:
    key = tenant.key.api_key
    staff.post(url(ApiKey, "change", key.pk), {"name": "renamed", "digest": "0", "prefix": "x"})

    stored = ApiKey.objects.get(project=tenant.project)
    assert (stored.name, stored.digest, stored.prefix) == ("renamed", key.digest, key.prefix)


def test_staff_add_a_user_in_lower_case(staff: Client) -> None:
    form = {
        "email": "New@Example.com",
        "usable_password": "true",
        "password1": "a long enough phrase",
        "password2": "a long enough phrase",
    }
    assert staff.post(url(User, "add"), form).status_code == 302
    assert User.objects.get(email="new@example.com").check_password("a long enough phrase")


def test_staff_find_users_and_projects_by_typing(staff: Client, tenant: NewTenant) -> None:
    for model, field, text in (
        ("membership", "user", "owner@"),
        ("membership", "organization", "Ink"),
    ):
        query = {"app_label": "accounts", "model_name": model, "field_name": field, "term": text}
        found = staff.get("/admin/autocomplete/", query).json()
        assert len(found["results"]) == 1


@pytest.mark.parametrize(
    ("model", "field"),
    [("membership", "user"), ("membership", "organization")],
)
def test_typing_a_nul_finds_nothing(staff: Client, model: str, field: str) -> None:
    query = {"app_label": "accounts", "model_name": model, "field_name": field, "term": "a\0b"}
    assert staff.get("/admin/autocomplete/", query).json()["results"] == []


def test_deleted_projects_are_listed_and_marked(staff: Client, tenant: NewTenant) -> None:
    other = services.create_project(tenant.organization, "Other")
    services.delete_project(tenant.project)

    for choice, listed in (("1", other), ("0", tenant.project)):
        page = staff.get(url(Project, "changelist") + f"?deleted_at__isempty={choice}")
        assert list(page.context["cl"].queryset) == [listed]
    assert staff.get(url(Project, "changelist")).context["cl"].result_count == 2
    for page in (
        staff.get(url(Project, "change", tenant.project.pk)),
        staff.get(url(Organization, "change", tenant.organization.pk)),
    ):
        assert "Deleted at" in page.content.decode()
    (row,) = staff.get(url(Organization, "changelist")).context["cl"].queryset
    assert row.project_count == 1


def test_staff_delete_an_account(staff: Client, tenant: NewTenant, teammate: User) -> None:
    staff.post(url(User, "delete", teammate.pk), {"post": "yes"})

    assert not User.objects.filter(pk=teammate.pk).exists()
    entry = AuditEntry.objects.filter(organization=tenant.organization).latest("pk")
    assert (entry.action, entry.who, entry.subject) == (
        Action.MEMBER_REMOVED,
        "staff@example.com",
        teammate.email,
    )


def test_staff_leave_no_organization_without_an_owner(
    staff: Client, tenant: NewTenant, other_tenant: NewTenant
) -> None:
    owners = [tenant.user.pk, other_tenant.user.pk]
    both = {"action": "delete_selected", "_selected_action": owners, "post": "yes"}
    for page in (
        staff.post(url(User, "delete", tenant.user.pk), {"post": "yes"}),
        staff.post(url(User, "changelist"), both),
    ):
        assert "Inkwell (inkwell), which nobody else owns" in page.content.decode()
    assert User.objects.filter(pk__in=owners).count() == 2


def test_staff_delete_not_all_owners_of_an_organization_at_once(
    staff: Client, tenant: NewTenant, teammate: User
) -> None:
    owners = Membership.objects.filter(organization=tenant.organization)
    owners.update(role=Role.OWNER)
    both = [tenant.user.pk, teammate.pk]
    form = {"action": "delete_selected", "_selected_action": both, "post": "yes"}

    page = staff.post(url(User, "changelist"), form)

    assert "Inkwell (inkwell), which nobody else owns" in page.content.decode()
    assert owners.count() == 2


def test_who_is_not_staff_stays_out(owner: User, client: Client) -> None:
    client.force_login(owner)

    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_staff_change_their_password_where_everybody_does(staff: Client) -> None:
    """So their guesses are counted, too, and their other devices are logged out."""
    assert staff.get(reverse("admin:password_change")).headers["Location"] == "/account/password/"
