"""Managers that fail closed: a query on a tenant's rows must name the tenant.

Ordinary Django code is scoped code here::

    Topic.objects.filter(project=project, hidden=False)   # runs
    Topic.objects.filter(hidden=False)                     # raises TenantScopeRequired
    Topic.objects.unscoped().filter(hidden=False)          # runs, and `grep unscoped` finds it

The check is made when a query is turned into SQL, be it whole or as part of another, so a
queryset may be built in any order. Only an equality on the tenant key counts, given to `filter()`
or `get()`; in a subquery that may be `project=OuterRef("project")`. Following a foreign key from
a row at hand (`topic.project`) uses Django's base manager and needs no scope.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models.sql import Query

_Row_co = TypeVar("_Row_co", bound=models.Model, covariant=True)


class TenantScopeRequired(RuntimeError):
    """A query on a tenant's rows named no tenant."""


class TenantQuery(Query):
    """A query that becomes SQL only once it is scoped to a tenant, or declared unscoped."""

    scoped = False

    def require_scope(self) -> None:
        if not self.scoped and not self.is_empty():
            model: Any = self.model
            raise TenantScopeRequired(
                f"A query on {model.__name__} must filter on {model.tenant_field!r}, "
                "or call unscoped()."
            )

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        self.require_scope()
        return super().get_compiler(*args, **kwargs)

    def combine(self, rhs: Query, connector: str) -> None:
        """Join with `|`, `&` or `^`: of two queries joined by "or", both must be scoped."""
        other = getattr(rhs, "scoped", False) or rhs.is_empty()
        mine = self.scoped or self.is_empty()
        super().combine(rhs, connector)
        self.scoped = (mine or other) if connector == "AND" else (mine and other)


class TenantQuerySet(models.QuerySet[_Row_co]):
    """A queryset whose query is a TenantQuery."""

    def __init__(
        self, model: Any = None, query: Query | None = None, using: Any = None, hints: Any = None
    ) -> None:
        super().__init__(model, query or TenantQuery(model), using, hints)

    def unscoped(self) -> Self:
        """Allow this query to reach the rows of every tenant (admin, sweeps, authentication)."""
        clone = self.all()
        clone._tenant_query.scoped = True
        return clone

    @property
    def _tenant_query(self) -> TenantQuery:
        query = self.query
        assert isinstance(query, TenantQuery)
        return query

    def _filter_or_exclude_inplace(self, negate: bool, args: Any, kwargs: dict[str, Any]) -> None:
        super()._filter_or_exclude_inplace(negate, args, kwargs)  # type: ignore[misc]
        if not negate and self._tenant_keys() & kwargs.keys():
            self._query.scoped = True  # type: ignore[attr-defined]

    def _tenant_keys(self) -> set[str]:
        field = self.model.tenant_field  # type: ignore[attr-defined]
        return {field, f"{field}_id", f"{field}__exact"}

    # Django turns the query into one of another class for these.

    def update(self, **kwargs: Any) -> int:
        self._tenant_query.require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._tenant_query.require_scope()
        return super().delete()

    def _raw_delete(self, using: str | None) -> int:
        self._tenant_query.require_scope()
        return super()._raw_delete(using)


class TenantManager(models.Manager[_Row_co]):
    """The default manager of every tenant model."""

    def get_queryset(self) -> TenantQuerySet[_Row_co]:
        return TenantQuerySet(self.model, using=self._db)

    def unscoped(self) -> TenantQuerySet[_Row_co]:
        return self.get_queryset().unscoped()


class OrganizationModel(models.Model):
    """A row that belongs to an organization."""

    tenant_field: ClassVar[str] = "organization"

    class Meta:
        abstract = True


class ProjectModel(models.Model):
    """A row that belongs to a project."""

    tenant_field: ClassVar[str] = "project"

    class Meta:
        abstract = True
