"""``python -m config.serve``: prepare, then run everything until SIGINT, SIGTERM or SIGHUP."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from config import embedded
from config import environment as env
from config.serve import static_files
from config.serve.programs import PROJECT, Options, manage, programs
from config.serve.supervisor import Supervisor
from config.serve.terminal import Terminal

_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Unready(Exception):
    """Something must be put right before Turret can run; the message says what."""


def main() -> int:
    """Returns the exit status: 0 when told to stop, 1 with one clear line when it cannot start."""
    for number in _STOP:
        signal.signal(number, _interrupt)
    try:
        options = Options.read()
        _check_port(options)
        with embedded.for_command():
            return _serve(options)
    except env.Misconfigured as error:
        env.stop(error)
    except (Unready, embedded.EmbeddedError) as error:
        print(f"turret: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serve(options: Options) -> int:
    environment = {**os.environ, "PORT": str(options.port), "PYTHONUNBUFFERED": "1"}
    data = embedded.data_dir()
    logs = data / "log"
    for folder in (logs, data / "run"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    terminal = Terminal(logs)
    began = time.monotonic()
    signature = static_files.signature(PROJECT)
    commands = [manage("migrate", "--no-input", "--verbosity", "0")]
    if not static_files.collected(data, signature):
        commands.append(manage("collectstatic", "--no-input", "--verbosity", "0"))
    _at_once(commands, environment)
    static_files.remember(data, signature)
    terminal.say(f"database and static files ready ({time.monotonic() - began:.1f} s)")
    supervisor = Supervisor(programs(options), terminal, PROJECT, environment)
    for number in _STOP:
        signal.signal(number, lambda _number, _frame: supervisor.stop())
    terminal.say(f"starting; logs in {logs}; Ctrl-C stops everything")
    supervisor.run()
    terminal.say("stopped")
    return 0


def _check_port(options: Options) -> None:
    """Raises Unready unless the web server can listen where it is meant to."""
    try:
        found = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        where = f"{options.host}, port {options.port} ({error.strerror})"
        raise Unready(f"cannot listen on {where}: {_remedy(error, options.port)}") from error


def _remedy(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return "HOST has to be an address of this machine, or 0.0.0.0 for all networks"
    # Lower ports are for root alone.
    other = port + 1 if 1024 <= port < 65535 else 8000
    return f"end what listens there, or choose another, e.g. make run PORT={other}"


def _at_once(commands: Sequence[Sequence[str]], environment: dict[str, str]) -> None:
    """Run commands side by side. Raises Unready, or Misconfigured, with what one says."""
    begun = [_begin(command, environment) for command in commands]
    try:
        for command, process in zip(commands, begun, strict=True):
            said, _ = process.communicate()
            if process.returncode == env.EXIT_STATUS:
                raise env.Misconfigured(said.strip().removeprefix("turret: "))
            if process.returncode:
                raise Unready(f"{' '.join(command[1:3])} failed:\n{said.rstrip()}")
    finally:
        for process in begun:
            if process.poll() is None:
                process.terminate()
                process.wait()


def _begin(command: Sequence[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


if __name__ == "__main__":
    sys.exit(main())
