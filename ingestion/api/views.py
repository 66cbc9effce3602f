"""Views for reading. A key says which project; there is no other way in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import audit
from accounts.environ_keys import PROJECT
from accounts.models import ApiKey, KeyScope, Project
from billing import read_limit
from billing.quota import BURST_SECONDS, Reason
from ingestion.api import description, exports
from ingestion.api.asked import FORMAT, PAGING, Asked, Parameter
from ingestion.api.listings import Listing
from ingestion.api.shapes import as_plain
from ingestion.authentication import ApiKeyAuthentication
from ingestion.credentials import Credential
from ingestion.errors import Code, Refused
from ingestion.payload import dump_json

RETRY_AFTER = 5
"""Seconds after which to ask again when the store is down."""

View = Callable[..., HttpResponseBase]
Answering = Callable[..., Any]
"""A function of what was asked, and of the ids in the path."""

logger = logging.getLogger(__name__)


class ReadView(APIView):
    """What all reading shares: the key, its rate, and JSON whatever happens."""

    http_method_names = ["get", "head"]
    takes: tuple[Parameter, ...] = ()

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [ApiKeyAuthentication(KeyScope.READ)]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing is negotiated, and a wrong method is refused before a missing key is."""
        if str(request.method).lower() not in self.http_method_names:
            return
        credential = cast("Credential", request.auth)
        request.META[PROJECT] = credential.project_id
        assert credential.api_key_id is not None
        if wait := read_limit.seconds_to_wait(credential.terms, credential.api_key_id):
            raise _too_fast(wait)
        credential.touch(timezone.now())
        found = Project.objects.unscoped().select_related("organization")
        self.asked = Asked(found.get(pk=credential.project_id), request.path, request.GET)
        self.asked.require_known(self.takes)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        for name, value in _policy(getattr(request, "_auth", None)).items():
            response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        return refuse(exc)


def reads(summary: str, answer: Any, *takes: Parameter) -> Callable[[Answering], View]:
    """Make a view of a function that answers with a dataclass of the type `answer`."""

    def door(answering: Answering) -> View:
        def get(view: ReadView, request: Request, **ids: int) -> HttpResponse:
            return _json(as_plain(answering(view.asked, **ids)))

        described = description.one(answering, summary, answer, takes)
        return _view(answering.__name__, described(get), takes)

    return door


@dataclass(frozen=True)
class Listed:
    """A function that answers what was asked with a `Listing`, and the types of the answer.

    Rows are dataclasses of the type `row`, and what is said of all of them is one of `about`.
    """

    answering: Answering
    summary: str
    row: Any
    about: Any
    takes: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        return self.answering.__name__

    @property
    def file_name(self) -> str:
        """Of its download, without the ending."""
        return self.name.replace("_", "-")


def lists(summary: str, row: Any, about: Any, *takes: Parameter) -> Callable[[Answering], Listed]:
    """Have a function make views: see `pages_of` and `export_of`."""
    return lambda answering: Listed(answering, summary, row, about, takes)


def pages_of(listed: Listed) -> View:
    """The view that answers page by page."""
    takes = (*listed.takes, *PAGING)

    def get(view: ReadView, request: Request, **ids: int) -> HttpResponse:
        asked = view.asked
        limit, after = asked.limit, asked.after
        found: Listing[Any] = listed.answering(asked, **ids)
        rows = found.first(limit + 1, after)
        more = asked.cursor(found.key(rows[limit - 1])) if len(rows) > limit else None
        data = [as_plain(each) for each in rows[:limit]]
        return _json({**(as_plain(found.about) or {}), "data": data, "next_cursor": more})

    described = description.page(listed.answering, listed.summary, listed.row, listed.about, takes)
    return _view(listed.name, described(get), takes)


def export_of(listed: Listed) -> View:
    """The view that streams all of it."""
    takes = (*listed.takes, FORMAT)

    def get(view: ReadView, request: Request, **ids: int) -> HttpResponseBase:
        asked, name = view.asked, listed.file_name
        kind = asked.choice(FORMAT.name, ("csv", "jsonl"), "csv")
        found: Listing[Any] = listed.answering(asked, **ids)
        keys = ApiKey.objects.filter(project=asked.project).select_related("project")
        key = keys.get(pk=cast("Any", request.auth).api_key_id)
        audit.record_export(asked.project, None, f"{name}.{kind}", dict(asked.query.lists()), key)
        return exports.STREAMS[kind](name, listed.row, found.every())

    described = description.export(listed.answering, listed.summary, listed.row, takes)
    return _view(f"export_{listed.name}", described(get), takes)


def _view(name: str, get: Callable[..., Any], takes: tuple[Parameter, ...]) -> View:
    members = {"get": get, "takes": takes, "__doc__": None}
    return cast("type[ReadView]", type(name, (ReadView,), members)).as_view()


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Any other path below `/api/v1/`."""
    return refuse(Http404("There is nothing here. All addresses are in /api/schema."))


def refuse(error: Exception) -> HttpResponse:
    """The answer to an exception. One that is our fault is logged."""
    refused = _as_refused(error)
    return _json(refused.body(), refused.status, refused.headers)


def _as_refused(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, Http404):
        said = str(error)
        return Refused(Code.NOT_FOUND, said if said.endswith(".") else "There is no such thing.")
    if isinstance(error, SuspiciousOperation):  # more parameters than Django reads
        return Refused(Code.INVALID_REQUEST, "The address cannot be read: ask for less.")
    if isinstance(error, MethodNotAllowed):
        headers = {"Allow": "GET, HEAD"}
        return Refused(Code.INVALID_REQUEST, "Read with GET.", status=405, headers=headers)
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("store down: %s", error)
    else:
        logger.error("not read", exc_info=error)
    return Refused(
        Code.UNAVAILABLE,
        "Nothing can be read right now. Ask again later.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


def _too_fast(wait: int) -> Refused:
    return Refused(
        Code.RATE_LIMIT_EXCEEDED,
        "This API key reads faster than its plan allows. Slow down.",
        reason=Reason.BURST.value,
        headers={"Retry-After": str(wait)},
    )


def _policy(auth: object) -> dict[str, str]:
    """How many requests the key may make, as in draft-ietf-httpapi-ratelimit-headers-10."""
    burst = read_limit.read_burst(auth.terms) if isinstance(auth, Credential) else None
    return {"RateLimit-Policy": f'"burst";q={burst};w={BURST_SECONDS}'} if burst else {}


def _json(body: Any, status: int = 200, headers: Any = None) -> HttpResponse:
    return HttpResponse(
        dump_json(body), status=status, headers=headers, content_type="application/json"
    )
