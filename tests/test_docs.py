"""The docs say what the code does."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def _documented() -> set[str]:
    table = (ROOT / "docs" / "operations.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))


def _read_by_settings() -> set[str]:
    source = (ROOT / "config" / "settings.py").read_text()
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))


def test_every_setting_is_documented() -> None:
    assert _read_by_settings() - _documented() == set()


def test_every_documented_setting_is_read() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "config").rglob("*.py"))
    unread = {name for name in _documented() if f'"{name}"' not in sources}
    assert unread == set()
