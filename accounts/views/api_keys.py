"""A project's API keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors, services
from accounts.access import ProjectRequest, project_page, require_role
from accounts.csv_files import Cell, download
from accounts.forms import ApiKeyForm
from accounts.listing import listing
from accounts.models import ApiKey, KeyScope, Role
from accounts.ordering import Rows, Sort
from accounts.snippets import reading_snippets, snippets

_SESSION_KEY = "new_api_key"

_SORTS: Rows[ApiKey] = {
    "name": Sort("Name", lambda key: key.name.casefold(), rises=True),
    "created": Sort("Created", lambda key: key.created_at),
    "used": Sort("Last used", lambda key: key.last_used_at),
}

_COLUMNS = ["name", "key", "scope", "created", "created_by", "last_used", "revoked"]


@project_page()
@require_http_methods(["GET", "POST"])
def api_keys(request: ProjectRequest) -> HttpResponseBase:
    """List the keys, as CSV if the query says so; POST creates one."""
    form = ApiKeyForm(request.POST or None)
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if not request.project.is_metered:
            raise PermissionDenied("Sample data take no events: what they are sent counts nowhere.")
        if form.is_valid():
            created = services.create_key(request.project, actor=request.user, **form.cleaned_data)
            keep_for_display(request, created)
            return redirect("new_key", request.project.slug)
    listed = listing(request, selectors.api_keys(request.project), str, _SORTS)
    if request.GET.get("format") == "csv":
        return download(request, request.project, "api-keys", _COLUMNS, map(_cells, listed.rows))
    context = {
        "form": form,
        "listing": listed,
        "may_manage": request.role.includes(Role.ADMIN) and request.project.is_metered,
    }
    return render(request, "accounts/api_keys.html", context)


def _cells(key: ApiKey) -> Sequence[Cell]:
    return (
        key.name, key.prefix, key.scope, key.created_at, str(key.created_by or ""),
        key.last_used_at, key.revoked_at,
    )  # fmt: skip


@project_page(Role.ADMIN)
@require_POST
def rotate(request: ProjectRequest, api_key: int) -> HttpResponse:
    """Create a second live key of the same name and scope."""
    old = _api_key(request, api_key)
    if not old.is_live:
        messages.error(request, f"{old} is revoked meanwhile. Create a new key instead.")
        return redirect("api_keys", request.project.slug)
    keep_for_display(request, services.rotate_key(old, request.user))
    messages.success(
        request, f"{old.prefix}… works until you revoke it: put the new key in place first."
    )
    return redirect("new_key", request.project.slug)


@project_page(Role.ADMIN)
@require_POST
def revoke(request: ProjectRequest, api_key: int) -> HttpResponse:
    """Revoke a key; one that somebody has revoked meanwhile stays so."""
    revoked = _api_key(request, api_key)
    services.revoke_key(revoked, request.user)
    messages.success(request, f"{revoked.name} ({revoked.prefix}…) is revoked.")
    return redirect("api_keys", request.project.slug)


@project_page()
@require_GET
@never_cache
def new_key(request: ProjectRequest) -> HttpResponse:
    """Show the key that was just created: once, to whoever created it."""
    kept = shown_once(request)
    if kept is None:
        return redirect("api_keys", request.project.slug)
    reads = kept["scope"] == KeyScope.READ
    snippets_with = reading_snippets if reads else snippets
    context = {
        "name": kept["name"],
        "secret": kept["secret"],
        "reads": reads,
        "snippets": snippets_with(settings.BASE_URL, kept["secret"]),
    }
    return render(request, "accounts/new_key.html", context)


def keep_for_display(request: HttpRequest, key: services.NewKey) -> None:
    """Carry a new key's secret over a redirect to a page that shows it."""
    request.session[_SESSION_KEY] = {
        "project": key.api_key.project_id,
        "name": key.api_key.name,
        "scope": key.api_key.scope,
        "secret": key.secret,
    }


def shown_once(request: ProjectRequest) -> dict[str, Any] | None:
    """Return `name`, `scope` and `secret` of the project's new key, and forget them.

    The answer that shows them must not be stored.
    """
    kept: dict[str, Any] | None = request.session.pop(_SESSION_KEY, None)
    return kept if kept and kept["project"] == request.project.pk else None


def _api_key(request: ProjectRequest, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey, project=request.project, pk=pk)
