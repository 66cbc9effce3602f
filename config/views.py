"""Pages that belong to no single app."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.http import require_POST

from accounts import selectors
from accounts.access import OrganizationRequest, organization_page
from accounts.models import Role, User
from config import landing
from config.demo.sample import TooManySamples, sample_of
from ingestion.errors import Code, Refused


def home(request: HttpRequest) -> HttpResponse:
    """A visitor reads what Turret is; a member goes to a project."""
    if not isinstance(request.user, User):
        example = {"topics": landing.TOPICS, "flows": landing.flows()}
        return render(request, "home.html", example)
    project = selectors.home_project(request.user)
    if project is None:
        return redirect("organizations")
    return redirect("overview", project.slug)


@organization_page(Role.ADMIN)
@require_POST
def sample(request: OrganizationRequest) -> HttpResponse:
    """Go to the organization's sample data, which are made when first asked for."""
    try:
        return redirect("overview", sample_of(request.organization).slug)
    except TooManySamples:
        messages.error(request, "You have deleted the sample data often. Bring them back below.")
        return redirect("projects", request.organization.slug)


def alive(request: HttpRequest) -> HttpResponse:
    """Whether this process answers at all. Touches no store."""
    return HttpResponse("ok\n", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """What is refused before a view sees it, such as a host name not allowed; JSON for `/track`."""
    if request.path.split("/")[1] == "track":
        refused = Refused(Code.INVALID_REQUEST, "This host name is not one of Turret's.")
        return JsonResponse(refused.body(), status=refused.status)
    return defaults.bad_request(request, exception)
