"""A query on tenants' rows runs only when it names the tenant."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery

from accounts.models import ApiKey, Membership, Organization, Project, Role, User
from accounts.services import NewTenant
from accounts.tenancy import TenantScopeRequired

UNSCOPED: dict[str, Callable[[], Any]] = {
    "iterate": lambda: list(Project.objects.all()),
    "iterator": lambda: list(Project.objects.iterator()),
    "filter on something else": lambda: list(Project.objects.filter(name="Inkwell")),
    "exclude the tenant": lambda: list(Project.objects.exclude(organization=1)),
    "tenants in a list": lambda: list(Project.objects.filter(organization__in=[1, 2])),
    "tenant in a Q": lambda: list(Project.objects.filter(Q(organization=1) | Q(name="x"))),
    "through the tenant": lambda: list(Project.objects.filter(organization__name="Inkwell")),
    "get": lambda: Project.objects.get(pk=1),
    "first": lambda: Project.objects.first(),
    "latest": lambda: Project.objects.latest("created_at"),
    "in_bulk": lambda: Project.objects.in_bulk([1]),
    "slice": lambda: Project.objects.all()[0],
    "bool": lambda: bool(Project.objects.all()),
    "len": lambda: len(Project.objects.all()),
    "values": lambda: list(Project.objects.values("name")),
    "values_list": lambda: list(Project.objects.values_list("name", flat=True)),
    "count": lambda: Project.objects.count(),
    "exists": lambda: Project.objects.exists(),
    "aggregate": lambda: Project.objects.aggregate(Count("pk")),
    "aggregate of a slice": lambda: Project.objects.all()[:3].count(),
    "explain": lambda: Project.objects.all().explain(),
    "dates": lambda: list(Project.objects.datetimes("created_at", "day")),
    "update": lambda: Project.objects.update(name="x"),
    "bulk_update": lambda: Project.objects.bulk_update([Project(pk=1, name="x")], ["name"]),
    "delete": lambda: Project.objects.all().delete(),
    "raw delete": lambda: Project.objects.all()._raw_delete("default"),
    "for update": lambda: list(Project.objects.select_for_update().filter(pk=1)),
    "union": lambda: list(
        Project.objects.filter(organization=1).union(Project.objects.filter(name="x"))
    ),
    "difference": lambda: list(Project.objects.difference(Project.objects.filter(organization=1))),
    "or": lambda: list(Project.objects.filter(organization=1) | Project.objects.filter(name="x")),
    "or, mirrored": lambda: list(
        Project.objects.filter(name="x") | Project.objects.filter(organization=1)
    ),
    "xor": lambda: list(Project.objects.filter(organization=1) ^ Project.objects.filter(name="x")),
    "in a subquery": lambda: list(
        Organization.objects.filter(pk__in=Project.objects.values("organization"))
    ),
    "Exists": lambda: list(Organization.objects.filter(Exists(Project.objects.filter(name="x")))),
    "Subquery": lambda: list(
        Organization.objects.annotate(n=Subquery(Project.objects.values("name")[:1]))
    ),
    "prefetch": lambda: list(
        Organization.objects.prefetch_related(Prefetch("projects", Project.objects.all()))
    ),
    "get_or_create": lambda: Project.objects.get_or_create(slug="x"),
}


@pytest.mark.parametrize("query", UNSCOPED.values(), ids=UNSCOPED.keys())
def test_a_query_that_names_no_tenant_is_refused(
    query: Callable[[], Any], tenant: NewTenant
) -> None:
    with pytest.raises(TenantScopeRequired), transaction.atomic():
        query()
    assert Project.objects.unscoped().count() == 1


def test_the_refusal_says_what_to_do(db: None) -> None:
    with pytest.raises(TenantScopeRequired, match=r"Project must filter on 'organization'"):
        Project.objects.count()


SCOPED: dict[str, Callable[[Organization], Any]] = {
    "instance": lambda o: list(Project.objects.filter(organization=o)),
    "key": lambda o: list(Project.objects.filter(organization_id=o.pk)),
    "exact": lambda o: list(Project.objects.filter(organization__exact=o)),
    "get": lambda o: [Project.objects.get(organization=o, slug="inkwell")],
    "filter last": lambda o: list(Project.objects.order_by("name").filter(organization=o)),
    "related manager": lambda o: list(o.projects.all()),
    "related manager, narrowed": lambda o: list(o.projects.filter(name="Inkwell").order_by("pk")),
    "slice": lambda o: list(Project.objects.filter(organization=o)[:1]),
    "union": lambda o: list(
        o.projects.filter(name="Inkwell").union(o.projects.filter(slug="inkwell"))
    ),
    "or": lambda o: list(o.projects.filter(name="Inkwell") | o.projects.filter(name="x")),
    "or none": lambda o: list(o.projects.all() | Project.objects.none()),
    "none or": lambda o: list(Project.objects.none() | o.projects.all()),
    "and": lambda o: list(Project.objects.filter(name="Inkwell") & o.projects.all()),
    "unscoped": lambda o: list(Project.objects.unscoped().filter(name="Inkwell")),
    "prefetch": lambda o: list(
        Organization.objects.prefetch_related(Prefetch("projects", Project.objects.unscoped()))
        .get(pk=o.pk)
        .projects.all()
    ),
    "pickled": lambda o: list(pickle.loads(pickle.dumps(o.projects.filter(name="Inkwell")))),  # noqa: S301
}


@pytest.mark.parametrize("query", SCOPED.values(), ids=SCOPED.keys())
def test_a_query_that_names_its_tenant_runs(
    query: Callable[[Organization], list[Project]], tenant: NewTenant
) -> None:
    assert query(tenant.organization) == [tenant.project]


def test_a_scope_lets_through_that_tenant_alone(tenant: NewTenant, other_tenant: NewTenant) -> None:
    organization = tenant.organization

    assert list(organization.projects.all()) == [tenant.project]
    assert organization.projects.update(name="Renamed") == 1
    assert Project.objects.unscoped().filter(name="Renamed").count() == 1
    organization.projects.all().delete()
    assert list(Project.objects.unscoped()) == [other_tenant.project]


def test_counts_and_aggregates_run_in_scope(tenant: NewTenant) -> None:
    own = Project.objects.filter(organization=tenant.organization)

    assert own.count() == 1
    assert own.exists()
    assert own.contains(tenant.project)
    assert own.aggregate(n=Count("api_keys")) == {"n": 1}


def test_bulk_writes_run_in_scope(tenant: NewTenant) -> None:
    made = Project.objects.bulk_create(
        [Project(organization=tenant.organization, name=name, slug=name) for name in ("one", "two")]
    )
    for project in made:
        project.name = "changed"
    own = Project.objects.filter(organization=tenant.organization)

    assert own.bulk_update(made, ["name"]) == 2
    assert own.filter(name="changed").count() == 2


def test_get_or_create_is_scoped_by_its_key(tenant: NewTenant) -> None:
    found, created = Membership.objects.get_or_create(
        organization=tenant.organization, user=tenant.user
    )

    assert (found.role, created) == (Role.OWNER, False)


def test_none_asks_no_database(tenant: NewTenant, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert list(Project.objects.none()) == []
        assert Project.objects.none().count() == 0
        assert not Project.objects.none().exists()
        assert Project.objects.none().update(name="x") == 0


def test_a_subquery_may_take_its_tenant_from_outside(
    tenant: NewTenant, other_tenant: NewTenant
) -> None:
    live = ApiKey.objects.filter(project=OuterRef("pk"), revoked_at__isnull=True)
    named = Project.objects.filter(organization=OuterRef("pk"), name="Inkwell")

    assert tenant.organization.projects.filter(Exists(live)).get() == tenant.project
    assert Organization.objects.filter(Exists(named)).get() == tenant.organization


def test_rows_lead_to_their_parents_without_a_scope(tenant: NewTenant) -> None:
    api_key = ApiKey.objects.get(project=tenant.project)

    assert api_key.project.organization == tenant.organization
    api_key.refresh_from_db()
    api_key.name = "renamed"
    api_key.save()
    assert ApiKey.objects.filter(project=tenant.project).values_list("name", flat=True).get() == (
        "renamed"
    )


def test_annotations_keep_the_scope(tenant: NewTenant) -> None:
    own = tenant.organization.projects.annotate(n=Count("api_keys")).filter(n=1)

    assert own.annotate(m=F("n")).count() == 1


def test_deleting_an_organization_takes_its_rows_along(
    tenant: NewTenant, other_tenant: NewTenant
) -> None:
    tenant.organization.delete()

    assert list(Project.objects.unscoped()) == [other_tenant.project]
    assert ApiKey.objects.unscoped().count() == 1
    assert User.objects.count() == 2
