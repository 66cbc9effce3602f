"""What Turret needs around it: an address that reaches it, a mail server, a model and room."""

from __future__ import annotations

import shutil
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from time import monotonic

import numpy as np
from django.conf import settings
from django.core.mail import get_connection, send_mail

from config.health.findings import Finding, fail, ok, warn

LEAST_FREE = 1_000_000_000
LITTLE_FREE = 10_000_000_000
"""Bytes: below the first a few hours of events fill the disk, below the second a few days."""

_SECONDS = 5
_LOCAL = ("://localhost", "://127.", "://[::1]")


def address() -> list[Finding]:
    """What the settings say of how people reach Turret."""
    return list(_address()) or [ok("address", settings.BASE_URL)]


def _address() -> Iterator[Finding]:
    is_local = any(place in settings.BASE_URL for place in _LOCAL)
    part = "address"
    if settings.DEBUG and not is_local:
        yield fail(part, "DEBUG shows visitors how Turret works inside: unset it")
    if not settings.HTTPS and not is_local:
        yield warn(part, "passwords and API keys go by plain HTTP: give BASE_URL https")
    if settings.HTTPS and not settings.PROXY_SSL_HEADER:
        yield warn(part, "no request counts as https: name the proxy's PROXY_SSL_HEADER")
    if settings.PROXY_SSL_HEADER and not settings.HTTPS:
        yield warn(part, "PROXY_SSL_HEADER is set, but BASE_URL is not https")
    if settings.SECURE_COOKIES and not settings.HTTPS and not is_local:
        yield fail(part, "SECURE_COOKIES keeps everybody from logging in by HTTP: unset it")
    if settings.HTTPS and not settings.SECURE_COOKIES:
        yield warn(part, "cookies go by plain HTTP too: unset SECURE_COOKIES")
    if "*" in settings.ALLOWED_HOSTS:
        yield warn(part, "ALLOWED_HOSTS lets any host name in: list those that are yours")
    if settings.HTTPS and any(url.startswith("http:") for url in settings.CSRF_TRUSTED_ORIGINS):
        yield warn(part, "CSRF_TRUSTED_ORIGINS trusts an origin without https")


def reached() -> Iterator[Finding]:
    """Whether Turret answers where people and clients look for it."""
    url, part = f"{settings.BASE_URL}/healthz", "reached"
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            is_ours = answer.read(10) == b"ok\n"
            counts_as_https = "Strict-Transport-Security" in answer.headers
    except urllib.error.HTTPError as error:
        yield fail(part, f"{url} answers {error.code}: see the proxy and ALLOWED_HOSTS")
        return
    except OSError as error:
        reason = getattr(error, "reason", error)
        yield warn(part, f"{url}: {reason}; start Turret, or see PORT, BASE_URL and the proxy")
        return
    if not is_ours:
        yield fail(part, f"{url} is not answered by Turret: see BASE_URL and the proxy")
    elif settings.HTTPS and settings.SECURE_HSTS_SECONDS and not counts_as_https:
        yield fail(part, "does not come as https: see what the proxy sets and PROXY_SSL_HEADER")
    else:
        yield ok(part, f"{url} answers")


def mail(send_to: str = "") -> Iterator[Finding]:
    """Whether the mail server takes us, or an e-mail."""
    part = "e-mail"
    if not hasattr(get_connection(), "host"):
        yield warn(part, "none is sent, they go to the log: set EMAIL_URL")
        return
    where = f"{settings.EMAIL_HOST}, port {settings.EMAIL_PORT}"
    try:
        if send_to:
            send_mail("Turret can send e-mail", "This is a test.", None, [send_to])
        else:
            connection = get_connection()
            connection.open()
            connection.close()
    except smtplib.SMTPAuthenticationError as error:
        yield fail(part, f"{where} refuses user and password ({error.smtp_code}): see EMAIL_URL")
    except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
        yield fail(part, f"{where}: {error or type(error).__name__}: see EMAIL_URL")
    else:
        yield ok(part, f"{where} {'took one to ' + send_to if send_to else 'answers'}")


def disk() -> Iterator[Finding]:
    room = shutil.disk_usage(settings.DATA_DIR)
    says = f"{room.free / 1e9:.1f} GB free for {settings.DATA_DIR}"
    if room.free < LEAST_FREE:
        yield fail("disk", f"{says}: make room")
    elif room.free < LITTLE_FREE:
        yield warn("disk", says)
    else:
        yield ok("disk", says)


def model() -> Iterator[Finding]:
    """Whether the embedding model loads and tells meanings apart."""
    from clustering.pipeline import embedder

    began = monotonic()
    found = embedder()
    one, same, other = found(["I forgot my password", "Password lost", "Ship me a parcel"])
    took = monotonic() - began
    if not float(np.dot(one, same)) > float(np.dot(one, other)):
        yield fail("model", f"{found.name} does not tell meanings apart: see EMBEDDING_MODEL")
    elif found.compiled:
        yield ok("model", f"{found.name}, ready after {took:.0f} s")
    else:
        yield warn("model", f"{found.name} runs uncompiled, and so slower; the log says why")
