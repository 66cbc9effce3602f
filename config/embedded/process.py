"""Detached server processes: start one, recognise it later by its process id, end it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.embedded.errors import EmbeddedError

# Servers get none of our environment: it holds secrets, and PGDATA and its like would steer them.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

# The shell leaves at once, so that init adopts the server and reaps it. Input passes through
# descriptor 3 because a background command otherwise reads from /dev/null.
_DETACH = 'umask 077; exec 3<&0; log=$1; shift; "$@" <&3 3<&- >>"$log" 2>&1 & echo $!'

_PROC = Path("/proc")  # absent on macOS
_LOG_LIMIT_BYTES = 10_000_000


def spawn(command: Sequence[str], log: Path, stdin: str = "") -> int:
    """Start ``command`` in a session of its own with its output added to ``log``.

    ``stdin`` reaches it through a pipe and must be shorter than a pipe's buffer (64 KiB).
    Returns the process id. The process outlives its starter and holds none of its files.
    """
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    started = subprocess.run(
        ["/bin/sh", "-c", _DETACH, "sh", str(log), *command],
        input=stdin,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd="/",
        env=SERVER_ENVIRONMENT,
        start_new_session=True,
    )
    return int(started.stdout)


def run(command: Sequence[str], what: str, stdin: str = "") -> None:
    """Run a short command of a server's tools; raise with the end of its output if it fails."""
    done = subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env=SERVER_ENVIRONMENT,
    )
    if done.returncode:
        raise EmbeddedError(f"{what} failed ({command[0]}):\n{last_lines(done.stdout)}")


def gone(pid: int) -> bool:
    """Whether there is no such process, or only a zombie that nobody has reaped yet."""
    if _PROC.exists():
        try:
            state = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
    else:
        state = _ps(pid, "stat")
    return state[:1] in ("", "Z", "X")


def command_of(pid: int) -> str:
    """The command line of a process; empty if it is gone, and for a moment while it starts."""
    if _PROC.exists():
        try:
            return (
                (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
            )
        except OSError:
            return ""
    return _ps(pid, "command")


def _ps(pid: int, column: str) -> str:
    listed = subprocess.run(
        ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)], stdout=subprocess.PIPE
    )
    return listed.stdout.decode("latin-1").strip()


def pid_in(pid_file: Path, marker: str) -> int | None:
    """The process id in ``pid_file`` if that process lives and ``marker`` is in its command line.

    After a crash or a reboot the file may name a stranger that got the same number.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if marker.encode().decode("latin-1") in command_of(pid) else None


def ask(path: Path, question: bytes = b"", timeout: float = 1.0) -> bytes | None:
    """Connect to a Unix socket, send ``question``, return the first of the answer.

    Without a question the answer is empty. None means that nobody listens. A server too busy to
    answer within ``timeout`` seconds counts as alive and yields an empty answer.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        try:
            client.connect(str(path))
            if question:
                client.sendall(question)
                return client.recv(1024)
        except (TimeoutError, BlockingIOError):
            return b""
        except OSError:
            return None
    return b""


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll ``condition`` until it holds; False if it did not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def end(pid: int, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, giving the process its number of seconds, until it is gone."""
    for number, seconds in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: gone(pid), seconds):
            return
    raise EmbeddedError(f"process {pid} does not end")


def last_lines(text: str, count: int = 12) -> str:
    """The end of a log, indented, for an error message."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:])
