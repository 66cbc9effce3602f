"""A setting that is wrong or missing stops the start with one line that says what to do."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from config import environment
from config.environment import Misconfigured
from config.serve.programs import Options
from tests.test_docs import documented

PROJECT = Path(__file__).resolve().parents[2]
HIDDEN = "hunter2hunter2"

WRONG = {
    "ALLOWED_HOSTS": ["https://turret.example.com", "turret.example.com:8000", "a b"],
    "ANTHROPIC_API_KEY": [f"{HIDDEN} and a blank", f"{HIDDEN}\nX-Header: 1"],
    "ANTHROPIC_BASE_URL": ["api.anthropic.com", f"https://me:{HIDDEN}@api.anthropic.com"],
    "BASE_URL": ["turret.example.com", "https://", "https://turret.example.com/path", "ftp://a"],
    "BURST_LIMITS": ["2000", "gold=5", "pro=fast", "pro=-1"],
    "COLUMNS_MEMORY_MB": ["0", "much", "1e3", "-5", "５１２"],
    "CSRF_TRUSTED_ORIGINS": ["turret.example.com", "https://*"],
    "DATABASE_POOL_SIZE": ["0", "ten"],
    "DATABASE_URL": [
        HIDDEN,
        f"mysql://turret:{HIDDEN}@db/turret",
        f"postgresql://turret:{HIDDEN}@db:port/turret",
        f"postgresql://turret:{HIDDEN}@db",
        f"postgresql://turret:{HIDDEN}@[db/turret?password={HIDDEN}",
    ],
    "DEBUG": ["flase", "2"],
    "DEFAULT_FROM_EMAIL": ["Turret", "a@b\r\nBcc: c@d"],
    "DEFAULT_PLAN": ["gold"],
    "DEMO": ["perhaps"],
    "EMAIL_URL": [f"mail://me:{HIDDEN}@host", "smtp://", f"smtp://me:{HIDDEN}@host:port"],
    "EMBEDDING_MODEL": ["/nowhere/at/all", "not a name"],
    "HOST": ["localhost", "127.0.0.1:8000", "::1%"],
    "HSTS_SECONDS": ["a year"],
    "LLM_MONTHLY_TOKENS": ["-1", "2,000,000"],
    "LOG_FORMAT": ["xml"],
    "LOG_LEVEL": ["LOUD"],
    "METRICS_TOKEN": [HIDDEN, f"{HIDDEN} and blanks"],
    "PORT": ["http", "0", "65536"],
    "PROXY_SSL_HEADER": ["X-Forwarded-Proto: https"],
    "REDIS_URL": [HIDDEN, f"http://:{HIDDEN}@host", f"redis://:{HIDDEN}@host:port", "unix://"],
    "SECRET_KEY": [HIDDEN],
    "SECURE_COOKIES": ["ture"],
    "SENTRY_DSN": [HIDDEN, "https://sentry.example.com/1", f"https://{HIDDEN}@sentry.example.com"],
    "SIGN_UP": ["closed"],
    "TRUSTED_PROXIES": ["-1", "two"],
    "WEB_WORKERS": ["0", "two"],
    "WORKERS": ["-1", "two"],
}
FREE = {"ANTHROPIC_MODEL"}
"""Any text may be right."""
TOLD_ELSEWHERE = {"TORCH", "TURRET_DATA_DIR"}
"""By the set-up and the embedded servers, in their tests."""


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Read all settings again, with other variables."""

    def read(**variables: str) -> Any:
        for name in documented() - {"TURRET_DATA_DIR"}:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("again", PROJECT / "config" / "settings.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        Options.read()
        return module

    return read


def test_every_setting_has_wrong_values_to_try() -> None:
    assert documented() - WRONG.keys() - FREE == TOLD_ELSEWHERE


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_told_in_one_line_without_its_secrets(
    settings_of: Callable[..., Any], name: str, value: str
) -> None:
    with pytest.raises(Misconfigured) as told:
        settings_of(**{name: value})
    line = str(told.value)
    assert line.startswith(f"{name}=")
    assert ": it must be " in line
    assert line.isprintable()
    assert HIDDEN not in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["manage.py", "check"],
        ["manage.py", "rqworker", "events"],
        ["manage.py", "rqcron", "config.cron"],
        ["-m", "config.web"],
        ["-m", "config.serve"],
    ],
    ids=" ".join,
)
def test_every_program_stops_with_one_line(tmp_path: Path, arguments: list[str]) -> None:
    variables = {
        "TURRET_DATA_DIR": str(tmp_path),
        "REDIS_URL": f"redis://:{HIDDEN}@host:port",
        "DATABASE_URL": "postgresql://turret@nowhere/turret",
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == environment.EXIT_STATUS
    assert done.stdout == ""
    assert done.stderr == (
        "turret: REDIS_URL=redis://…@host:port: it must be "
        "like redis://:password@host:6379/0, rediss://… or unix://…\n"
    )


def test_any_setting_may_lie_in_a_file(
    settings_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {
        "SECRET_KEY": "k" * 50,
        "DATABASE_URL": f"postgresql://turret:{HIDDEN}@db/turret",
        "ANTHROPIC_API_KEY": "sk-ant-1",
        "WORKERS": "3",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(f"{content}\n")
    read = settings_of(**{f"{name}_FILE": str(tmp_path / name) for name in contents})
    assert read.SECRET_KEY == "k" * 50
    assert read.DATABASES["default"]["PASSWORD"] == HIDDEN
    assert read.ANTHROPIC_API_KEY == "sk-ant-1"
    assert Options.read().workers == 3


def test_a_file_that_cannot_give_a_setting_is_told(
    settings_of: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for path, reason in [
        ("missing", "No such file or directory"),
        ("empty", "the file is empty"),
        ("bytes", "not UTF-8"),
        ("", "Is a directory"),
    ]:
        with pytest.raises(Misconfigured, match=f"^SECRET_KEY_FILE=.*{reason}"):
            settings_of(SECRET_KEY_FILE=str(tmp_path / path))
    with pytest.raises(Misconfigured, match=r"^SECRET_KEY and SECRET_KEY_FILE are both set"):
        settings_of(SECRET_KEY="k" * 50, SECRET_KEY_FILE=str(tmp_path / "empty"))


def test_an_empty_variable_counts_as_unset(settings_of: Callable[..., Any]) -> None:
    plain = settings_of()
    empty = settings_of(**dict.fromkeys(WRONG, " "))
    names = [name for name in WRONG if hasattr(plain, name)]
    assert {name: getattr(plain, name) for name in names} == {
        name: getattr(empty, name) for name in names
    }


def test_a_plan_whose_rate_nobody_chose_keeps_its_own(settings_of: Callable[..., Any]) -> None:
    usual = settings_of().BURST_LIMITS
    chosen = settings_of(BURST_LIMITS="pro=7, unlimited=9").BURST_LIMITS
    assert chosen == {**usual, "pro": 7, "unlimited": 9}


def test_the_address_that_people_use_is_answered_to(settings_of: Callable[..., Any]) -> None:
    read = settings_of(BASE_URL="https://turret.example.com:8443/")
    assert read.BASE_URL == "https://turret.example.com:8443"
    assert "turret.example.com" in read.ALLOWED_HOSTS
    assert read.CSRF_TRUSTED_ORIGINS == ["https://turret.example.com:8443"]


@pytest.mark.parametrize("given", ["https://Turret.Example.com/", "HTTPS://turret.example.com:443"])
def test_an_address_is_known_as_browsers_write_it(
    settings_of: Callable[..., Any], given: str
) -> None:
    read = settings_of(
        BASE_URL=given, CSRF_TRUSTED_ORIGINS="https://*.Example.org:443,http://a.example:8080"
    )
    assert read.BASE_URL == "https://turret.example.com"
    assert read.CSRF_TRUSTED_ORIGINS == [
        "https://turret.example.com",
        "https://*.example.org",
        "http://a.example:8080",
    ]


@pytest.mark.parametrize(
    ("listens", "reached"),
    [
        ("0.0.0.0", "localhost"),  # noqa: S104
        ("::", "localhost"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.2", "127.0.0.2"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "[2001:db8::7]"),
    ],
)
def test_where_it_listens_it_is_found(
    settings_of: Callable[..., Any], listens: str, reached: str
) -> None:
    read = settings_of(HOST=listens, PORT="9000")
    assert read.LOCAL_URL == read.BASE_URL == f"http://{reached}:9000"
    assert reached in read.ALLOWED_HOSTS


def test_nothing_redirects_to_https_until_a_proxy_is_trusted(
    settings_of: Callable[..., Any],
) -> None:
    read = settings_of(BASE_URL="https://turret.example.com")
    assert read.SESSION_COOKIE_SECURE
    assert not read.SECURE_SSL_REDIRECT
    assert not hasattr(read, "SECURE_PROXY_SSL_HEADER")
    read = settings_of(BASE_URL="https://a.example", PROXY_SSL_HEADER="X-Forwarded-Proto")
    assert read.SECURE_SSL_REDIRECT
    assert read.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
    assert not settings_of(PROXY_SSL_HEADER="X-Forwarded-Proto").SECURE_SSL_REDIRECT


@pytest.mark.django_db
def test_pages_asked_for_by_http_are_redirected_and_those_for_machines_are_not(
    settings: Settings,
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60
    client = Client()
    page = client.get("/login")
    assert (page.status_code, page.headers["Location"]) == (301, "https://testserver/login")
    page = client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=60"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert client.get("/healthz").status_code == 200


_FOR_BROWSERS = "DJANGO_ALLOW_ASYNC_UNSAFE"
"""What tests that drive a browser set in this process."""


def test_django_finds_nothing_to_say_of_a_deployment() -> None:
    production = {"BASE_URL": "https://turret.example.com", "PROXY_SSL_HEADER": "X-Forwarded-Proto"}
    ours = {name: value for name, value in os.environ.items() if name != _FOR_BROWSERS}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env=ours | production,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
