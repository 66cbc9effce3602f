"""The supervisor: keeps programs running, says what happened, leaves nothing behind."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from config.serve.supervisor import Program, Supervisor
from config.serve.terminal import Terminal

PROJECT = Path(__file__).resolve().parents[2]


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def shell(name: str, script: str, *, once: bool = False, stop_seconds: float = 6) -> Program:
    return Program(name, ["/bin/sh", "-c", script], once=once, stop_seconds=stop_seconds)


class Supervised:
    """A supervisor in a thread, and every line that it and its programs print."""

    def __init__(self, folder: Path, read: Callable[[], str]) -> None:
        self.folder = folder
        self._read = read
        self._seen = ""

    def start(self, *groups: list[Program]) -> None:
        terminal = Terminal(self.folder)
        self._supervisor = Supervisor(groups, terminal, self.folder, os.environ)
        self._thread = threading.Thread(target=self._supervisor.run)
        self._thread.start()

    def stop(self) -> None:
        self._supervisor.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def lines(self) -> list[str]:
        self._seen += self._read()
        return self._seen.splitlines()

    def said(self, line: str) -> bool:
        return eventually(lambda: line in self.lines())

    def pid(self, name: str) -> int:
        """The process id that a program writes to a file of its name as it starts."""
        path = self.folder / name
        assert eventually(lambda: path.exists() and path.read_text().endswith("\n"))
        return int(path.read_text())


@pytest.fixture
def supervised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Supervised]:
    made = Supervised(tmp_path, lambda: capsys.readouterr().out)
    yield made
    made.stop()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.strip()[:1] in ("", "Z")


def test_a_crashed_program_is_restarted_and_said_so(supervised: Supervised) -> None:
    supervised.start([shell("web", "echo up; echo $$ > web; exec sleep 600")])
    assert supervised.said("web      | up")
    os.kill(supervised.pid("web"), signal.SIGKILL)
    assert supervised.said("turret   | web exited (SIGKILL); restarted")
    assert eventually(lambda: supervised.lines().count("web      | up") == 2)


def test_what_a_crashed_program_left_is_ended_before_it_starts_again(
    supervised: Supervised,
) -> None:
    script = "[ -e child ] && exec sleep 600; sleep 600 & echo $! > child; exit 3"
    supervised.start([shell("web", script)])
    child = supervised.pid("child")
    assert supervised.said("turret   | web exited (status 3); restarted")
    assert eventually(lambda: gone(child))


def test_a_program_that_keeps_failing_is_restarted_ever_later(supervised: Supervised) -> None:
    supervised.start([shell("web", "exit 1")])
    assert supervised.said("turret   | web exited (status 1); restarted")
    assert supervised.said("turret   | web exited (status 1); restarted in 1 s")
    assert supervised.said("turret   | web exited (status 1); restarted in 2 s")


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        ("subprocess.Popen._execute_child", BlockingIOError(errno.EAGAIN, "No more processes")),
        ("threading.Thread.start", RuntimeError("can't start new thread")),
    ],
)
def test_a_program_that_finds_no_room_for_a_process_is_started_later(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
    error: Exception,
) -> None:
    supervisor = Supervisor(
        [[shell("web", "sleep 600 & echo $! >> web; echo up; wait")]],
        Terminal(tmp_path),
        tmp_path,
        os.environ,
    )
    [running] = supervisor._all()
    with monkeypatch.context() as patch:
        patch.setattr(failing, Mock(side_effect=error))
        supervisor._tend(running)
    assert re.fullmatch(
        r"turret   \| web cannot be started \(.*\); tried again in 1 s\n", capsys.readouterr().out
    )

    def is_started() -> bool:
        supervisor._tend(running)
        return running.process is not None

    assert eventually(is_started)
    supervisor._end([running])
    assert running.process is not None
    assert gone(running.process.pid)


def test_a_program_that_runs_once_is_not_restarted(supervised: Supervised) -> None:
    supervised.start(
        [shell("good", "echo x >> good", once=True), shell("bad", "exit 2", once=True)]
    )
    assert supervised.said("turret   | bad failed (status 2)")
    supervised.stop()
    assert (supervised.folder / "good").read_text() == "x\n"
    assert len(supervised.lines()) == 1


def test_all_stop_in_reverse_order_with_their_children(supervised: Supervised) -> None:
    script = "trap 'echo {0} >> order; exit' TERM; sleep 600 & echo $! > {0}; wait"
    supervised.start(*([shell(name, script.format(name))] for name in ("first", "second")))
    pids = [supervised.pid("first"), supervised.pid("second")]
    supervised.stop()
    assert (supervised.folder / "order").read_text() == "second\nfirst\n"
    assert eventually(lambda: all(gone(pid) for pid in pids))


def test_a_program_that_ignores_the_signal_is_killed(supervised: Supervised) -> None:
    script = "trap '' TERM; echo $$ > deaf; while :; do sleep 0.1; done"
    supervised.start([shell("deaf", script, stop_seconds=0.4)])
    pid = supervised.pid("deaf")
    supervised.stop()
    assert "turret   | deaf does not stop; killed" in supervised.lines()
    assert eventually(lambda: gone(pid))


def test_chatter_goes_to_the_log_alone_and_control_characters_nowhere(
    supervised: Supervised,
) -> None:
    script = "echo '2026-01-01 00:00:00,0 INFO app fine'; printf 'bad\\033[2J\\n'; exec sleep 600"
    supervised.start([shell("web", script)])
    assert supervised.said("web      | bad [2J")
    assert len(supervised.lines()) == 1
    assert "INFO app fine\n" in (supervised.folder / "web.log").read_text()


def test_a_log_that_cannot_be_written_keeps_no_program_from_speaking(
    supervised: Supervised,
) -> None:
    log = supervised.folder / "web.log"
    log.mkdir()  # nobody can write to it, root included
    script = "while :; do echo line; sleep 0.05; [ -e go ] && echo kept; done"
    supervised.start([shell("web", script)])
    words = "cannot be written; what follows is shown here alone"
    assert supervised.said(f"turret   | {log} {words}")
    assert eventually(lambda: supervised.lines().count("web      | line") > 5)
    assert sum(words in line for line in supervised.lines()) == 1
    log.rmdir()
    (supervised.folder / "go").touch()
    assert eventually(lambda: log.exists() and "kept\n" in log.read_text())


def test_a_large_log_is_put_aside_while_its_program_goes_on(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.serve.terminal._LOG_LIMIT_BYTES", 1_000)
    supervised.start([shell("web", "for n in $(seq 500); do echo line $n; done; exec sleep 600")])
    log = supervised.folder / "web.log"
    assert supervised.said("web      | line 500")
    aside = supervised.folder / "web.log.1"
    assert eventually(lambda: "line 500\n" in log.read_text() + aside.read_text())
    assert max(log.stat().st_size, aside.stat().st_size) < 1_100


def test_of_a_traceback_only_the_exception_is_shown(supervised: Supervised) -> None:
    script = "import time\ntry: 1 / 0\nexcept ZeroDivisionError:\n import traceback\n"
    script += " traceback.print_exc()\ntime.sleep(600)"
    supervised.start([Program("web", [sys.executable, "-c", script])])
    assert supervised.said("web      | ZeroDivisionError: division by zero")
    assert len(supervised.lines()) == 1
    log = (supervised.folder / "web.log").read_text()
    assert log.startswith("Traceback (most recent call last):\n  File ")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_programs_end_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import os, pathlib; from config.serve.supervisor import *; "
        "sh = Program('web', ['/bin/sh', '-c', 'echo $$ > web; exec sleep 600']); "
        f"here = pathlib.Path({str(tmp_path)!r}); "
        "Supervisor([[sh]], Terminal(here), here, os.environ).run()"
    )
    killed = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT)
    pid_file = tmp_path / "web"
    assert eventually(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
    killed.kill()
    killed.wait()
    assert eventually(lambda: gone(int(pid_file.read_text())))
