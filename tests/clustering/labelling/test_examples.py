"""Which texts stand for a topic."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.labelling.examples import (
    CENTRAL,
    DIVERSE,
    LONGEST_EXAMPLE,
    TopicExamples,
    examples_digest,
    pick_examples,
)
from clustering.labelling.label import TopicTexts
from ingestion.redaction import redact


def circle(*degrees: float) -> NDArray[np.float32]:
    angles = np.radians(np.array(degrees, dtype=np.float32))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def topic_at(centre: float, *degrees: float, texts: list[str] | None = None) -> TopicTexts:
    """A topic in the plane; a text says where it lies."""
    names = texts or [f"{value:g}°" for value in degrees]
    return TopicTexts(names, [1] * len(names), circle(*degrees), circle(centre)[0])


def test_central_examples_are_nearest_to_the_centroid() -> None:
    (examples,) = pick_examples([topic_at(0, 80, 0, 20, -40, 60)])
    assert examples.central[:3] == ("0°", "20°", "-40°")


def test_diverse_examples_reach_as_far_as_the_topic_without_its_fringe() -> None:
    fine = [step * 0.5 for step in range(100)]  # 0° to 49.5°
    (examples,) = pick_examples([topic_at(0, *fine, 170, 175)])
    shown = examples.central + examples.diverse
    assert not {"170°", "175°"} & set(shown)
    assert max(float(text.rstrip("°")) for text in shown) > 40


def test_no_two_examples_say_the_same() -> None:
    (examples,) = pick_examples([topic_at(0, *[step / 10 for step in range(100)])])
    assert len(examples.central) == 1
    assert examples.diverse == ()


def test_no_more_examples_than_agreed() -> None:
    (examples,) = pick_examples([topic_at(0, *range(-85, 86, 1))])
    assert len(examples.central) == CENTRAL
    assert len(examples.diverse) <= DIVERSE
    assert not set(examples.central) & set(examples.diverse)


def test_contrast_comes_from_the_nearest_siblings_nearest_texts() -> None:
    own = topic_at(0, 0, 10)
    near = topic_at(60, 40, 60, 80)
    far = topic_at(180, 170, 190)
    (examples,) = pick_examples([own, far, near], wanted=[0])
    assert examples.contrast[0][0] == "40°"
    assert examples.contrast[1][0] == "170°"


def test_a_topic_without_siblings_has_no_contrast() -> None:
    (examples,) = pick_examples([topic_at(0, 0)])
    assert examples == TopicExamples(("0°",), (), ())


def test_no_topics_no_examples() -> None:
    assert pick_examples([]) == []


def test_hostile_texts_are_cleaned_and_cut() -> None:
    texts = ["a\u202eb\u0000c\n\n d\U000e0041", "x" * 20_000, "\u200b\u0007"]
    (examples,) = pick_examples([topic_at(0, 0, 40, 80, texts=texts)])
    assert examples.central == ("abc d", "x" * LONGEST_EXAMPLE)


def test_the_digest_does_not_depend_on_the_order_of_examples() -> None:
    one = TopicExamples(("a", "b"), ("c", "d"), (("e", "f"), ("g",)))
    other = TopicExamples(("b", "a"), ("d", "c"), (("g",), ("f", "e")))
    assert examples_digest(one) == examples_digest(other)
    assert len(examples_digest(one)) == 64


@pytest.mark.parametrize(
    "other",
    [
        TopicExamples(("a", "x"), ("c",), (("e",),)),
        TopicExamples(("a", "b"), ("x",), (("e",),)),
        TopicExamples(("a", "b"), ("c",), (("x",),)),
        TopicExamples(("a",), ("b", "c"), (("e",),)),
    ],
)
def test_the_digest_changes_with_any_example(other: TopicExamples) -> None:
    one = TopicExamples(("a", "b"), ("c",), (("e",),))
    assert examples_digest(one) != examples_digest(other)


def test_the_digest_changes_with_what_is_asked() -> None:
    one = TopicExamples(("a", "b"), ("c",), (("e",),))
    assert examples_digest(one, "model one") != examples_digest(one, "model two")


def test_the_digest_is_stable_from_process_to_process() -> None:
    digest = examples_digest(TopicExamples(("a",), ("b",), (("c",),)))
    assert digest == "1784915d2987a95a2304ca368afea1288ed4a50781b3daa7c54e155dd78f178a"


def test_an_example_is_masked_before_it_is_cut() -> None:
    """Half an address is still one, but no longer looks like it."""
    long = "x" * (LONGEST_EXAMPLE - 6) + " jane.doe@example.com wrote"
    hidden = "Mail ja\u200bne@exa\u200bmple.com"
    vectors = np.eye(2, dtype=np.float32)
    topic = TopicTexts([long, hidden], [1, 1], vectors, vectors.sum(axis=0) / np.sqrt(2))
    (shown,) = pick_examples([topic], redact=redact)
    said = " ".join([*shown.central, *shown.diverse])
    assert "jane" not in said
    assert "Mail [email]" in said
    assert max(map(len, shown.central)) <= LONGEST_EXAMPLE
