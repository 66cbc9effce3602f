"""Figures of topics as people read them."""

from __future__ import annotations

import pytest

from clustering.templatetags.topics import change, cosine


@pytest.mark.parametrize(
    ("growth", "shown"),
    [
        (0.12, "+12 %"),
        (-0.4, "−40 %"),
        (7.0, "× 8"),
        (0.0, "±0 %"),
        (0.003, "±0 %"),
        (-0.003, "±0 %"),
        (-0.997, "< −99 %"),
        (-1.0, "−100 %"),
    ],
)
def test_a_growth_is_never_rounded_to_a_signed_nothing_or_to_all(growth: float, shown: str) -> None:
    assert change(growth) == shown


@pytest.mark.parametrize(
    ("similarity", "shown"), [(None, "–"), (0.834, "0.83"), (-0.12, "-0.12"), (-0.004, "0.00")]
)
def test_a_similarity_near_none_has_no_sign(similarity: float | None, shown: str) -> None:
    assert cosine(similarity) == shown
