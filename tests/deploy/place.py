"""A clean folder with what the image holds, and programs run there by an account of no rank."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.conf import settings

from clustering.texts.embedding import load
from config import embedded
from config.embedded.account import Account, server_account
from tests.deploy import files

PATIENCE = 120.0


@dataclass
class Place:
    """Where Turret was put, whose programs see these variables and no others."""

    folder: Path
    account: Account
    environment: dict[str, str]
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *command: str, **variables: str) -> str:
        """Run a command to its end; what it wrote."""
        done = subprocess.run(
            self.account.command(*command),
            cwd=self.folder,
            env={**self.environment, **variables},
            text=True,
            capture_output=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def manage(self, *arguments: str, **variables: str) -> str:
        return self.run(".venv/bin/python", "manage.py", *arguments, **variables)

    def start(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            program = subprocess.Popen(
                self.account.command(*command),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.programs[name] = program
        return program

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """Kill what is left of every program that was started."""
        for program in self.programs.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, 9)
            program.wait()

    def tenant(self) -> dict[str, str]:
        """A new tenant's organization, project and API key."""
        names = ("--organization", "Inkwell", "--email", "owner@example.com")
        made = self.manage("create_tenant", *names, "--password", "correct horse battery")
        tenant: dict[str, str] = json.loads(made)
        return tenant

    def is_idle(self) -> bool:
        """Whether everything runs and nothing waits for it."""
        status, answer = self.ask("/readyz")
        parts = json.loads(answer)["parts"] if status == 200 else {}
        return bool(parts) and parts["events"]["says"] == parts["texts"]["says"] == "none wait"

    def track(self, key: str, *events: dict[str, Any]) -> None:
        for event in events:
            assert self.ask("/track", event, {"X-API-Key": key})[0] == 200

    def ask(
        self, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and body of an answer; 0 where there was none."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.environment['PORT']}{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, repr(error)


def wait(condition: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, what()
        sleep(0.1)


def event(number: int) -> dict[str, Any]:
    """One of as many events as there are numbers, saying one of a hundred things."""
    return {
        "event_id": f"event-{number}",
        "name": "message",
        "session_id": f"session-{number // 3}",
        "user_id": f"user-{number // 6}",
        "metadata": {"prompt": f"how do I change the address of order {number % 100}"},
    }


@contextmanager
def deployed() -> Iterator[Place]:
    """The files of the image, with PostgreSQL and Redis as servers that run elsewhere."""
    with tempfile.TemporaryDirectory(prefix="turret-") as name, ExitStack() as stack:
        root = Path(name)
        root.chmod(0o755)
        servers = stack.enter_context(embedded.servers(root / "servers"))
        folder = root / "turret"
        folder.mkdir()
        _copy(folder)
        python = Path(os.path.realpath(files.PROJECT / ".venv" / "bin" / "python"))
        account = server_account((python, files.PROJECT / ".venv", folder))
        data = root / "data"
        account.private_folder(data)
        place = Place(folder, account, _environment(servers, data))
        stack.callback(place.end)
        yield place


def _copy(folder: Path) -> None:
    for source in files.image_sources():
        path = files.PROJECT / source
        if path.is_dir():
            leave = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, folder / source, ignore=leave)
        else:
            shutil.copy(path, folder / source)
    (folder / ".venv").symlink_to(files.PROJECT / ".venv")
    compiling = files.instruction("RUN", "compileall")
    subprocess.run(["/bin/sh", "-c", compiling], cwd=folder, check=True)


def give_model(account: Account, data: Path) -> None:
    """Put the converted embedding model into a data directory, as where Turret ran before."""
    load(settings.EMBEDDING_MODEL)
    models = shutil.copytree(Path(settings.DATA_DIR) / "models", data / "models")
    for path in (models, *models.rglob("*")):
        os.chown(path, account.uid, account.gid)


def _environment(servers: embedded.Servers, data: Path) -> dict[str, str]:
    """What the image and Compose set, but for where things are on this machine."""
    settings = {"POSTGRES_PASSWORD": "set", "SECRET_KEY": "0123456789" * 6}
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return {
        "PATH": os.defpath,
        **files.image_environment(),
        **files.compose(settings)["services"]["web"]["environment"],
        "TURRET_DATA_DIR": str(data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
    }
