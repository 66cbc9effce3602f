"""Where the embedded servers keep things: folders, sockets and passwords below one data folder."""

import json
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from config.embedded.errors import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]
ROLE = DATABASE = "turret"

# sun_path holds 104 bytes on macOS and 108 on Linux, with a closing zero; PostgreSQL's socket
# is the longest name that follows the folder's.
_LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")


@dataclass(frozen=True)
class Servers:
    """How to reach the embedded servers, whether they run or not."""

    host: str
    """Folder of PostgreSQL's socket: what libpq and Django take as the host."""
    user: str
    password: str
    name: str
    redis_url: str

    @property
    def database_url(self) -> str:
        """A URL that libpq, psycopg and django-environ understand."""
        host = quote(self.host, safe="")
        return f"postgresql://{self.user}:{self.password}@/{self.name}?host={host}"


def data_dir() -> Path:
    """The data folder: ``TURRET_DATA_DIR``, or ``var`` in the project."""
    return Path(os.environ.get("TURRET_DATA_DIR") or PROJECT / "var").absolute()


class Layout:
    """The paths below a data folder. Only :meth:`prepare` and the ``make_`` methods write."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.run = self.root / "run"
        self.log = self.root / "log"
        self.postgres = self.root / "postgres"
        self.redis = self.root / "redis"
        self._secrets = self.root / "secrets.json"
        self._short_sockets = self.run / "sockets"

    def prepare(self) -> None:
        """Create the data folder and those only we write to. Modes of existing ones stay."""
        try:
            # Servers of another account must pass through it; nobody may list it.
            mode = 0o711 if os.geteuid() == 0 else 0o700
            self.root.mkdir(mode=mode, parents=True, exist_ok=True)
            for folder in (self.run, self.log):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not os.access(self.run, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise EmbeddedError(
                f"cannot write to the data folder {self.root} ({error.strerror}): "
                "set TURRET_DATA_DIR to a folder of your own"
            ) from error

    @property
    def sockets(self) -> Path:
        """The folder of both sockets; one elsewhere if they cannot lie below the data folder."""
        usual = self.root / "sockets"
        if _takes_sockets(usual):
            return usual
        try:
            return Path(self._short_sockets.read_text())
        except OSError:
            return usual

    def make_short_sockets(self, owner: int) -> None:
        """Where sockets cannot lie below the data folder, record a new private folder for them.

        One recorded earlier is kept if it is still there and still ``owner``'s alone.
        """
        if self.sockets != self.root / "sockets":
            try:
                found = self.sockets.lstat()
                if found.st_uid == owner and found.st_mode & 0o170777 == 0o040700:
                    return
            except OSError:
                pass
        elif _takes_sockets(self.sockets):
            return
        _write_private(self._short_sockets, tempfile.mkdtemp(prefix="turret-", dir="/tmp"))

    def drop_short_sockets(self) -> None:
        """Leave nothing outside the data folder; for when both servers are down."""
        if self._short_sockets.exists():
            shutil.rmtree(self.sockets, ignore_errors=True)
            self._short_sockets.unlink()

    @cached_property
    def passwords(self) -> dict[str, str]:
        """Passwords by ``superuser``, ``role`` and ``redis``; empty strings before the first start.

        Raises EmbeddedError where another user's data folder keeps them from us.
        """
        try:
            found = json.loads(self._secrets.read_text())
        except FileNotFoundError:
            return {"superuser": "", "role": "", "redis": ""}
        except PermissionError as error:
            raise EmbeddedError(
                f"{self.root} belongs to another user: run as that user, "
                "or set TURRET_DATA_DIR to a folder of your own"
            ) from error
        return {name: str(found[name]) for name in ("superuser", "role", "redis")}

    def make_passwords(self) -> None:
        """Invent the passwords if there are none yet."""
        if not self._secrets.exists():
            names = ("superuser", "role", "redis")
            fresh = {name: secrets.token_urlsafe(24) for name in names}
            _write_private(self._secrets, json.dumps(fresh))
        self.__dict__.pop("passwords", None)

    def servers(self) -> Servers:
        """How to reach both servers."""
        redis_socket = quote(str(self.sockets / "redis.sock"))
        return Servers(
            host=str(self.sockets),
            user=ROLE,
            password=self.passwords["role"],
            name=DATABASE,
            redis_url=f"unix://:{self.passwords['redis']}@{redis_socket}?db=0",
        )


def _takes_sockets(folder: Path) -> bool:
    """Whether the system takes a path that long, and redis-py can read it in what Redis says of its
    clients: a line of `name=value` between blanks."""
    fits = len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER
    return fits and not re.search(r"[\s=]", str(folder))


def _write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, all or nothing."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
