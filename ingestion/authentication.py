"""The API key in a request's header."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ingestion.credentials import Credential, find_credential, refused


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key`, or `Authorization: Bearer`; the request's `auth` is a `Credential`."""

    def authenticate(self, request: Request) -> tuple[None, Credential]:
        return None, find_credential(sent_key(request._request))


def sent_key(request: HttpRequest) -> str:
    """Return the key that a request carries, not yet looked at. Raises Refused."""
    key = str(request.META.get("HTTP_X_API_KEY", "")).strip()
    if not key:
        authorization = str(request.META.get("HTTP_AUTHORIZATION", ""))
        scheme, _, key = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise refused("Missing API key. Send it in the header X-API-Key.")
    return key.strip()
