"""Log lines tell a fact, its request, project or job, and nothing that users wrote."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO, StringIO
from typing import Any
from zlib import MAX_WBITS, decompress

import django_rq
import pytest
import sentry_sdk
from django.db import connection
from django.test import Client

from accounts.models import Project, User
from accounts.services import NewTenant
from clustering.worker import Worker
from config import logs, reporting
from config.wsgi import application

HOSTILE = (
    'Secret wish\n2026-01-01T00:00:00 ERROR root forged\r\x1b[31m{"level":"ERROR"}\u2028forged'
)
WORDS = ("Secret wish", "forged")

Ask = Callable[..., tuple[str, dict[str, str]]]


class Log(StringIO):
    """What the root logger says, by a formatter."""

    def lines(self) -> list[str]:
        said = self.getvalue()
        assert not [word for word in WORDS if word in said], said
        assert "\x1b" not in said
        return said.splitlines()


@pytest.fixture
def log_as() -> Iterator[Callable[[type[logging.Formatter]], Log]]:
    handlers: list[logging.Handler] = []

    def attach(formatter: type[logging.Formatter]) -> Log:
        log = Log()
        handler = logging.StreamHandler(log)
        handler.setFormatter(formatter())
        logging.getLogger().addHandler(handler)
        handlers.append(handler)
        return log

    yield attach
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


def ask(method: str, path: str, body: bytes = b"", **environ: str) -> tuple[str, dict[str, str]]:
    """Ask the whole application; return status and headers."""
    told: list[Any] = []
    sent: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),
        **environ,
    }
    list(application(sent, lambda status, headers, *_: told.extend([status, dict(headers)])))  # type: ignore[arg-type]
    return told[0], told[1]


@pytest.fixture
def fail_to_store(db: None) -> None:
    """Have PostgreSQL refuse every event, quoting it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ingestion_event ADD CONSTRAINT never CHECK (name = '')")


def track_hostile(key: str, **environ: str) -> tuple[str, dict[str, str]]:
    event = {"name": HOSTILE, "metadata": {"prompt": HOSTILE}}
    return ask("POST", "/track", json.dumps(event).encode(), HTTP_X_API_KEY=key, **environ)


def fail_at_a_job() -> str:
    """Have a worker do what cannot be done, and return the job's id."""
    queue = django_rq.get_queue("topics", commit_mode="auto")
    queue.empty()  # type: ignore[no-untyped-call]
    job = queue.enqueue_call("builtins.int", args=(HOSTILE,), description="a job")
    Worker([queue], connection=queue.connection).work(burst=True, logging_level="WARNING")
    return str(job.id)


@pytest.mark.usefixtures("fail_to_store")
def test_an_event_that_fails_is_not_quoted(
    tenant: NewTenant, log_as: Callable[[type[logging.Formatter]], Log]
) -> None:
    plain, structured = log_as(logs.Lines), log_as(logs.Json)
    status, headers = track_hostile(tenant.key.secret)
    assert status == "503 Service Unavailable"
    about = f"request={headers['X-Request-ID']} project={tenant.project.pk}"
    first, *rest = (line for line in plain.lines() if "hint" not in line)
    assert first.endswith(f"ERROR ingestion.endpoint event not accepted {about}")
    assert rest[0] == "Traceback (most recent call last):"
    assert all(line.startswith("  /") for line in rest[1:-1])
    assert rest[-1].startswith("IntegrityError from CheckViolation")
    [said] = [line for line in map(json.loads, structured.lines()) if "accepted" in line["message"]]
    assert said["exception"][0] == "IntegrityError"
    assert said["request"] == headers["X-Request-ID"]
    assert said["project"] == str(tenant.project.pk)
    assert any("ingestion/services.py" in frame for frame in said["frames"])


