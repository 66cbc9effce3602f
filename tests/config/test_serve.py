"""``make run``'s process: comes up, survives a crash of its web server, leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import environment
from config.serve import static_files

PROJECT = Path(__file__).resolve().parents[2]


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command line of every process that is no zombie."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if len(row) > 3 and row[2][0] != "Z"}


class Serving:
    """``python -m config.serve`` without a demo, its output in a file."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder / "var"
        self._output = folder / "output"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.serve"],
                cwd=PROJECT,
                env={
                    **os.environ,
                    "TURRET_DATA_DIR": str(self.folder),
                    "DATABASE_URL": "",
                    "REDIS_URL": "",
                    "DEMO": "0",
                    "PORT": str(self.port),
                    **variables,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def output(self) -> str:
        return self._output.read_text()

    def said(self, text: str) -> bool:
        return eventually(lambda: text in self.output())

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as page:
                return bool(page.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def ours(self) -> dict[int, str]:
        """Processes that belong to this run: its descendants, and servers on its data."""
        found = processes()
        family = {self.process.pid}
        for _ in range(6):
            family |= {pid for pid, (parent, _) in found.items() if parent in family}
        return {
            pid: args
            for pid, (_, args) in found.items()
            if pid in family or str(self.folder) in args
        }

    def pid(self, words: str) -> int:
        """The process directly below this run whose command line holds ``words``."""
        found = processes()
        return next(
            pid
            for pid, (parent, args) in found.items()
            if parent == self.process.pid and words in args
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, for collecting static files anew takes longer than all the rest."""
    return tmp_path_factory.mktemp("serve")


@pytest.fixture
def serving(folder: Path) -> Iterator[Serving]:
    run = Serving(folder)
    yield run
    if run.process.poll() is None:
        run.process.terminate()
        run.process.wait(60)


def test_it_survives_a_crash_of_the_web_server_and_ends_whole_on_sigterm(serving: Serving) -> None:
    assert eventually(serving.answers), serving.output()
    os.kill(serving.pid("granian"), signal.SIGKILL)
    assert serving.said("web exited (SIGKILL); restarted"), serving.output()
    assert eventually(serving.answers), serving.output()
    running = serving.ours()
    for words in ("granian", "rqworker events", "rqworker topics", "rqcron", "bin/postgres"):
        assert any(words in args for args in running.values()), words
    serving.process.terminate()
    assert serving.process.wait(30) == 0, serving.output()
    assert not serving.ours()
    assert not running.keys() & processes().keys()
    assert serving.output().splitlines()[-1] == "turret   | stopped"


def test_control_c_ends_it_whole(serving: Serving) -> None:
    assert eventually(serving.answers), serving.output()
    running = serving.ours()
    os.killpg(serving.process.pid, signal.SIGINT)
    assert serving.process.wait(30) == 0, serving.output()
    assert not running.keys() & processes().keys()


def test_control_c_while_it_prepares_ends_it_too(serving: Serving) -> None:
    assert eventually(lambda: any("migrate" in args for args in serving.ours().values()))
    os.killpg(serving.process.pid, signal.SIGINT)
    assert serving.process.wait(30) == 0, serving.output()
    assert not serving.ours()


def test_static_files_are_collected_anew_only_when_their_sources_changed(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "static").mkdir()
    for name in ("requirements.lock", "config/settings.py", "static/app.css"):
        (tmp_path / name).write_text("before")
    data = tmp_path / "var"
    for name in ("run", "static"):
        (data / name).mkdir(parents=True)
    before = static_files.signature(tmp_path)
    assert not static_files.collected(data, before)
    static_files.remember(data, before)
    assert not static_files.collected(data, before)  # the files themselves are not there
    (data / "static" / "staticfiles.json").touch()
    assert static_files.collected(data, static_files.signature(tmp_path))
    (tmp_path / "static" / "app.css").write_text("after!")
    assert not static_files.collected(data, static_files.signature(tmp_path))


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = Serving(tmp_path, PORT=str(port))
        assert run.process.wait(30) == 1
    assert run.output().count("\n") == 1
    assert f"port {port} (Address already in use)" in run.output()
    assert not run.folder.exists()


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("WEB_WORKERS", "0")])
def test_a_setting_that_cannot_be_is_one_clear_line(tmp_path: Path, name: str, value: str) -> None:
    run = Serving(tmp_path, **{name: value})
    assert run.process.wait(30) == environment.EXIT_STATUS
    assert run.output().startswith(f"turret: {name}={value}: it must be a number from 1 to ")
    assert run.output().count("\n") == 1


def test_a_data_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = Serving(tmp_path, TURRET_DATA_DIR=str(tmp_path / "file" / "var"))
    assert run.process.wait(30) == 1
    assert "set TURRET_DATA_DIR to a folder of your own" in run.output()
    assert run.output().count("\n") == 1
