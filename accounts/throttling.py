"""How often somebody may try: to log in, and to have us send e-mails; and how many may at once.

`axes` counts failed log-ins by e-mail and address together, so that nobody can lock a user out from
elsewhere, and one address that many people share is not shut for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import wraps
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from axes.helpers import get_cool_off
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from redis import RedisError

from accounts import keys
from accounts.models import User

P = ParamSpec("P")
Request = TypeVar("Request", bound=HttpRequest)

AT_ONCE, AT_ONCE_OF_ONE = 3, 2
"""Requests with a password that a process answers at once, of all and of one `guesser`.

Hashing one takes a core for some tenths of a second. Without a limit, whoever sends wrong ones side
by side has every thread, and no event is accepted."""

_lock = Lock()
_answering: Counter[str | None] = Counter()
"""How many, by guesser."""


class TooManyGuesses(Exception):
    """Too many wrong passwords within a while."""


def is_too_often(what: str, most: int, within: timedelta) -> bool:
    """Count a try, and say whether there were more than `most`. Without Redis nobody is refused."""
    key = _key(what)
    try:
        cache.add(key, 0, within.total_seconds())
        return cache.incr(key) > most
    except (RedisError, ValueError):  # ValueError: the time was over in between
        return False


def forget_tries(what: str) -> None:
    """Count from nothing again."""
    with suppress(RedisError):
        cache.delete(_key(what))


def _key(what: str) -> str:
    return f"tries-{keys.digest(what)}"


def is_password(user: User, password: str) -> bool:
    """Whether it is the user's own.

    Raises TooManyGuesses after as many wrong ones as a log-in takes, so that whoever finds a
    browser left open cannot try them all.
    """
    guesses = f"password {user.pk}"
    if is_too_often(guesses, settings.AXES_FAILURE_LIMIT, settings.AXES_COOLOFF_TIME):
        raise TooManyGuesses
    if not user.check_password(password):
        return False
    forget_tries(guesses)
    return True


def few_at_once(
    view: Callable[Concatenate[Request, P], HttpResponseBase],
) -> Callable[Concatenate[Request, P], HttpResponseBase]:
    """A page that hashes a password where it is posted; 503 to whom there is no room for."""

    @wraps(view)
    def page(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with turn(guesser(request)) as is_mine:
            if is_mine:
                return view(request, *args, **kwargs)
        busy = render(request, "registration/busy.html", status=503)
        busy.headers["Retry-After"] = "1"
        return busy

    return page


@contextmanager
def turn(guesser: str | None) -> Iterator[bool]:
    """Whether somebody may send a password now. Nobody waits: that would hold a thread as well."""
    with _lock:
        is_mine = _answering.total() < AT_ONCE and _answering[guesser] < AT_ONCE_OF_ONE
        _answering[guesser] += is_mine
    try:
        yield is_mine
    finally:
        with _lock:
            _answering[guesser] -= is_mine
            if not _answering[guesser]:
                del _answering[guesser]


def username(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str:
    """The e-mail as an account has it: writing it in another way gains no attempts."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request else "")
    return str(given or "").strip().lower()


def client_address(request: HttpRequest) -> str | None:
    """The address of the client, behind as many proxies as TRUSTED_PROXIES says; None if unknown.

    Each of them appends who spoke to it to X-Forwarded-For; what stands further left a client
    may have made up.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    addresses = [each.strip() for each in [*forwarded, request.META.get("REMOTE_ADDR") or ""]]
    found = addresses[-1 - min(settings.TRUSTED_PROXIES, len(addresses) - 1)]
    try:
        return str(ip_address(found.partition("%")[0]))  # a link-local one may name its interface
    except ValueError:
        return None


def guesser(request: HttpRequest) -> str | None:
    """Whose wrong passwords are counted together: an address or, of IPv6, a network of 64 bits.

    Whoever has one of those addresses mostly has all in its network, and could guess with each.
    """
    address = client_address(request)
    found = ip_address(address) if address else None
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False).network_address)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, Any]
) -> HttpResponse:
    """The answer after too many failed log-ins, whether there is such an account or not."""
    wait = get_cool_off(request)
    assert wait is not None
    minutes = wait // timedelta(minutes=1)
    page = render(request, "registration/locked_out.html", {"minutes": minutes}, status=429)
    page.headers["Retry-After"] = str(int(wait.total_seconds()))
    return page