def test_a_page_that_fails_names_its_project(
    transactional_db: None,
    client: Client,
    owner: User,
    project: Project,
    log_as: Callable[[type[logging.Formatter]], Log],
) -> None:
    client.force_login(owner)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    structured = log_as(logs.Json)
    path = f"/p/{project.slug}/settings/metadata/"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ingestion_field RENAME TO elsewhere")
    try:
        status, headers = ask("GET", path, HTTP_COOKIE=cookies, QUERY_STRING="q=Secret+wish")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO ingestion_field")
    assert status.startswith("500")
    said = [json.loads(line) for line in structured.lines()]
    [told] = [each for each in said if each["logger"] == "django.request"]
    assert told["project"] == project.slug
    assert told["request"] == headers["X-Request-ID"]
    assert told["exception"][0] == "ProgrammingError"


def test_a_job_that_fails_is_not_quoted(
    log_as: Callable[[type[logging.Formatter]], Log],
) -> None:
    plain = log_as(logs.Lines)
    job_id = fail_at_a_job()
    [line] = [line for line in plain.lines() if "exception raised while executing" in line]
    assert f"job={job_id}" in line
    assert plain.lines()[-1] == "ValueError"


@pytest.mark.parametrize("formatter", [logs.Lines, logs.Json])
def test_nothing_forges_a_line(formatter: type[logging.Formatter]) -> None:
    """Not by way of a logger: pytest could not report what it caught."""
    words = ("half\ud800 a\x00b\x85c",)
    line = formatter().format(
        logging.LogRecord("x", logging.ERROR, "x.py", 1, "one\x1b[2J %s", words, None)
    )
    assert line.isprintable()
    assert "one" in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("01JD-abc.def:7_8", True),
        ("", False),
        ("x" * 101, False),
        ("two words", False),
        ("a\nb", False),
        ("ünsane", False),
    ],
)
def test_a_request_id_is_kept_if_it_is_sane(given: str, kept: bool) -> None:
    _, headers = ask("GET", "/healthz", HTTP_X_REQUEST_ID=given)
    _, again = ask("GET", "/healthz", HTTP_X_REQUEST_ID=given)
    assert (headers["X-Request-ID"] == given) == kept
    assert (again["X-Request-ID"] == headers["X-Request-ID"]) == kept
    assert headers["X-Request-ID"].isascii()


@pytest.fixture
def reports() -> Iterator[list[bytes]]:
    """What arrives at Sentry, once reports go there."""
    bodies: list[bytes] = []

    class Ingest(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers["Content-Encoding"] == "gzip"
            bodies.append(decompress(body, MAX_WBITS | 16) if is_packed else body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ingest) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reporting.start(f"http://public@127.0.0.1:{server.server_port}/1")
        yield bodies
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)
        server.shutdown()


@pytest.mark.usefixtures("fail_to_store")
def test_reports_of_errors_say_where_and_quote_nobody(
    tenant: NewTenant, reports: list[bytes]
) -> None:
    cookie = "turret_session=stolen-cookie"
    _, headers = track_hostile(tenant.key.secret, HTTP_COOKIE=cookie, REMOTE_ADDR="203.0.113.9")
    job_id = fail_at_a_job()
    assert ask("GET", "/", HTTP_HOST="elsewhere.example")[0].startswith("400")  # nothing of ours
    sentry_sdk.flush(10)
    sent = b"\n".join(reports).decode()
    for secret in (*WORDS, "stolen-cookie", "203.0.113.9", tenant.key.secret, tenant.user.email):
        assert secret not in sent
    events = [
        json.loads(line) for line in sent.splitlines() if line.startswith("{") and "level" in line
    ]
    by_kind = {each["exception"]["values"][-1]["type"]: each for each in events}
    assert by_kind.keys() == {"IntegrityError", "ValueError"}
    assert by_kind["IntegrityError"]["tags"] == {
        "request": headers["X-Request-ID"],
        "project": str(tenant.project.pk),
    }
    assert by_kind["IntegrityError"]["logentry"] == {"message": "event not accepted"}
    frames = by_kind["IntegrityError"]["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame["function"] == "_answer" for frame in frames)
    assert by_kind["ValueError"]["tags"] == {"job": job_id}
    assert all("vars" not in frame for frame in frames)
