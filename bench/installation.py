"""A whole installation of Turret, as `make run` starts it: on data and a port of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psycopg
from redis import Redis

from config import embedded

PROJECT = Path(__file__).resolve().parents[1]
START_SECONDS = 300.0


@dataclass(frozen=True)
class Tenant:
    """An organization with one project, and its key."""

    organization_id: int
    project_id: int
    key: str


class Installation:
    """``python -m config.serve`` without a demo, its output in a file."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder / "var"
        self._output = folder / "output"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._environment = {
            **os.environ,
            "TURRET_DATA_DIR": str(self.folder),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DEMO": "0",
            "ANTHROPIC_API_KEY": "",
            "PORT": str(self.port),
            **variables,
        }
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.serve"],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(90)

    def output(self) -> str:
        return self._output.read_text()

    def said(self, text: str) -> bool:
        return eventually(lambda: text in self.output())

    def answers(self) -> bool:
        return self.asked("/healthz") == 200

    def asked(self, path: str, seconds: float = 5) -> int:
        """The status of an answer; 0 where there was none."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=seconds
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def tenant(self, limit: int) -> Tenant:
        """A new tenant whose plan allows so many events."""
        name = f"Tenant {monotonic()}"
        command = ["create_tenant", "--organization", name, "--password", "correct horse battery"]
        command += ["--email", f"{monotonic()}@example.com", "--plan", "enterprise"]
        told = json.loads(self.manage(*command, "--limit", str(limit)).communicate()[0])
        with self.database() as database:
            row = database.execute(
                "SELECT organization_id, id FROM accounts_project WHERE slug = %s",
                [told["project"]],
            ).fetchone()
        assert row is not None
        organization_id, project_id = row
        return Tenant(organization_id, project_id, told["api_key"])

    def manage(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of `manage.py` on this installation, with its output piped."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.PIPE,
        )

    def database(self) -> psycopg.Connection:
        url = embedded.connection_urls(self.folder).database_url
        return psycopg.connect(url, autocommit=True)

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        with Redis.from_url(embedded.connection_urls(self.folder).redis_url) as client:
            yield client

    def ours(self) -> dict[int, str]:
        """Processes that belong to this run, servers on its data among them, with descendants."""
        found = processes()
        family = {pid for pid, (_, args) in found.items() if str(self.folder) in args}
        family.add(self.process.pid)
        for _ in range(6):
            family |= {pid for pid, (parent, _) in found.items() if parent in family}
        return {pid: args for pid, (_, args) in found.items() if pid in family}

    def pid(self, words: str) -> int:
        """The process directly below this run whose command line holds ``words``."""
        return self.pids(words)[0]

    def pids(self, words: str) -> list[int]:
        return [
            pid
            for pid, (parent, args) in processes().items()
            if parent == self.process.pid and words in args
        ]

    def children(self, pid: int) -> list[int]:
        """The processes directly below one of ours."""
        return [each for each, (parent, _) in processes().items() if parent == pid]

    def postgres(self) -> int:
        """The process id of PostgreSQL's first process."""
        path = self.folder / "postgres" / "postmaster.pid"
        return int(path.read_text().split()[0])

    def redis_server(self) -> int:
        return int((self.folder / "redis" / "redis.pid").read_text())


@contextmanager
def installed(folder: Path, **variables: str) -> Iterator[Installation]:
    """One that is ready, until the block ends."""
    made = Installation(folder, **variables)
    try:
        assert eventually(lambda: made.asked("/readyz") == 200), made.output()
        yield made
    finally:
        made.stop()


def eventually(condition: Callable[[], bool], seconds: float = START_SECONDS) -> bool:
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.05)
    return True


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command line of every process that is no zombie."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if len(row) > 3 and row[2][0] != "Z"}
