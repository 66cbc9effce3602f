"""The real embedding model, loaded once, and the LLM's API on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.labelling.label import TopicTexts
from clustering.texts import embedding
from tests.clustering.labelling import messages_api

MakeTopic = Callable[..., TopicTexts]


@pytest.fixture(scope="session")
def embed() -> embedding.Embedder:
    return embedding.load()


@pytest.fixture(scope="session")
def topic(embed: embedding.Embedder) -> MakeTopic:
    """Return a function from texts (and their occurrences) to a topic."""

    def make(*texts: str, occurrences: list[int] | None = None) -> TopicTexts:
        vectors: NDArray[np.float32] = embed(texts)
        mean = vectors.mean(axis=0)
        centroid = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return TopicTexts(texts, occurrences or [1] * len(texts), vectors, centroid)

    return make


@pytest.fixture
def api() -> Iterator[messages_api.MessagesAPI]:
    with messages_api.serving() as running:
        yield running
