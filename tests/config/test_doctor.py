"""`manage.py doctor` finds what is wrong with the real thing, and says what to do."""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from config.embedded.redis_server import _program
from config.health import stores, surroundings
from config.health.findings import Finding
from config.management.commands import doctor

SETTINGS_SAY = {
    "BASE_URL": "https://turret.example.com",
    "HTTPS": True,
    "PROXY_SSL_HEADER": "X-Forwarded-Proto",
    "SECURE_COOKIES": True,
    "ALLOWED_HOSTS": ["turret.example.com"],
    "CSRF_TRUSTED_ORIGINS": ["https://turret.example.com"],
    "DEBUG": False,
}


def lines(findings: Iterable[Finding]) -> list[str]:
    return [f"{each.state} {each.part}: {each.says}" for each in findings]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def reaching(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the database looked for in another way."""

    def change(**settings: Any) -> None:
        for name, value in settings.items():
            monkeypatch.setitem(connection.settings_dict, name, value)

    return change


@pytest.mark.usefixtures("db")
def test_the_stores_of_this_test_are_well() -> None:
    assert [each.state for each in stores.database()] == ["ok", "ok", "ok"]
    assert [each.state for each in stores.redis_server()] == ["ok"]


@pytest.mark.usefixtures("db")
def test_a_database_whose_log_quotes_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stores.QUOTES_NOBODY, "log_error_verbosity", ("verbose",))
    monkeypatch.setitem(stores.QUOTES_NOBODY, "log_statement", ("ddl", "none"))
    assert lines(stores.database())[1] == (
        "warn database: its log may quote users: set log_error_verbosity to verbose"
    )


@pytest.mark.usefixtures("db")
def test_a_wrong_password_of_the_database(reaching: Callable[..., None]) -> None:
    reaching(PASSWORD="hunter2")
    [told] = lines(stores.database())
    assert told.startswith("fail database: ")
    assert 'password authentication failed for user "turret"' in told
    assert told.endswith(": see DATABASE_URL")
    assert "hunter2" not in told


@pytest.mark.usefixtures("db")
def test_a_database_that_is_not_there(reaching: Callable[..., None], closed_port: int) -> None:
    reaching(NAME="nobodys")
    [told] = lines(stores.database())
    assert 'database "nobodys" does not exist: see DATABASE_URL' in told
    reaching(HOST="127.0.0.1", PORT=str(closed_port))
    [told] = lines(stores.database())
    assert "Connection refused" in told


@pytest.mark.usefixtures("db")
def test_a_database_without_the_extension(reaching: Callable[..., None]) -> None:
    name = f"{connection.settings_dict['NAME']}_bare"
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as direct:
        direct.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            reaching(NAME=name)
            told = lines(stores.database())
        finally:
            direct.execute(f'DROP DATABASE "{name}"')
    assert told[1] == ("fail vector: run CREATE EXTENSION vector in the database, as a superuser")


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[str]:
    path = folder / "redis.sock"
    command = [str(_program()), "--port", "0", "--unixsocket", str(path), *options]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        deadline = monotonic() + 20
        while not _listens(path):
            assert monotonic() < deadline
            sleep(0.02)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def test_a_redis_that_forgets(tmp_path: Path, settings: Settings) -> None:
    careless = ("--maxmemory-policy", "allkeys-lru", "--appendonly", "no", "--save", "")
    with redis_server(tmp_path, *careless) as url:
        settings.REDIS_URL = url
        first, *rest = lines(stores.redis_server())
    assert first.startswith("ok redis: version ")
    assert rest == [
        "warn redis: drops queued work when it is full (allkeys-lru): set noeviction",
        "warn redis: a restart empties the queue until the sweep: set appendonly to yes",
    ]
    [stopped] = lines(stores.redis_server())
    assert stopped.startswith("fail redis: ")
    assert stopped.endswith(": see REDIS_URL")


def test_a_redis_that_refuses_or_is_elsewhere(
    tmp_path: Path, settings: Settings, closed_port: int
) -> None:
    with redis_server(tmp_path, "--requirepass", "other") as url:
        settings.REDIS_URL = url.replace("unix://", "unix://:hunter2@")
        [told] = lines(stores.redis_server())
    assert "invalid username-password pair" in told
    assert "hunter2" not in told
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"
    [told] = lines(stores.redis_server())
    assert "Connection refused" in told


def test_a_redis_that_cannot_be_written(tmp_path: Path, settings: Settings) -> None:
    with redis_server(tmp_path, "--replicaof", "127.0.0.1", "1", "--appendonly", "yes") as url:
        settings.REDIS_URL = url
        told = lines(stores.redis_server())
    assert told == ["fail redis: is a replica, which cannot be written: name the primary"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({}, "ok address: https://turret.example.com"),
        ({"DEBUG": True}, "fail address: DEBUG shows"),
        ({"BASE_URL": "http://turret.example.com", "HTTPS": False}, "warn address: passwords and"),
        ({"PROXY_SSL_HEADER": ""}, "warn address: no request counts as https"),
        ({"BASE_URL": "http://localhost", "HTTPS": False}, "warn address: PROXY_SSL_HEADER is set"),
        (
            {"BASE_URL": "http://a.example", "HTTPS": False, "PROXY_SSL_HEADER": ""},
            "fail address: SECURE_COOKIES keeps everybody",
        ),
        ({"SECURE_COOKIES": False}, "warn address: cookies go"),
        ({"ALLOWED_HOSTS": ["*"]}, "warn address: ALLOWED_HOSTS lets any"),
        ({"CSRF_TRUSTED_ORIGINS": ["http://a.example"]}, "warn address: CSRF_TRUSTED_ORIGINS"),
    ],
)
def test_settings_that_do_not_fit_each_other(
    settings: Settings, wrong: dict[str, Any], told: str
) -> None:
    for name, value in (SETTINGS_SAY | wrong).items():
        setattr(settings, name, value)
    assert any(line.startswith(told) for line in lines(surroundings.address()))


@contextmanager
def web_server(status: int, body: bytes, **headers: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_whether_people_reach_it(settings: Settings, closed_port: int) -> None:
    def told(url: str, *, https: bool = False) -> str:
        settings.BASE_URL, settings.HTTPS, settings.SECURE_HSTS_SECONDS = url, https, 60
        [line] = lines(surroundings.reached())
        return line

    with web_server(200, b"ok\n") as url:
        assert told(url) == f"ok reached: {url}/healthz answers"
        assert told(url, https=True).startswith("fail reached: does not come as https")
    with web_server(200, b"ok\n", Strict_Transport_Security="max-age=60") as url:
        assert told(url, https=True).startswith("ok")
    with web_server(400, b"") as url:
        assert told(url) == (
            f"fail reached: {url}/healthz answers 400: see the proxy and ALLOWED_HOSTS"
        )
    with web_server(200, b"<html>Welcome to the proxy") as url:
        assert "is not answered by Turret" in told(url)
    assert "Connection refused" in told(f"http://127.0.0.1:{closed_port}")


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as it takes to be sent an e-mail."""

    received: list[str] = []

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                while (line := self.rfile.readline()) != b".\r\n":
                    self.received.append(line.decode())
            self._say("221 bye" if word == b"QUIT" else "250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


def test_e_mail(settings: Settings, closed_port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    [told] = lines(surroundings.mail())
    assert "Connection refused: see EMAIL_URL" in told
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_PORT = server.server_address[1]
        where = f"127.0.0.1, port {settings.EMAIL_PORT}"
        assert lines(surroundings.mail()) == [f"ok e-mail: {where} answers"]
        assert Mailbox.received == []
        told_of_sending = lines(surroundings.mail("operator@example.com"))
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "hunter2"
        [refused] = lines(surroundings.mail())
        server.shutdown()
    assert told_of_sending == [f"ok e-mail: {where} took one to operator@example.com"]
    assert "Subject: Turret can send e-mail\r\n" in Mailbox.received
    assert refused.startswith("fail e-mail: ")
    assert "hunter2" not in refused
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert lines(surroundings.mail())[0].startswith("warn e-mail: none is sent")


def test_a_disk_that_fills(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    free = shutil.disk_usage(settings.DATA_DIR).free
    for least, little, state in ((1, 1, "ok"), (1, 10 * free, "warn"), (10 * free, 1, "fail")):
        monkeypatch.setattr(surroundings, "LEAST_FREE", least)
        monkeypatch.setattr(surroundings, "LITTLE_FREE", little)
        [told] = lines(surroundings.disk())
        assert told.startswith(f"{state} disk: ")


def test_a_model_that_is_none(tmp_path: Path, settings: Settings) -> None:
    settings.EMBEDDING_MODEL = str(tmp_path)
    [told] = lines(doctor._findings("model", surroundings.model))
    assert told.startswith("fail model: ")


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_people_and_programs(settings: Settings, closed_port: int) -> None:
    settings.BASE_URL = f"http://127.0.0.1:{closed_port}"
    told, parsed = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=told)
    assert ended.value.code == 1
    rows = [line.split(maxsplit=2) for line in told.getvalue().splitlines()]
    by_part = {line[6:24].strip(): line[:5].strip() for line in told.getvalue().splitlines()}
    assert len(rows) == len(by_part)
    assert by_part["database"] == by_part["redis"] == by_part["model"] == "ok"
    assert by_part["workers of events"] == "fail"
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=parsed)
    assert {each["part"]: each["state"] for each in json.loads(parsed.getvalue())} == by_part
