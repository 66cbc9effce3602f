"""Pages that belong to no single app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import selectors
from accounts.models import User


def home(request: HttpRequest) -> HttpResponse:
    """A visitor reads what Turret is; a member goes to a project's topics."""
    if not isinstance(request.user, User):
        return render(request, "home.html")
    project = selectors.home_project(request.user)
    return redirect("topics", project.slug) if project else redirect("organizations")


def alive(request: HttpRequest) -> HttpResponse:
    """Whether this process answers at all. Touches no store."""
    return HttpResponse("ok\n", content_type="text/plain")
