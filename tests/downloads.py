"""What a page gives for download."""

from __future__ import annotations

import csv
from typing import Any


def rows(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV file, by column."""
    content = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(content.splitlines(keepends=True)))
