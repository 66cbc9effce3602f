"""Flat keys and values of metadata."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.limits import ENUM_LENGTH, KEY_LENGTH
from ingestion.metadata import as_enum_value, as_text, flatten


@pytest.mark.parametrize(
    ("metadata", "flat"),
    [
        ({}, {}),
        ({"a": 1, "b": "x", "c": True, "d": 1.5}, {"a": 1, "b": "x", "c": True, "d": 1.5}),
        ({"a": None, "b": "", "c": " \n", "d": [1], "e": {}}, {}),
        ({"a": {"b": {"c": 1}}}, {"a.b.c": 1}),
        ({"a": {"b": {"c": {"d": 1}}}}, {}),
        ({"a": {"b": 1}, "a.b": 2}, {"a.b": 2}),
        ({"k" * KEY_LENGTH: 1, "a": {"k" * KEY_LENGTH: 2}}, {"k" * KEY_LENGTH: 1}),
        ({"": {"": 0}}, {".": 0}),
        ({"a": {"b.c.d": {"e": 1}}, "a.b": {"c": {"d.e": 2}}}, {"a.b.c.d.e": 1}),
    ],
)
def test_nested_objects_become_dotted_keys(metadata: Any, flat: Any) -> None:
    assert flatten(metadata) == flat


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  hello\n", "hello"),
        (42, "42"),
        (1.5, "1.5"),
        (True, "true"),
        ("\u00a0hi\u3000", "hi"),
    ],
)
def test_text_has_no_surrounding_space(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (" very\n  good ", "very good"),
        ("x" * 20_000, "x" * ENUM_LENGTH),
        ("x" * (ENUM_LENGTH - 1) + " y", "x" * (ENUM_LENGTH - 1)),
        (True, "true"),
        (2, "2"),
        (2.0, "2.0"),
        (1e-05, "0.00001"),
    ],
)
def test_a_value_of_an_enum_is_one_short_line(value: Any, shown: str) -> None:
    assert as_enum_value(value) == shown
