"""``python -m config.embedded [-- COMMAND ...]``.

Alone, it keeps the servers running until SIGTERM or SIGINT, and restarts one that died. With a
command, it holds them while the command runs and ends with the command's exit status.
"""

import signal
import subprocess
import sys
import threading
from types import FrameType

from config import environment
from config.embedded import EmbeddedError, data_dir, embedded_parts, for_command, start_missing

_POLL_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """Run as described above; returns the exit status."""
    command = arguments[1:] if arguments[:1] == ["--"] else []
    if arguments and not command:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with for_command():
            return _run(command) if command else _stay()
    except environment.Misconfigured as error:
        environment.stop(error)
    except EmbeddedError as error:
        print(f"turret: {error}", file=sys.stderr)
        return 1


def _stay() -> int:
    """Watch the servers until told to stop."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    parts = embedded_parts()
    while not stopping.wait(_POLL_SECONDS):
        for name in start_missing(data_dir(), **parts):
            print(f"{name} had died; restarted", flush=True)
    return 0


def _run(command: list[str]) -> int:
    """Run the command, passing on what signals ask of us; 128 + n if signal n ended it."""
    try:
        child = subprocess.Popen(command)
    except OSError as error:
        print(f"turret: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    # A terminal sends Ctrl-C to the command as well; we only have to outlive it.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
