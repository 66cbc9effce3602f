"""Counting distinct values in bounded space."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import sketch


def sketch_of(count: int, prefix: str = "v") -> list[int]:
    return sketch.add([], [f"{prefix}{n}" for n in range(count)])


@pytest.mark.parametrize("count", [0, 1, 22, sketch.SIZE - 1])
def test_few_values_are_counted_exactly(count: int) -> None:
    small = sketch_of(count)
    assert sketch.is_exact(small)
    assert sketch.estimate(small) == count


@pytest.mark.parametrize("count", [sketch.SIZE, 1_000, 20_000, 100_000])
def test_many_values_are_estimated(count: int) -> None:
    large = sketch_of(count)
    assert len(large) == sketch.SIZE
    assert not sketch.is_exact(large)
    assert sketch.estimate(large) == pytest.approx(count, rel=0.3)


def test_a_value_seen_again_changes_nothing() -> None:
    seen = sketch_of(5_000)
    assert sketch.add(seen, [f"v{n}" for n in range(5_000)]) == seen


@given(st.sets(st.text(max_size=5)), st.sets(st.text(max_size=5)))
def test_adding_in_parts_is_adding_at_once(one: set[str], other: set[str]) -> None:
    assert sketch.add(sketch.add([], one), other) == sketch.add([], one | other)
