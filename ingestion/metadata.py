"""Metadata as flat keys and values. Pure; no Django.

`{"user": {"plan": "pro"}, "tags": ["a"]}` has one analysed key, `user.plan`. Lists, nulls and
blank strings carry no value. Where `{"a.b": 1, "a": {"b": 2}}` names one key twice, the one that
is nested less counts, then the one whose outer key is shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeGuard

from ingestion.limits import ANALYSED_DEPTH, ENUM_LENGTH, KEY_LENGTH

Scalar = str | int | float | bool


def flatten(metadata: Mapping[str, Any]) -> dict[str, Scalar]:
    """Return the values of the metadata that can be analysed, by dotted key."""
    flat: dict[str, Scalar] = {}
    level: list[tuple[str, Mapping[str, Any]]] = [("", metadata)]
    for _ in range(ANALYSED_DEPTH):
        deeper: list[tuple[str, Mapping[str, Any]]] = []
        for prefix, mapping in level:
            inner = []
            for key, value in mapping.items():
                if isinstance(value, dict):
                    inner.append((f"{prefix}{key}.", value))
                elif _carries(value) and len(prefix) + len(key) <= KEY_LENGTH:
                    flat.setdefault(prefix + key, value)
            deeper += sorted(inner, key=lambda nested: len(nested[0]))
        level = deeper
    return flat


def as_enum_value(value: Scalar) -> str:
    """Return the value of an enum field as pages show it and segments compare it.

    A number is written as PostgreSQL writes it: `0.00001`, not `1e-05`.
    """
    is_float = isinstance(value, float)
    return as_enum(format(Decimal(repr(value)), "f") if is_float else as_text(value))


def as_enum(text: str) -> str:
    """Return a value as an enum field has it: one line of at most `ENUM_LENGTH` characters."""
    return " ".join(text.split())[:ENUM_LENGTH].rstrip()


def as_text(value: Scalar) -> str:
    """Return a value as text without surrounding space: `true`, not `True`."""
    if isinstance(value, str):
        return value.strip()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _carries(value: Any) -> TypeGuard[Scalar]:
    if isinstance(value, str):
        return bool(value) and not value.isspace()
    return isinstance(value, int | float)
