"""What went wrong, in words that quote nobody: an exception's own may hold a user's text."""

from __future__ import annotations

import traceback
from pathlib import Path

from django.conf import settings


def described(error: BaseException) -> str:
    """The kind of an exception, with file and line of Turret's innermost frame."""
    return f"{type(error).__name__} at {_own_place(error)}"


def _own_place(error: BaseException) -> str:
    base = Path(settings.BASE_DIR)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(base) and ".venv" not in path.parts:
            return f"{path.relative_to(base)}:{frame.lineno}"
    return "an unknown place"
