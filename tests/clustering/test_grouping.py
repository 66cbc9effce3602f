"""Topics into themes: a pure function of their centroids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from sklearn.metrics import adjusted_rand_score, silhouette_score

from clustering.centroids import Vectors, unit_centroids
from clustering.themes.grouping import FEWEST, group_topics, silhouette
from config.demo.phrases import INTENTS


def directions(count: int, seed: int = 0) -> Vectors:
    found = np.random.default_rng(seed).normal(size=(count, 32)).astype(np.float32)
    return unit(found)


def unit(found: Vectors) -> Vectors:
    scaled: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def around(themes: Vectors, each: int, spread: float = 0.3, seed: int = 1) -> Vectors:
    """`each` topics around each theme, one theme after the other."""
    noise = directions(len(themes) * each, seed)
    return unit(np.repeat(themes, each, axis=0) + spread * noise)


@pytest.mark.parametrize(("themes", "each"), [(3, 4), (5, 3), (8, 6), (12, 10)])
def test_topics_of_one_kind_are_one_theme(themes: int, each: int) -> None:
    found = group_topics(around(directions(themes), each))
    assert found.tolist() == np.repeat(np.arange(themes), each).tolist()


def test_intents_are_grouped_by_what_they_are_about(
    model: SentenceTransformer, prompts: dict[str, list[str]]
) -> None:
    texts = {intent: said[:100] for intent, said in prompts.items()}
    vectors = model.encode([text for each in texts.values() for text in each])
    intent_of = np.repeat(np.arange(len(texts), dtype=np.int32), [len(t) for t in texts.values()])
    found = group_topics(unit_centroids(unit(vectors), intent_of))
    assert (found >= 0).mean() > 0.9
    themes = {name: intent.theme for name, intent in INTENTS.items()}
    assert adjusted_rand_score([themes[name] for name in texts], found) > 0.45


@pytest.mark.parametrize("count", range(FEWEST))
def test_a_few_topics_need_no_themes(count: int) -> None:
    assert group_topics(directions(count)).tolist() == [-1] * count


def test_a_topic_unlike_all_others_has_none() -> None:
    topics = np.concatenate([around(directions(4), 4), -directions(4).sum(axis=0, keepdims=True)])
    assert group_topics(unit(topics))[-1] == -1


def test_all_the_same_are_not_told_apart() -> None:
    assert set(group_topics(np.repeat(directions(1), 9, axis=0)).tolist()) == {-1}


def test_themes_last_while_topics_move() -> None:
    topics = directions(40)
    before = group_topics(topics)
    moved = unit(topics + 0.2 * directions(40, seed=7))
    assert group_topics(moved).tolist() != before.tolist()
    assert group_topics(moved, before).tolist() == before.tolist()


@given(st.integers(2, 40), st.integers(1, 6), st.integers(0, 9))
def test_the_silhouette_is_the_known_one(count: int, themes: int, seed: int) -> None:
    points = directions(count, seed)
    labels = np.random.default_rng(seed).integers(0, themes, count)
    _, labels = np.unique(labels, return_inverse=True)
    apart = np.sqrt(np.maximum(2 - 2 * points @ points.T, 0)).astype(np.float64)
    np.fill_diagonal(apart, 0)
    if 2 <= labels.max() + 1 < count:
        assert silhouette(apart, labels) == pytest.approx(
            silhouette_score(apart, labels, metric="precomputed"), abs=1e-5
        )
    elif labels.max() == 0:
        assert silhouette(apart, labels) == 0.0


@given(st.integers(0, 60), st.integers(0, 9))
def test_a_theme_has_topics_and_its_number_is_dense(count: int, seed: int) -> None:
    found = group_topics(directions(count, seed))
    assert len(found) == count
    sizes = np.bincount(found[found >= 0], minlength=0)
    assert (sizes >= 2).all()
    assert found.tolist() == group_topics(directions(count, seed)).tolist()
