"""The time zone that a person reads times in: the one they chose, else the one of their browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import User

COOKIE = "turret_time_zone"
"""Set by `time_zone.js`, and as hostile as any cookie."""

_AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}
"""Other names are old ones of the same zones, or offsets with their sign turned around."""

Choice = tuple[str, str]


def middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Times on a page are in its reader's zone. What is streamed afterwards stays in UTC."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(_zone_of(request)):
            return get_response(request)

    return answer


def of_browser(request: HttpRequest) -> ZoneInfo | None:
    return _zone(request.COOKIES.get(COOKIE, ""))


def choices() -> list[tuple[str, list[Choice]]]:
    """All zones by their areas, for a form."""
    names = sorted(name for name in _known() if name.partition("/")[0] in _AREAS)
    return [
        (area, [(name, name.partition("/")[2].replace("_", " ")) for name in group])
        for area, group in groupby(names, lambda name: name.partition("/")[0])
    ]


def _zone_of(request: HttpRequest) -> ZoneInfo | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None  # a program, or a visitor: no page shows them a time
    chosen = _zone(request.user.time_zone) if isinstance(request.user, User) else None
    return chosen or of_browser(request)


def _zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in _known() else None


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
