"""Isolation, whole: every model is scoped, and no URL answers an outsider.

Both walks find what they check by themselves, so that a new model or URL is covered on the day
it appears.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Field as ModelField
from django.db.models import ForeignKey, Model, UniqueConstraint
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import services
from accounts.models import KeyScope, Membership, Organization, Project, Role, User, UserSession
from accounts.services import NewTenant
from accounts.tenancy import TenantManager, TenantScopeRequired
from clustering import services as clustering
from clustering.models import ClusteringRun, Text, Theme
from ingestion.segments import Segment
from ingestion.segments_saved import save
from tests.journeys.conftest import Speaker

APPS = ("accounts", "billing", "ingestion", "clustering", "journeys")
GLOBAL_MODELS = {User, UserSession, Organization}
UNIQUE_BEFORE_A_TENANT_IS_KNOWN = {"accounts.Project.slug", "accounts.ApiKey.digest"}
TENANT_MODELS = [
    model
    for app in APPS
    for model in apps.get_app_config(app).get_models()
    if model not in GLOBAL_MODELS
]

Row = type[Model]


def label(model: Row) -> str:
    return model._meta.label


def tenant_field(model: Any) -> ForeignKey[Any, Any]:
    field = model._meta.get_field(model.tenant_field)
    assert isinstance(field, ForeignKey)
    return field


def test_the_walk_finds_the_models_of_every_stage() -> None:
    labels = {label(model) for model in TENANT_MODELS}

    assert {"accounts.ApiKey", "billing.Usage", "ingestion.Event", "clustering.Topic"} <= labels


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_a_row_carries_its_tenant(model: Row) -> None:
    field = tenant_field(model)

    assert field.related_model in (Organization, Project)
    assert not field.null


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_the_default_manager_refuses_a_query_outside_a_tenant(model: Row) -> None:
    assert isinstance(model._default_manager, TenantManager)
    with pytest.raises(TenantScopeRequired):
        model._default_manager.first()


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_what_is_unique_is_unique_within_a_tenant(model: Row) -> None:
    tenant = tenant_field(model)
    meta = model._meta
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            assert constraint.fields[:1] == (tenant.name,), constraint.name
    for names in meta.unique_together:
        assert tuple(names)[:1] == (tenant.name,)
    unique = {
        f"{label(model)}.{field.name}"
        for field in meta.get_fields()
        if isinstance(field, ModelField)
        and field.unique
        and not field.primary_key
        and field != tenant
    }
    assert unique <= UNIQUE_BEFORE_A_TENANT_IS_KNOWN
    if len(meta.pk_fields) > 1:
        assert meta.pk_fields[0] == tenant


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every route of the installation but the staff admin's, as `p/<slug:project>/topics/`."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        elif not route.startswith("admin/"):
            yield from routes(pattern, route)


ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
TENANT_ROUTES = [
    route
    for route in routes(get_resolver())
    if {"project", "organization"} & set(ARGUMENT.findall(route))
]
DEEPER_ROUTES = [route for route in TENANT_ROUTES if len(ARGUMENT.findall(route)) > 1]


@pytest.fixture
def arguments(tenant: NewTenant) -> dict[str, object]:
    return rows_of(tenant)


def rows_of(tenant: NewTenant, name: str = "Parcels", key: str = "prompt") -> dict[str, Any]:
    """What each argument of a route stands for: a row that belongs to a tenant.

    Its topic has the name, and so have its text, segment and API key.
    """
    organization, project, owner = tenant.organization, tenant.project, tenant.user
    invitation, _ = services.invite(organization, "guest@example.com", Role.MEMBER, owner)
    speaker = Speaker(project, key)
    speaker.say("session", [name, "Refunds"], metadata={"plan": "pro"})
    topic, segment = speaker.topic(name), Segment.parse("where.plan=pro")
    deleted = services.create_project(organization, f"Old {name}", owner)
    services.delete_project(deleted, owner)
    return {
        "organization": organization.slug,
        "project": project.slug,
        "deleted": deleted.pk,
        "member": Membership.objects.get(organization=organization, user=owner).pk,
        "invitation": invitation.pk,
        "api_key": services.create_key(project, name, owner).api_key.pk,
        "field": speaker.field.pk,
        "topic": topic.pk,
        "text": Text.objects.get(project=project, topic=topic).pk,
        "theme": Theme.objects.create(project=project, field=speaker.field).pk,
        "decision": clustering.pin(topic, True, owner).pk,
        "segment": save(project, name, segment, owner).pk,
        "table": "starts",
        "run": ClusteringRun.objects.create(project=project, field=speaker.field).pk,
    }


def path_of(route: str, arguments: dict[str, object]) -> str:
    return "/" + ARGUMENT.sub(lambda match: str(arguments[match[1]]), route)


def test_the_walk_finds_the_pages_of_every_stage() -> None:
    assert {
        "o/<slug:organization>/members/",
        "o/<slug:organization>/usage/",
        "p/<slug:project>/settings/metadata/",
        "p/<slug:project>/topics/",
        "p/<slug:project>/journeys/",
    } <= set(TENANT_ROUTES)


METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


@pytest.mark.parametrize("route", TENANT_ROUTES)
def test_an_outsider_finds_nothing(
    route: str,
    arguments: dict[str, object],
    outsider: User,
    signed_in: Callable[[User], Client],
) -> None:
    """Not even one who is of the staff: they have the admin."""
    path = path_of(route, arguments)
    for is_staff in (False, True):
        User.objects.filter(pk=outsider.pk).update(is_staff=is_staff, is_superuser=is_staff)
        client = signed_in(outsider)

        for method in METHODS:
            assert getattr(client, method)(path).status_code == 404, method


@pytest.mark.parametrize("route", TENANT_ROUTES)
def test_a_visitor_is_led_to_the_log_in(
    route: str, arguments: dict[str, object], client: Client
) -> None:
    path = path_of(route, arguments)
    for method in METHODS:
        response = getattr(client, method)(path)

        assert response.status_code == 302
        assert response.headers["Location"] == f"/login?next={path}"


@pytest.mark.parametrize("route", TENANT_ROUTES)
def test_an_api_key_opens_no_page(
    route: str, arguments: dict[str, object], tenant: NewTenant, client: Client
) -> None:
    reading = services.create_key(tenant.project, "dashboard", scope=KeyScope.READ)
    for key in (tenant.key.secret, reading.secret):
        response = client.get(path_of(route, arguments), headers={"X-API-Key": key})

        assert response.status_code == 302


@pytest.mark.parametrize("route", DEEPER_ROUTES)
def test_the_rows_of_the_walk_are_there_for_an_owner(
    route: str, arguments: dict[str, object], owner: User, signed_in: Callable[[User], Client]
) -> None:
    """Else the outsider's 404 above would prove nothing."""
    response = signed_in(owner).get(path_of(route, arguments))

    assert response.status_code in (200, 302, 405)


