"""Whether static files must be collected again: compressing them takes seconds."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

SETTINGS = ("requirements.lock", "config/settings.py", "config/storage.py")


def signature(project: Path) -> str:
    """What the collected files rest on: our own, those of the locked packages, and the settings."""
    digest = hashlib.sha256()
    for name in SETTINGS:
        digest.update((project / name).read_bytes())
    for path in _sources(project):
        found = path.stat()
        digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collected(data: Path, now: str) -> bool:
    """Whether the files in the data folder were collected from sources with this signature."""
    stamp = _stamp(data)
    whole = (data / "static" / "staticfiles.json").exists()
    return whole and stamp.exists() and stamp.read_text() == now


def remember(data: Path, now: str) -> None:
    """Note that they were."""
    _stamp(data).write_text(now)


def _stamp(data: Path) -> Path:
    return data / "run" / "static.signature"


def _sources(project: Path) -> Iterator[Path]:
    apps = sorted(package.parent for package in project.glob("*/__init__.py"))
    for folder in (project, *apps):
        yield from sorted(path for path in (folder / "static").rglob("*") if path.is_file())
