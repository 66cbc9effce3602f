"""The short way to the ingestion endpoints, before Django's request handling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.db import OperationalError, connection
from psycopg_pool import PoolTimeout

from accounts.environ_keys import PROJECT, VIEW
from accounts.models import KeyScope
from billing import metrics
from billing.circuit_breaker import CircuitBreaker
from ingestion.authentication import authenticated
from ingestion.body import Environ
from ingestion.credentials import Credential
from ingestion.endpoint import Answer, refuse, track, track_batch

ENDPOINTS = {
    "/track": track,
    "/track/": track,
    "/track/batch": track_batch,
    "/track/batch/": track_batch,
}

_database = CircuitBreaker()


def ingest_first(application: WSGIApplication) -> WSGIApplication:
    """Answer what is posted to the ingestion endpoints; leave everything else to `application`.

    Django's handler, its middleware and a view's dispatch do nothing that an event needs, and
    together take longer than accepting one.
    """

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        endpoint = ENDPOINTS.get(environ["PATH_INFO"])
        if endpoint is None or environ["REQUEST_METHOD"] != "POST":
            return application(environ, start_response)
        environ[VIEW] = endpoint.__name__
        answer = _answer(endpoint, environ)
        for reason, count in answer.refusals().items():
            metrics.count(f"refused {reason}", count)
        content = answer.content()
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, list(answer.headers(content).items()))
        return [content]

    return respond


def _answer(endpoint: Callable[[Environ, Credential], Answer], environ: WSGIEnvironment) -> Answer:
    credential = None
    try:
        if _database.is_open():
            raise OperationalError("the database did not answer a moment ago")
        credential = authenticated(environ, KeyScope.TRACK)
        environ[PROJECT] = credential.project_id
        answer = endpoint(environ, credential)
        _database.close()
        return answer
    except Exception as error:
        if isinstance(error.__cause__, PoolTimeout):
            _database.open()
        return refuse(error, credential)
    finally:
        if not connection.in_atomic_block:
            connection.close()  # to the pool, as Django does at the end of a request