@pytest.mark.parametrize("route", DEEPER_ROUTES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_is_not_reached_through_ones_own_tenant(
    route: str,
    method: str,
    arguments: dict[str, object],
    outsider: User,
    signed_in: Callable[[User], Client],
) -> None:
    """An outsider who puts another tenant's id behind their own slug."""
    path = path_of(route, {**arguments, "organization": "rival", "project": "rival"})
    response = getattr(signed_in(outsider), method)(path)

    assert response.status_code in (404, 405)


READ_ROUTES = [route for route in routes(get_resolver()) if route.startswith("api/v1/")]


def test_the_walk_finds_the_addresses_for_reading() -> None:
    assert {"api/v1/usage", "api/v1/topics/<int:topic>", "api/v1/journeys/starts/export"} <= set(
        READ_ROUTES
    )


@pytest.mark.parametrize("route", READ_ROUTES)
def test_reading_takes_a_key_that_reads(
    route: str,
    arguments: dict[str, object],
    tenant: NewTenant,
    signed_in: Callable[[User], Client],
) -> None:
    path = path_of(route, arguments)
    member, sends = signed_in(tenant.user), {"X-API-Key": tenant.key.secret}

    assert member.get(path).status_code == 401
    assert member.get(path, headers=sends).status_code == 403
    assert member.post(path, headers=sends).status_code == 405


@pytest.mark.parametrize("route", [route for route in READ_ROUTES if ARGUMENT.search(route)])
def test_another_tenants_key_finds_no_row(
    route: str, arguments: dict[str, object], tenant: NewTenant, outsider: User
) -> None:
    path = path_of(route, arguments)
    rival = Project.objects.unscoped().get(slug="rival")

    for project, status in ((tenant.project, 200), (rival, 404)):
        key = services.create_key(project, "dashboard", scope=KeyScope.READ).secret
        assert Client().get(path, headers={"X-API-Key": key}).status_code == status
