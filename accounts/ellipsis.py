"""Texts that fit where they are shown or stored."""

from __future__ import annotations


def with_ellipsis(text: str, length: int) -> str:
    """The text; where it has more than `length` characters, its beginning and an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"
