"""The docs say what the code does."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def documented() -> set[str]:
    table = (ROOT / "docs" / "operations.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))


def _read_by_settings() -> set[str]:
    """What the settings, the supervisor and the set-up ask the environment for."""
    sources = ("settings.py", "serve/programs.py", "install.py", "embedded/layout.py")
    pattern = re.compile(r"(?:env\.\w+|environ\.get)\(\s*\"([A-Z_]+)\"")
    return {
        name for path in sources for name in pattern.findall((ROOT / "config" / path).read_text())
    }


def test_every_setting_is_documented() -> None:
    assert _read_by_settings() - documented() == set()


def test_every_documented_setting_is_read() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "config").rglob("*.py"))
    unread = {name for name in documented() if f'"{name}"' not in sources}
    assert unread == set()
