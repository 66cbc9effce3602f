"""What people would cluster texts with instead, on the same vectors; only those installed here.

None is a dependency of Turret. `pip install bertopic umap-learn evoc` in the environment that
runs the benchmark adds them; each is left out, and said to be, where it is not.

A seed makes an answer repeatable, and UMAP then runs on one thread. None is what a user gets by
default: on all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]
Seed = int | None
Method = Callable[[Vectors, Seed], Labels]


def _bertopic(vectors: Vectors, seed: Seed) -> Labels:
    """BERTopic's default clustering: its words for the topics are not asked for."""
    reduced = _umap(vectors, seed, neighbours=15, components=5)
    return _hdbscan(reduced, min_cluster_size=10)


def _bertopic_reduced(vectors: Vectors, seed: Seed) -> Labels:
    """`reduce_outliers(strategy="embeddings")`: each outlier to the most similar topic."""
    labels = _bertopic(vectors, seed)
    topics = np.unique(labels[labels >= 0])
    if not len(topics):
        return labels
    centroids = np.stack([vectors[labels == topic].mean(axis=0) for topic in topics])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    outliers = labels < 0
    labels[outliers] = topics[(vectors[outliers] @ centroids.T).argmax(axis=1)]
    return labels


def _posthog(vectors: Vectors, seed: Seed) -> Labels:
    """PostHog's defaults: UMAP to 100 dimensions, HDBSCAN from 1 % of the texts a cluster."""
    components = min(100, len(vectors) - 2)
    reduced = _umap(vectors, seed, neighbours=15, components=components)
    return _hdbscan(reduced, min_cluster_size=max(5, len(vectors) // 100), min_samples=5)


def _evoc(vectors: Vectors, seed: Seed) -> Labels:
    """EVoC's neighbour graph and node embedding, then HDBSCAN at √n / 3."""
    knn = import_module("evoc.knn_graph")
    construction = import_module("evoc.graph_construction")
    propagation = import_module("evoc.label_propagation")
    embedding = import_module("evoc.node_embedding")
    random = np.random.RandomState(seed)
    n = len(vectors)
    indices, distances = knn.knn_graph(vectors, n_neighbors=15, random_state=random)
    graph = construction.neighbor_graph_matrix(15.0, indices, distances, True)
    start = propagation.label_propagation_init(
        graph,
        n_components=4,
        approx_n_parts=np.clip(int(8 * n**0.5), 256, 16384),
        random_scale=0.1,
        scaling=0.5,
        noise_level=0.5,
        random_state=random,
        data=vectors,
    )
    points = embedding.node_embedding(
        graph,
        n_components=4,
        n_epochs=50,
        initial_embedding=start,
        negative_sample_rate=1.0,
        noise_level=0.5,
        random_state=random,
        reproducible_flag=seed is not None,
        initial_alpha=0.1,
        verbose=False,
    )
    return _hdbscan(points, min_cluster_size=max(2, round(n**0.5 / 3)), min_samples=5)


def _umap(vectors: Vectors, seed: Seed, *, neighbours: int, components: int) -> Any:
    model = import_module("umap").UMAP(
        n_neighbors=neighbours,
        n_components=components,
        min_dist=0.0,
        metric="cosine",
        random_state=seed,
    )
    return model.fit_transform(vectors)


def _hdbscan(points: Any, **settings: int) -> Labels:
    from hdbscan import HDBSCAN

    return np.asarray(HDBSCAN(**settings).fit_predict(points), dtype=np.int32)


_METHODS: dict[str, tuple[str, Method]] = {
    "bertopic": ("umap", _bertopic),
    "bertopic reduced": ("umap", _bertopic_reduced),
    "posthog": ("umap", _posthog),
    "evoc + hdbscan": ("evoc", _evoc),
}


def installed() -> dict[str, Method]:
    return {name: method for name, (package, method) in _wanted().items() if find_spec(package)}


def missing() -> list[str]:
    return [name for name, (package, _) in _wanted().items() if not find_spec(package)]


def _wanted() -> dict[str, tuple[str, Method]]:
    names = os.environ.get("TOPICS_RIVALS", ",".join(_METHODS)).split(",")
    return {name: method for name, method in _METHODS.items() if name in names}
