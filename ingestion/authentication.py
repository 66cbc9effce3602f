"""The API key in a request's header."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import KeyScope
from ingestion.body import Environ
from ingestion.credentials import Credential, find_credential, refused
from ingestion.errors import Code, Refused

_OTHER_SCOPE = {
    KeyScope.TRACK: "This API key reads results and sends no events.",
    KeyScope.READ: "This API key sends events and reads nothing.",
}


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, or `Authorization: Bearer`; the request's `auth` is a `Credential`."""

    def __init__(self, scope: KeyScope = KeyScope.TRACK) -> None:
        self._scope = scope

    def authenticate(self, request: Request) -> tuple[None, Credential]:
        return None, authenticated(request.META, self._scope)


def authenticated(environ: Environ, scope: KeyScope) -> Credential:
    """Return what the key of a request stands for, if it has this scope. Raises Refused.

    A key that reads is looked up each time. One that sends may be remembered: storing an event
    checks it again.
    """
    credential = find_credential(sent_key(environ), anew=scope == KeyScope.READ)
    if credential.scope != scope:
        message = f"{_OTHER_SCOPE[scope]} Create another in Settings, API keys."
        raise Refused(Code.WRONG_SCOPE, message)
    return credential


def sent_key(environ: Environ) -> str:
    """Return the key that a request carries, not yet looked at. Raises Refused."""
    key = str(environ.get("HTTP_X_API_KEY", "")).strip()
    if not key:
        authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
        scheme, _, key = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise refused("Missing API key. Send it in the header X-API-Key.")
    return key.strip()
