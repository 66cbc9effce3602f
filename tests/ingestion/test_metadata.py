"""Flat keys and values of metadata."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.limits import ENUM_LENGTH, KEY_LENGTH
from ingestion.metadata import enum_value, flatten, text_of, value_of

KEYS = st.text(alphabet="ab.", max_size=4)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([1]))
METADATA = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8),
    max_size=4,
)


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


@given(METADATA)
def test_a_single_value_is_what_flatten_says(metadata: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(metadata))
    flat = flatten(stored)
    for key, value in flat.items():
        assert value_of(stored, key) is value or value_of(stored, key) == value
    for absent in {"a", "b", "a.b", "a.a.b", "..", "zz"} - flat.keys():
        assert value_of(stored, absent) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  hello\n", "hello"),
        (" ", None),
        ("", None),
        (None, None),
        ([], None),
        ({"x": 1}, None),
        (42, "42"),
        (1.5, "1.5"),
        (True, "true"),
        ("\u00a0hi\u3000", "hi"),
    ],
)
def test_text_has_no_surrounding_space(value: Any, text: str | None) -> None:
    assert text_of({"prompt": value}, "prompt") == text


def test_text_is_found_in_nested_objects() -> None:
    assert text_of({"message": {"content": "hi"}}, "message.content") == "hi"
    assert text_of({"message": {"content": "hi"}}, "message") is None


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
        (" \n", None),
        (["ios"], None),
        (None, None),
    ],
)
def test_a_value_of_an_enum_is_one_short_line(value: Any, shown: str | None) -> None:
    assert enum_value({"user": {"plan": value}}, "user.plan") == shown
