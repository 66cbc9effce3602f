"""``python -m config.check [PYTEST-ARGUMENT ...]``: everything that must pass, in order.

The tests get servers of their own, in a folder that is gone afterwards: whatever the environment
names or another run uses is left alone.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config import embedded

PROJECT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable

QUIET_CHECKS = (
    ("lint", ("ruff", "check")),
    ("format", ("ruff", "format", "--check")),
    ("types", ("mypy", "--num-workers", "2")),
    ("imports", ("lint-imports", "--no-logo")),
    ("migrations", (PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")),
)


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status of the first check that failed, or 0."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with _servers() as environment:
            for name, command in QUIET_CHECKS:
                if status := _quiet(name, command, environment):
                    return status
            tests = [PYTHON, "-m", "pytest", "-n", "2", *arguments]
            return subprocess.run(tests, cwd=PROJECT, env=environment).returncode
    except embedded.EmbeddedError as error:
        print(f"turret: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """The environment of the checks, with servers in a new folder below ``var/``."""
    var = PROJECT / "var"
    var.mkdir(mode=0o711, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="test-", dir=var) as name:
        variables = {**os.environ, "TURRET_DATA_DIR": name}
        for store in ("DATABASE_URL", "REDIS_URL"):
            variables |= {store: "", f"{store}_FILE": ""}
        # Tests start Python hundreds of times, and to compile Django takes it longer than to start.
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        variables["PATH"] = f"{Path(PYTHON).parent}{os.pathsep}{variables.get('PATH', os.defpath)}"
        with embedded.servers(Path(name)):
            yield variables


def _quiet(name: str, command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a check that speaks only if it fails; returns its exit status."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    outcome = "failed" if done.returncode else "ok"
    print(f"  check  {name}: {outcome}, {time.monotonic() - began:.0f} s", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
