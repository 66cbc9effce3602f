"""Texts to vectors, with the real model."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.test import override_settings

from clustering.centroids import unit_rows
from clustering.texts import compiled, embedding
from clustering.texts.conversion import sentence_transformer


@pytest.fixture
def embed() -> embedding.Embedder:
    return embedding.load()


def said_by(program: str) -> list[str]:
    """The words that a program prints in a process of its own, which must end well."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.split()


def test_vectors_are_unit_float32_in_the_order_of_the_texts(embed: embedding.Embedder) -> None:
    texts = ["A long question about how to reset a forgotten password", "Hi", "", "Hi"]
    vectors = embed(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[1], vectors[3], atol=1e-5)
    assert vectors[0] @ embed(["I forgot my password"])[0] > 0.6


def test_vectors_are_those_of_full_precision(embed: embedding.Embedder) -> None:
    texts = ["I can't log in", "What does it cost?", "Write a blog post " * 300, "  Hi\n", ""]
    plain = sentence_transformer(embedding.packaged_model())
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
    assert said_by(program) == ["journeys.views"]


def test_the_packaged_model_runs_compiled(embed: embedding.Embedder) -> None:
    assert embed.compiled


def test_texts_of_all_lengths_share_batches_and_keep_their_places(
    embed: embedding.Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{'again and ' * (place * 7 % 40)}number {place}" for place in range(60)]
    together = embed(texts)
    monkeypatch.setattr(compiled, "TOKENS_AT_ONCE", 1)
    assert (together * embed(texts)).sum(axis=1).min() > 0.999


def test_a_batch_holds_as_many_texts_as_its_tokens_allow() -> None:
    lengths = [3, 2_000, 512, 0, 300, 512, 3]
    batches = [places.tolist() for places in compiled._batches(lengths)]
    assert batches == [[1], [2, 5], [4, 0, 6], [3]]


class Kept:
    """A folder of models, and what was loaded from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str = "") -> compiled.CompiledModel:
        return compiled.compiled(name or embedding.packaged_model(), self.folder)

    @property
    def files(self) -> set[Path]:
        return {path for path in self.folder.rglob("*") if path.is_file() and path.name != "lock"}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installation") / "models"
    Kept(folder).load()
    return folder


@pytest.fixture
def kept(converted: Path, tmp_path: Path) -> Kept:
    return Kept(shutil.copytree(converted, tmp_path / "models"))


@pytest.fixture
def _no_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("it is converted again")

    monkeypatch.setattr(compiled, "_make", refuse)


@pytest.mark.usefixtures("_no_conversion")
def test_a_model_is_converted_once_and_for_our_eyes_alone(
    kept: Kept, embed: embedding.Embedder
) -> None:
    model = kept.load()
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    texts = ["I forgot my password", "Where is my parcel?"]
    assert (unit_rows(model(texts)) * embed(texts)).sum(axis=1).min() > 0.999


def test_what_the_disk_lost_is_made_anew_and_what_is_old_goes(kept: Kept) -> None:
    before = kept.files
    (kept.folder / "old").mkdir()
    weights = next(path for path in before if path.name == "model.bin")
    size = weights.stat().st_size
    weights.write_bytes(bytes(size))  # as after power was lost
    (kept.folder / "old" / "model.bin").write_bytes(b"of the last release")
    kept.load()
    assert weights.read_bytes() != bytes(size)
    assert kept.files == before


def test_a_model_that_changes_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = compiled._key(str(tmp_path))
    assert compiled._key(str(tmp_path)) == before
    (tmp_path / "config.json").write_text("[0]")
    assert compiled._key(str(tmp_path)) != before


def test_a_model_that_cannot_be_converted_says_why(kept: Kept, tmp_path: Path) -> None:
    before = kept.files
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    with pytest.raises(compiled.ConversionError, match=r"\w+Error: .+"):
        kept.load(str(tmp_path / "mine"))
    assert kept.files == before


def test_a_model_that_compiles_to_other_vectors_runs_uncompiled(
    embed: embedding.Embedder,
    kept: Kept,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(compiled, "LEAST_COSINE", 1.1)
    monkeypatch.setattr(compiled, "_make", lambda *_: None)
    with override_settings(DATA_DIR=kept.folder.parent):
        plain = embedding.load.__wrapped__()
    assert not plain.compiled
    assert "a cosine of 1.0000" in caplog.text
    texts = ["Short", "A text that is a good deal longer than the other one"]
    assert (plain(texts) * embed(texts)).sum(axis=1).min() > 0.999


def test_a_process_that_has_just_embedded_ends_well(embed: embedding.Embedder) -> None:
    program = (
        "import django; django.setup()\n"
        "from clustering.texts import embedding\n"
        "embedding.load()(['Where is my parcel?'])"
    )
    assert said_by(program) == []


def test_a_worker_that_embeds_holds_no_torch(embed: embedding.Embedder) -> None:
    program = (
        "import django; django.setup()\n"
        "import sys, clustering.worker, clustering.finding\n"
        "from clustering.texts import embedding\n"
        "embedding.load()\n"
        "print(*{'torch', 'transformers'} & sys.modules.keys())"
    )
    assert said_by(program) == []


def test_compiling_reports_to_nobody() -> None:
    assert importlib.util.find_spec("openvino_telemetry") is None
