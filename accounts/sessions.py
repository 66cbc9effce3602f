"""Where a user is logged in: each session with its device and address, and how to end them.

A session is noted after the answer that began it, then at most once an hour. Ending one deletes
Django's own row, so its cookie is worth nothing from the next request on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts import keys
from accounts.models import User, UserSession
from accounts.throttling import client_address

_NOTED = "noted"
_HOUR = 3600  # seconds

# Each browser also names those that it descends from, so the order matters.
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox|FxiOS": "Firefox",
    "Chrome|CriOS": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Note when and from where a session of a user is used."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.session.accessed and isinstance(request.user, User):
            note(request, request.user)
        return response

    return answer


def note(request: HttpRequest, user: User) -> None:
    """Put the session of a request on record, unless it was within this hour."""
    key = request.session.session_key
    if key is None:
        return
    noted = [keys.digest(key), int(time.time()) // _HOUR]
    if request.session.get(_NOTED) == noted:
        return
    now = timezone.now()
    seen = UserSession(
        user=user,
        session_id=key,
        device=device(request.headers.get("User-Agent", "")),
        address=client_address(request),
        began_at=now,
        seen_at=now.replace(minute=0, second=0, microsecond=0),
    )
    try:
        UserSession.objects.bulk_create(
            [seen],
            update_conflicts=True,
            unique_fields=["session"],
            update_fields=["device", "address", "seen_at"],
        )
    except IntegrityError:
        return  # somebody ended it meanwhile
    request.session[_NOTED] = noted


def sessions_of(user: User) -> QuerySet[UserSession]:
    """The sessions of a user that go on, the last used first."""
    going_on = UserSession.objects.filter(user=user, session__expire_date__gt=timezone.now())
    return going_on.order_by("-seen_at", "-pk")


def end(session: UserSession) -> None:
    Session.objects.filter(pk=session.session_id).delete()


def end_others(user: User, kept: str | None) -> None:
    """End the sessions of a user but for the one whose key is given."""
    ended = UserSession.objects.filter(user=user).exclude(session_id=kept)
    Session.objects.filter(pk__in=ended.values("session_id")).delete()


def delete_expired() -> None:
    """Delete sessions that ended by themselves; nothing else does."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def device(agent: str) -> str:
    """What a browser says it is, in words: “Firefox on Linux”."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def _first(names: dict[str, str], agent: str) -> str:
    return next((name for known, name in names.items() if re.search(known, agent)), "")
