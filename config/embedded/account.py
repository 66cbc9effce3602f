"""Which system account the servers run as, and how root becomes it.

PostgreSQL refuses to run as root. An ordinary user runs the servers as themselves. Root runs them
as a system account without a login, which owns their folders below the data folder and nothing
else. Where the clone or the data folder lies below a folder closed to that account, the server
processes get the one capability that opens closed folders to them; nothing changes on disk.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError

NAME = "turret"

# What may be needed to reach our folders, least first: containers often lack the second.
_CAPABILITIES = (None, "dac_read_search", "dac_override")

_REACHES_ALL = 'for path; do test -x "$path" || exit 1; done'


@dataclass(frozen=True)
class Account:
    """The account of the server processes; ``prefix`` is the command that becomes it."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def command(self, *arguments: str | Path) -> list[str]:
        """``arguments`` as a command run by this account."""
        return [*self.prefix, *map(str, arguments)]

    def private_folder(self, path: Path) -> None:
        """Make sure that ``path`` is a folder of this account that nobody else can enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise EmbeddedError(f"{path} is in the way: it must be a folder")
        if found.st_uid != self.uid and found.st_uid == os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        elif found.st_uid != self.uid:
            raise EmbeddedError(
                f"{path} belongs to user {found.st_uid}, but the servers run as {self.uid}: "
                "run as the user who made it, or set TURRET_DATA_DIR to another folder"
            )
        if stat.S_IMODE(path.lstat().st_mode) != 0o700:
            path.chmod(0o700)


def server_account(reach: Sequence[Path]) -> Account:
    """The account for servers that must enter or run every path in ``reach``."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if shutil.which("setpriv") is None:
        raise EmbeddedError(
            "as root, Turret needs setpriv (package util-linux) to run its servers as a lesser "
            "account: install it, run as an ordinary user, or set DATABASE_URL and REDIS_URL"
        )
    entry = _system_account()
    for capability in _CAPABILITIES:
        account = Account(entry.pw_uid, entry.pw_gid, _become(entry, capability))
        probe = account.command("/bin/sh", "-c", _REACHES_ALL, "sh", *reach)
        if subprocess.run(probe, cwd="/", capture_output=True).returncode == 0:
            return account
    raise EmbeddedError(
        f"the account {NAME} cannot reach one of {', '.join(map(str, reach))}: "
        "move the clone and TURRET_DATA_DIR to folders that others can enter"
    )


def _become(entry: pwd.struct_passwd, capability: str | None) -> tuple[str, ...]:
    change = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    change.append("--no-new-privs")
    if capability:
        change += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
        # PostgreSQL asks access(2) for its own programs, which else ignores capabilities.
        change += ["--securebits=+no_setuid_fixup"]
    return tuple(change)


def _system_account() -> pwd.struct_passwd:
    """The account's entry, made if it is not there."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    make = ["useradd", "--system", "--user-group", "--no-create-home"]
    make += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME]
    try:
        made = subprocess.run(make, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise EmbeddedError(
            f"as root, Turret needs a system account named {NAME} for its servers and cannot "
            "find useradd to make it: make it yourself, or run as an ordinary user"
        ) from error
    try:
        # Another clone's set-up may have been faster.
        return pwd.getpwnam(NAME)
    except KeyError:
        raise EmbeddedError(f"cannot make the account {NAME}: {made.stderr.strip()}") from None
