"""No room left: for the logs alone, and for everything."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from bench.installation import Installation, eventually, installed
from tests.chaos.story import steady

pytestmark = pytest.mark.chaos

DISK = "1g"


def test_no_room_for_logs(turret: Installation) -> None:
    """The supervisor, which keeps what all programs say, may not write to files for a while."""
    with steady(turret), _no_file_grows(turret.process.pid):
        # Of which the web server has something to tell.
        os.kill(turret.children(turret.pid("granian"))[-1], signal.SIGKILL)
        sleep(8)
    assert turret.process.poll() is None
    log = turret.folder / "log" / "web.log"
    size = log.stat().st_size
    os.kill(turret.children(turret.pid("granian"))[-1], signal.SIGKILL)
    assert eventually(lambda: log.stat().st_size > size)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system to fill")
def test_a_full_disk() -> None:
    """Nothing of it can be written: no event, no counter in Redis, no log."""
    with _small_disk() as folder, installed(folder) as turret, steady(turret) as story:
        _fill(folder / "ballast")
        sleep(12)
        (folder / "ballast").unlink()
        assert eventually(lambda: turret.asked("/readyz") == 200, 120), turret.output()
    assert story.client.seen[503]


@contextmanager
def _no_file_grows(process: int) -> Iterator[None]:
    soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="turret-full-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=711", "none", name]
        subprocess.run(mount, check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def _fill(path: Path) -> None:
    block = bytes(1 << 20)
    with path.open("ab", buffering=0) as file:
        try:
            while file.write(block):
                pass
        except OSError:
            return
