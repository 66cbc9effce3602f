"""What every page's frame shows: where the viewer is, and where they may go."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import selectors


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The current organization and project, if any, and all that the viewer may switch to."""
    return {
        "organization": getattr(request, "organization", None),
        "project": getattr(request, "project", None),
        "role": getattr(request, "role", None),
        "may_sign_up": settings.SIGN_UP,
        "switcher": SimpleLazyObject(lambda: selectors.projects_by_organization(request.user)),
    }
