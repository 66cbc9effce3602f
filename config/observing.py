"""Around every request: its id, what its log lines say of it, how long it took."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.http import HttpRequest, HttpResponseBase

from accounts.environ_keys import PROJECT, REQUEST_ID, VIEW
from billing import metrics
from config import logs

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")


def observed(application: WSGIApplication) -> WSGIApplication:
    """Give requests an id, which the answer carries too, and count them."""

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        request_id = _request_id(environ)
        environ[REQUEST_ID] = request_id
        status = "500"

        def start(status_line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = status_line
            return start_response(status_line, [*headers, ("X-Request-ID", request_id)], *rest)

        token = logs.request.set(environ)
        try:
            return application(environ, start)
        finally:
            logs.request.reset(token)
            labels = f"{environ.get(VIEW, 'none')} {status[0]}xx"
            metrics.observe("request", labels, perf_counter() - began)

    return respond


class NotingViews:
    """Middleware that notes which view answers a request, and of which project."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]
    ) -> None:
        assert request.resolver_match is not None
        request.META[VIEW] = request.resolver_match.view_name or "none"
        project = kwargs.get("project", "")
        if re.fullmatch(r"[a-z0-9-]{1,60}", project):
            request.META[PROJECT] = project


def _request_id(environ: WSGIEnvironment) -> str:
    """The request id that a proxy or client gave, if it is fit for a log line, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _SANE_ID.fullmatch(given) else secrets.token_hex(8)
