"""A project's API keys."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors, services
from accounts.access import ProjectRequest, project_page, require_role
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey, Role
from accounts.snippets import snippets

_SESSION_KEY = "new_api_key"


@project_page()
@require_http_methods(["GET", "POST"])
def api_keys(request: ProjectRequest) -> HttpResponse:
    """List the keys; POST creates one."""
    form = ApiKeyForm(request.POST or None)
    if request.method == "POST":
        require_role(request, Role.ADMIN)
        if form.is_valid():
            name = form.cleaned_data["name"]
            keep_for_display(request, services.create_key(request.project, name, request.user))
            return redirect("new_key", request.project.slug)
    context = {
        "form": form,
        "api_keys": selectors.api_keys(request.project),
        "may_manage": request.role.includes(Role.ADMIN),
    }
    return render(request, "accounts/api_keys.html", context)


@project_page(Role.ADMIN)
@require_POST
def rotate(request: ProjectRequest, api_key: int) -> HttpResponse:
    """Create a second live key of the same name."""
    old = _api_key(request, api_key)
    keep_for_display(request, services.rotate_key(old, request.user))
    messages.success(
        request, f"{old.prefix}… works until you revoke it: put the new key in place first."
    )
    return redirect("new_key", request.project.slug)


@project_page(Role.ADMIN)
@require_POST
def revoke(request: ProjectRequest, api_key: int) -> HttpResponse:
    revoked = _api_key(request, api_key)
    services.revoke_key(revoked)
    messages.success(request, f"{revoked.name} ({revoked.prefix}…) is revoked.")
    return redirect("api_keys", request.project.slug)


@project_page()
@require_GET
@never_cache
def new_key(request: ProjectRequest) -> HttpResponse:
    """Show the key that was just created: once, to whoever created it."""
    kept = request.session.pop(_SESSION_KEY, None)
    if kept is None or kept["project"] != request.project.pk:
        return redirect("api_keys", request.project.slug)
    context = {
        "name": kept["name"],
        "secret": kept["secret"],
        "snippets": snippets(settings.BASE_URL, kept["secret"]),
    }
    return render(request, "accounts/new_key.html", context)


def keep_for_display(request: HttpRequest, key: services.NewKey) -> None:
    """Carry a new key's secret over the redirect to `new_key`, which forgets it."""
    request.session[_SESSION_KEY] = {
        "project": key.api_key.project_id,
        "name": key.api_key.name,
        "secret": key.secret,
    }


def _api_key(request: ProjectRequest, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey, project=request.project, pk=pk, revoked_at__isnull=True)
