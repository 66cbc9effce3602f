"""``python -m config.install [--dev]``: make ``.venv`` fit the lock files, or see that it does.

Runs before anything is installed, so it imports the standard library alone. A stamp in ``.venv``
says what was installed; where it still holds, nothing is done. A set-up that was interrupted is
begun anew. Two at once wait for each other.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "turret.json"
LOG = VENV / "turret-install.log"

CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# Run in the background after set-up: compiles the bytecode of the heavy libraries, which
# takes longer than importing them does later.
WARM_UP = "import sentence_transformers, hdbscan"


class InstallError(Exception):
    """A step failed; the message says which, with the end of its log."""


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    if unknown := [argument for argument in arguments if argument != "--dev"]:
        print(f"turret: unknown argument {unknown[0]}; only --dev is known", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with _alone():
            install(dev="--dev" in arguments)
    except InstallError as error:
        print(f"turret: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nturret: set-up interrupted; the next one starts over", file=sys.stderr)
        return 130
    return 0


def install(*, dev: bool) -> None:
    """Bring ``.venv`` up to date with the lock files and this Python."""
    stamp = _stamp()
    base = _base()
    if stamp.get("base") != base:
        stamp = {"base": base}
        _step("Python environment", [str(_python()), "-m", "venv", str(VENV)], fresh=True)
    torch = _torch(stamp.get("torch", ""))
    wanted = {"torch": torch, "requirements.lock": _digest("requirements.lock")}
    if dev:
        wanted["requirements-dev.lock"] = _digest("requirements-dev.lock")
    missing = {name: value for name, value in wanted.items() if stamp.get(name) != value}
    if not missing:
        return
    STAMP.unlink(missing_ok=True)
    if "torch" in missing:
        _install_torch(torch)
    locks = [name for name in missing if name != "torch"]
    if locks:
        _install_locks(locks)
    STAMP.write_text(json.dumps({**stamp, **wanted}, indent=2))
    _warm_up()


def _base() -> str:
    """What an environment rests on: if any of it changes, only a new one will do."""
    return f"{VENV} on {_python()}"


def _python() -> Path:
    """The Python outside of any environment that runs this."""
    return Path(sys.executable).resolve()


def _stamp() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if PYTHON.exists() else {}


def _digest(lock: str) -> str:
    return hashlib.sha256((PROJECT / lock).read_bytes()).hexdigest()


def _torch(installed: str) -> str:
    """The requirement of torch: ``TORCH``, else what is there if its version is right, else CPU.

    On Linux the index that pip knows has the CUDA build, several gigabytes, under the plain
    version; the version with ``+cpu`` exists only where CPU builds are.
    """
    if chosen := os.environ.get("TORCH"):
        return chosen
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    plain = next(name for name in project["dependencies"] if re.match(r"torch\s*==", name))
    if installed.startswith(plain):
        return installed
    return f"{plain}+cpu" if sys.platform == "linux" else plain


def _install_torch(requirement: str) -> None:
    pip = [*_PIP, "--no-deps", requirement]
    try:
        _step(f"{requirement} (large)", pip, quiet="+cpu" in requirement)
    except InstallError:
        if "+cpu" not in requirement:
            raise
        _step(f"{requirement} (large)", [*pip, "--extra-index-url", CPU_INDEX])


def _install_locks(locks: Sequence[str]) -> None:
    """Install with uv, which takes 3 s for pip's 50; with pip if uv cannot (its own settings)."""
    files = [part for lock in locks for part in ("-r", lock)]
    count = sum(
        len(re.findall(r"^[\w.-]+==", (PROJECT / lock).read_text(), re.M)) for lock in locks
    )
    title = f"{count} packages"
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)]
    try:
        setup = [*_PIP, "--no-deps", "--require-hashes", "-r", "requirements-setup.lock"]
        _step("installer", setup, quiet=True)
        _step(title, [*uv, "--no-deps", "--require-hashes", *files], quiet=True)
    except InstallError:
        _step(f"{title} with pip", [*_PIP, "--no-deps", "--require-hashes", *files])


_PIP = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
_PIP += ["--no-warn-script-location", "--progress-bar", "off"]


def _step(title: str, command: Sequence[str], *, fresh: bool = False, quiet: bool = False) -> None:
    """Run a command with its output in the log, showing its title and how long it takes.

    ``fresh`` deletes the environment first. Raises InstallError; a ``quiet`` step's failure is
    shown nowhere, for there is another way.
    """
    if fresh:
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
    began = time.monotonic()
    variables = {**os.environ, "PIP_USER": "0", "PYTHONUNBUFFERED": "1"}
    variables.pop("PYTHONPATH", None)
    with LOG.open("a") as log:
        log.write(f"\n# {title}: {' '.join(command)}\n")
        log.flush()
        start = LOG.stat().st_size
        process = subprocess.Popen(
            command, cwd=PROJECT, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            while process.poll() is None:
                _progress(title, began, start)
                try:
                    process.wait(0.2)
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode == 0:
        _show(f"{title}: {time.monotonic() - began:.0f} s", end="\n")
    elif quiet:
        raise InstallError(title)
    else:
        tail = "\n".join(LOG.read_text(errors="replace").splitlines()[-20:])
        raise InstallError(f"set-up failed at: {title}\n{tail}\nThe whole log: {LOG}")


def _progress(title: str, began: float, start: int) -> None:
    """On a terminal, how long a step has taken, and how many packages pip has got."""
    if not sys.stdout.isatty():
        return
    with LOG.open(errors="replace") as log:
        log.seek(start)
        collected = log.read().count("Collecting ")
    got = f", {collected} begun" if collected > 1 else ""
    _show(f"{title}: {time.monotonic() - began:.0f} s{got}", end="")


def _show(text: str, end: str) -> None:
    before = "\r\x1b[K" if sys.stdout.isatty() else ""
    print(f"{before}  set-up  {text}", end=end, flush=True)


def _warm_up() -> None:
    """Begin what may run on after set-up, at the lowest priority."""
    variables = {**os.environ}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    with LOG.open("a") as log:
        subprocess.Popen(
            ["nice", "-n", "19", str(PYTHON), "-c", WARM_UP],
            cwd=VENV,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the project folder's lock; the kernel drops it with the process."""
    folder = os.open(PROJECT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  set-up  waiting for another one in this folder", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        # Another account runs PostgreSQL and Redis from here; nothing in here is secret.
        os.umask(0o022)
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
