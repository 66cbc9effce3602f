"""Starts programs in order, restarts what ends, stops all in reverse order, says so in a line each.

Each program leads a process group of its own, so that a terminal's Ctrl-C reaches us alone, and so
that whatever a crashed program leaves behind (granian's workers keep its port) is ended with it.
"""

import errno
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.serve.terminal import Terminal

LONG_LIFE_SECONDS = 20.0
"""A program that lived as long is restarted at once, one that did not after a growing delay."""
LONGEST_DELAY_SECONDS = 30.0


@dataclass(frozen=True)
class Program:
    """A command to keep running, or to run ``once``.

    It gets SIGTERM; half-way through ``stop_seconds`` a second one, which tells an RQ worker to
    drop its job (another worker finds it again); at their end its whole group gets SIGKILL.
    """

    name: str
    command: Sequence[str]
    once: bool = False
    stop_seconds: float = 6.0


@dataclass
class _Running:
    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    delay: float = 0.0
    due: float = field(default_factory=time.monotonic)


class Supervisor:
    """Keeps programs running in ``folder`` until :meth:`stop` is called."""

    def __init__(
        self,
        groups: Iterable[Sequence[Program]],
        terminal: Terminal,
        folder: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._groups = [[_Running(program) for program in group] for group in groups]
        self._terminal = terminal
        self._folder = folder
        self._environment = environment
        self._stopping = threading.Event()
        self._prefix = _tied_to_our_life()

    def run(self) -> None:
        """Return when everything is stopped and gone."""
        try:
            while not self._stopping.wait(0.1):
                for running in self._all():
                    self._tend(running)
        finally:
            for group in reversed(self._groups):
                self._end(group)
            self._terminal.close()

    def stop(self) -> None:
        """Make :meth:`run` stop everything and return. Safe in a signal handler."""
        self._stopping.set()

    def _all(self) -> list[_Running]:
        return [running for group in self._groups for running in group]

    def _tend(self, running: _Running) -> None:
        """Start a program that is due; see to one that ended."""
        if running.process is None:
            if time.monotonic() >= running.due:
                self._start(running)
        elif running.process.poll() is not None:
            self._ended(running, running.process)

    def _start(self, running: _Running) -> None:
        running.started = time.monotonic()
        try:
            running.process = self._process(running.program)
        except OSError as error:  # no more processes, memory or files, for a while perhaps
            running.delay = max(running.delay, 1.0)
            self._postpone(running, f"cannot be started ({error.strerror}); tried again")

    def _process(self, program: Program) -> "subprocess.Popen[bytes]":
        """Raises OSError."""
        output = None if program.once else subprocess.PIPE
        process = subprocess.Popen(
            [*self._prefix, *program.command],
            cwd=self._folder,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            start_new_session=True,
        )
        if process.stdout is not None:
            try:
                self._terminal.follow(program.name, process.stdout)
            except RuntimeError as error:  # no thread can be started
                _signal_group(process, signal.SIGKILL)
                process.wait()
                raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
        return process

    def _ended(self, running: _Running, process: "subprocess.Popen[bytes]") -> None:
        _signal_group(process, signal.SIGKILL)
        running.process = None
        running.due = float("inf")
        how = _how_it_ended(process.returncode)
        if running.program.once:
            if process.returncode:
                self._terminal.say(f"{running.program.name} failed ({how})")
            return
        if time.monotonic() - running.started >= LONG_LIFE_SECONDS:
            running.delay = 0.0
        self._postpone(running, f"exited ({how}); restarted")

    def _postpone(self, running: _Running, what: str) -> None:
        """Say what becomes of a program, and have it start after its delay, which grows."""
        after = f" in {running.delay:.0f} s" if running.delay else ""
        self._terminal.say(f"{running.program.name} {what}{after}")
        running.due = time.monotonic() + running.delay
        running.delay = min(max(1.0, 2 * running.delay), LONGEST_DELAY_SECONDS)

    def _end(self, group: Sequence[_Running]) -> None:
        """Stop the programs of a group together and see that nothing of them is left."""
        living = [(one.program, one.process) for one in group if one.process is not None]
        begun = time.monotonic()
        for share in (0.5, 1.0):
            for _, process in living:
                if process.poll() is None:
                    process.terminate()
            for program, process in living:
                _wait(process, begun + share * program.stop_seconds)
        for program, process in living:
            if process.poll() is None:
                self._terminal.say(f"{program.name} does not stop; killed")
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", until: float) -> None:
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return


def _how_it_ended(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _tied_to_our_life() -> list[str]:
    """A prefix that has the kernel end a program if we are killed, where util-linux offers it."""
    prefix = ["setpriv", "--pdeathsig", "TERM"]
    if shutil.which(prefix[0]) is None:
        return []
    works = subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if works else []
