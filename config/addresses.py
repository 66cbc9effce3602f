"""Addresses that settings name. What cannot be one raises ValueError."""

import re
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_HOST = r"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_MAILERS = ("smtp", "smtps", "smtp+tls", "smtp+ssl")


def header(value: str) -> str:
    """The name of an HTTP header, or an empty string."""
    if not re.fullmatch(r"([A-Za-z][A-Za-z0-9-]*)?", value):
        raise ValueError
    return value


def host(value: str) -> str:
    """A host name, a domain with all its subdomains (`.example.com`), or `*` for any."""
    if value != "*" and not re.fullmatch(rf"\.?{_HOST}", value):
        raise ValueError
    return value


def origin(value: str) -> str:
    """Scheme, host and perhaps a port of a website, as browsers name them: in lower case, without
    the scheme's own port."""
    value = value.rstrip("/").lower()
    if not re.fullmatch(rf"https?://{_HOST}(:[0-9]{{1,5}})?", value):
        raise ValueError
    usual = {"http": 80, "https": 443}[urlsplit(value).scheme]
    return value.rpartition(":")[0] if _port(value) == usual else value


def host_of(origin: str) -> str:
    """Its host, without the port."""
    return re.sub(r":[0-9]+$", "", urlsplit(origin).netloc)


def local_name(listens: IPv4Address | IPv6Address) -> str:
    """By what a program of this machine reaches a server that listens there, for a URL."""
    if listens.is_unspecified or str(listens) == "127.0.0.1":
        return "localhost"
    return f"[{listens}]" if listens.version == 6 else str(listens)


def origins(value: str) -> str:
    """An origin, or those of all subdomains: `https://*.example.com`."""
    found = origin(value.replace("://*.", "://", 1))
    return found.replace("://", "://*.", 1) if "://*." in value else found


def website(value: str) -> str:
    """The beginning of HTTP addresses, without a slash at its end."""
    parts = urlsplit(value)
    origin(f"{parts.scheme}://{parts.netloc}")
    if parts.query or parts.fragment or not re.fullmatch(r"[!-~]*", parts.path):
        raise ValueError
    return value.rstrip("/")


def database(value: str) -> dict[str, Any]:
    """PostgreSQL as an entry of Django's DATABASES; an empty dict for an empty value."""
    if not value:
        return {}
    _port(value)
    if urlsplit(value).scheme not in ("postgres", "postgresql"):
        raise ValueError
    found: dict[str, Any] = environ.Env.db_url_config(value)
    if not found["NAME"]:
        raise ValueError
    return found


def redis(value: str) -> str:
    if not value:
        return value
    _port(value)
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError
    return value


def mail(value: str) -> dict[str, Any]:
    """A mail server as Django's settings."""
    _port(value)
    parts = urlsplit(value)
    if parts.scheme in _MAILERS and not parts.hostname:
        raise ValueError
    try:
        found: dict[str, Any] = environ.Env.email_url_config(value)
    except ImproperlyConfigured as error:
        raise ValueError from error
    return found


def sender(value: str) -> str:
    """An e-mail address, with or without a name before it."""
    if not re.fullmatch(r"([^<>\r\n]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)", value):
        raise ValueError
    return value


def model(value: str) -> str:
    """A folder with a sentence-transformers model, or the name of one."""
    if value.startswith(("/", ".")):
        if not Path(value).is_dir():
            raise ValueError
    elif not re.fullmatch(r"([\w.-]+(/[\w.-]+)?)?", value):
        raise ValueError
    return value


def sentry(value: str) -> str:
    """A Sentry DSN, or an empty string."""
    if value:
        from sentry_sdk.utils import Dsn

        Dsn(value)
    return value


def _port(value: str) -> int | None:
    return urlsplit(value).port
