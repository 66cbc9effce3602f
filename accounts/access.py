"""The one door through which a page reaches a tenant's data.

A view behind the door takes no slug: it gets a request that carries the tenant. Whoever is not a
member gets the same 404 as for a tenant that does not exist; a member whose role is too low
gets 403, for they know that it exists.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts import selectors
from accounts.models import Organization, Project, Role, User
from accounts.services import AccountDeleted

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request by a signed-in user."""

    user: User


class OrganizationRequest(MemberRequest):
    """A request by a member of `organization`, whose role is `role`."""

    organization: Organization
    role: Role


class ProjectRequest(OrganizationRequest):
    """A request by a member of the organization that owns `project`."""

    project: Project


OrganizationView = Callable[Concatenate[OrganizationRequest, P], HttpResponseBase]
ProjectView = Callable[Concatenate[ProjectRequest, P], HttpResponseBase]


def signed_in(
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """A page for any signed-in user."""
    return login_required(view)


def unless_deleted(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Redirect to the log-in page where the account was deleted while the view ran."""

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except AccountDeleted:
            return redirect("login")

    return answered


def organization_page(
    role: Role = Role.MEMBER, *, with_deleted: bool = False
) -> Callable[[OrganizationView[P]], Callable[..., HttpResponseBase]]:
    """A page under `/o/<organization>/`, for members whose role includes `role`.

    With `with_deleted`, also of an organization that can be brought back.
    """

    def door(view: OrganizationView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def page(request: Any, organization: str, *args: P.args, **kwargs: P.kwargs) -> Any:
            places = selectors.places(request.user, with_deleted=with_deleted)
            membership = places.filter(organization__slug=organization).first()
            if membership is None:
                raise Http404
            request.organization = membership.organization
            _enter(request, membership.role, role)
            try:
                return view(request, *args, **kwargs)
            except Organization.DoesNotExist as error:  # somebody deleted it meanwhile
                raise Http404 from error

        return page

    return door


def project_page(
    role: Role = Role.MEMBER,
) -> Callable[[ProjectView[P]], Callable[..., HttpResponseBase]]:
    """A page under `/p/<project>/`, for members whose role includes `role`."""

    def door(view: ProjectView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def page(request: Any, project: str, *args: P.args, **kwargs: P.kwargs) -> Any:
            found = (
                Project.objects.unscoped()
                .select_related("organization")
                .filter(slug=project, organization__memberships__user=request.user)
                .annotate(viewer_role=F("organization__memberships__role"))
                .first()
            )
            if found is None:
                raise Http404
            request.project = found
            request.organization = found.organization
            _enter(request, found.viewer_role, role)
            try:
                return view(request, *args, **kwargs)
            except Project.DoesNotExist as error:  # somebody deleted it meanwhile
                raise Http404 from error

        return page

    return door


def _enter(request: Any, role: str, required: Role) -> None:
    request.role = Role(role)
    require_role(request, required)


def require_role(request: OrganizationRequest, required: Role) -> None:
    """Answer 403 to a member whose role does not include `required`."""
    if not request.role.includes(required):
        raise PermissionDenied(f"This needs the role {required.label.lower()}.")
