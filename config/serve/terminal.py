"""What ``make run`` shows: its own words, and what programs say that somebody should read.

Everything a program says goes to its file in the log folder; its lines of level INFO and DEBUG and
the frames of its tracebacks go only there.
"""

import re
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

_CHATTER = re.compile(r'^((\S+ ){0,2}\[?|{"time":"[^"]*","level":")(INFO|DEBUG)\b')
_TRACEBACK = "Traceback (most recent call last):"
_NAME_WIDTH = 8
_LOG_LIMIT_BYTES = 10_000_000


class Terminal:
    """Standard output, shared by threads, each line whole and marked with who said it."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._lock = threading.Lock()
        self._tty = sys.stdout.isatty()
        self._followers: list[threading.Thread] = []

    def say(self, text: str, who: str = "turret") -> None:
        """Print one line."""
        name = f"{who:<{_NAME_WIDTH}}"
        # On a terminal, first clear the line: a progress bar may stand there.
        shown = f"\r\x1b[K\x1b[2m{name} |\x1b[0m {text}" if self._tty else f"{name} | {text}"
        with self._lock, suppress(OSError):  # a terminal that is gone, or a file without room
            print(shown, flush=True)

    def follow(self, name: str, output: IO[bytes]) -> None:
        """Pass a program's output on until it ends, in a thread."""
        thread = threading.Thread(target=self._pass_on, args=(name, output), daemon=True)
        thread.start()
        self._followers = [thread, *(one for one in self._followers if one.is_alive())]

    def close(self) -> None:
        """Wait until what the programs said last is shown."""
        for thread in self._followers:
            thread.join(1.0)

    def _pass_on(self, name: str, output: IO[bytes]) -> None:
        log = self._logs / f"{name}.log"
        is_kept, in_traceback = True, False
        with output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                was_kept, is_kept = is_kept, _keep(log, line)
                if was_kept and not is_kept:
                    self.say(f"{log} cannot be written; what follows is shown here alone")
                in_traceback = line == _TRACEBACK or (in_traceback and line[:1].isspace())
                if line and not in_traceback and not _CHATTER.match(line):
                    self.say(_printable(line), name)


def _keep(log: Path, line: str) -> bool:
    """Add a line to a log, and put a large one aside; whether there was room."""
    try:
        with log.open("ab", buffering=0) as file:
            if file.tell() > _LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".log.1"))
            file.write(f"{line}\n".encode())
    except OSError:
        return False
    return True


def _printable(line: str) -> str:
    """``line`` without control characters, which could rewrite what the terminal shows."""
    return "".join(letter if letter.isprintable() else " " for letter in line)
