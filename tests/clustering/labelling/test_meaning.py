"""Vectors of phrases from the vectors of texts."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from clustering.centroids import unit_rows
from clustering.labelling.meaning import Meanings
from clustering.texts.embedding import Embedder

WORDS = [f"word{number}" for number in range(12)]


def test_what_texts_are_made_of_is_found() -> None:
    words = np.random.default_rng(0).normal(size=(len(WORDS), 64)).astype(np.float32)
    rows = list(combinations(range(len(WORDS)), 3))
    bags = [[WORDS[row] for row in each] for each in rows]
    sums = unit_rows(words[np.array(rows)].sum(axis=1))
    found = Meanings(bags, sums).of([[word] for word in WORDS])
    assert (found * unit_rows(words)).sum(axis=1).min() > 0.9


def test_a_phrase_that_no_text_holds_means_what_its_words_do(embed: Embedder) -> None:
    texts = ["forgot my password", "reset my account", "refund my order", "cancel the order"]
    meanings = Meanings([text.split() for text in texts], embed(texts))
    password, refund = embed(["reset password", "cancel refund"])
    for phrase, near, far in [
        (["reset", "password"], password, refund),
        (["cancel", "refund"], refund, password),
    ]:
        (vector,) = meanings.of([phrase])
        assert vector @ near > vector @ far + 0.2


def test_the_order_of_texts_and_words_does_not_count() -> None:
    vectors = unit_rows(np.random.default_rng(1).normal(size=(30, 8)).astype(np.float32))
    rng = np.random.default_rng(2)
    bags = [rng.choice(WORDS, 4, replace=False).tolist() for _ in vectors]
    forwards = Meanings(bags, vectors).of([WORDS[:3]])
    backwards = Meanings([bag[::-1] for bag in bags[::-1]], vectors[::-1]).of([WORDS[2::-1]])
    np.testing.assert_allclose(forwards, backwards, atol=1e-3)


@pytest.mark.parametrize("bags", [[["known"]], [[]], []])
def test_a_phrase_without_known_words_has_no_direction(bags: list[list[str]]) -> None:
    meanings = Meanings(bags, np.full((len(bags), 4), 0.5, np.float32))
    assert meanings.of([["unknown"], []]).tolist() == [[0.0] * 4] * 2
    assert meanings.of([]).shape == (0, 4)
