"""The API key in a request's header."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ingestion.body import Environ
from ingestion.credentials import Credential, find_credential, refused


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, or `Authorization: Bearer`; the request's `auth` is a `Credential`."""

    def authenticate(self, request: Request) -> tuple[None, Credential]:
        return None, find_credential(sent_key(request.META))


def sent_key(environ: Environ) -> str:
    """Return the key that a request carries, not yet looked at. Raises Refused."""
    key = str(environ.get("HTTP_X_API_KEY", "")).strip()
    if not key:
        authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
        scheme, _, key = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise refused("Missing API key. Send it in the header X-API-Key.")
    return key.strip()
