"""Where texts lie on a map: those that mean the same lie together.

t-SNE (van der Maaten and Hinton 2008) on each text's nearest neighbours, with the attraction
exaggerated to the end, which draws a subject together and leaves paths between subjects (Böhm,
Berens and Kobak 2022). A map drawn again starts where its texts were, so they stay about there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from openTSNE import TSNEEmbedding, affinity
from openTSNE.nearest_neighbors import PrecomputedNeighbors

from clustering.finding.neighbours import nearest_neighbours
from clustering.finding.smoothing import principal_components

logging.getLogger("openTSNE").setLevel(logging.WARNING)  # it tells of each step

FEWEST = 5
"""Texts below which there is nothing to arrange but their two main directions."""

NEIGHBOURS = 30
PERPLEXITY = 10
EARLY_EXAGGERATION, EARLY_ROUNDS = 12, 150
EXAGGERATION, ROUNDS = 2, 250
AGAIN_ROUNDS = 75
ENOUGH_KNOWN = 0.3
"""Share of texts with a place before, below which the map is drawn from nothing."""

MANY = 2_000
"""Texts from which repulsion is quicker to interpolate than to sum up over a tree."""

CELL = 2
"""Width of the grid that repulsion is interpolated on: twice as coarse and fast as openTSNE's."""

SPREAD = 1e-4
"""Of the first places. Those of a map drawn again are some tens wide, so this parts equal ones."""

_REPORTED_ROUNDS = 25

Positions = NDArray[np.float32]
Neighbours = NDArray[np.int64]
OnProgress = Callable[[float], object]
"""Called now and then with the share that is done."""


def lay_out(
    vectors: NDArray[np.float32], previous: Positions, on_progress: OnProgress
) -> Positions:
    """Return (n, 2) places of texts, given as unit rows (n, d).

    ``previous`` (n, 2) holds where each text was on the map before, NaN where it was not.
    """
    if not len(vectors):
        return np.empty((0, 2), np.float32)
    if len(vectors) < FEWEST:
        return principal_components(vectors, 2)
    near, similarities = nearest_neighbours(vectors, min(NEIGHBOURS, len(vectors) - 1))
    distances = np.sqrt(np.maximum(2 - 2 * similarities, 0)).astype(np.float64)
    again = float(np.isfinite(previous[:, 0]).mean()) >= ENOUGH_KNOWN
    embedding = TSNEEmbedding(
        _beside_neighbours(previous, near) if again else _main_directions(vectors),
        affinity.PerplexityBasedNN(
            perplexity=min(PERPLEXITY, near.shape[1] / 3),
            knn_index=PrecomputedNeighbors(near, distances),
        ),
        negative_gradient_method="fft" if len(vectors) >= MANY else "bh",
        ints_in_interval=CELL,
        n_jobs=1,
        random_state=0,
    )
    phases = [(AGAIN_ROUNDS, EXAGGERATION)]
    if not again:
        phases = [(EARLY_ROUNDS, EARLY_EXAGGERATION), (ROUNDS, EXAGGERATION)]
    done, total = 0, sum(rounds for rounds, _ in phases)
    for rounds, exaggeration in phases:
        embedding.optimize(
            rounds,
            exaggeration=exaggeration,
            inplace=True,
            callbacks=_reporting(done, total, on_progress),
            callbacks_every_iters=_REPORTED_ROUNDS,
        )
        done += rounds
    return np.asarray(embedding, dtype=np.float32)


def _reporting(done: int, total: int, on_progress: OnProgress) -> Callable[..., bool]:
    """What openTSNE calls with the number of a round; an answer of True would stop it."""

    def report(number: int, error: float, embedding: Positions) -> bool:
        on_progress((done + number) / total)
        return False

    return report


def _main_directions(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 2) places to begin with: far and near as meanings are at large."""
    points = principal_components(vectors, 2).astype(np.float64)
    return _with_spread(points * (SPREAD / max(float(points[:, 0].std()), 1e-12)))


def _beside_neighbours(previous: Positions, near: Neighbours) -> NDArray[np.float64]:
    """(n, 2) the places before; of a text that had none, the mean of its nearest neighbours'.

    Texts that have only new neighbours find theirs in a later round, or begin in the middle.
    """
    points = previous.astype(np.float64)
    while (new := np.flatnonzero(np.isnan(points[:, 0]))).size:
        around = points[near[new]]
        placed = np.isfinite(around[:, :, 0]).any(axis=1)
        if not placed.any():
            points[new] = np.nanmean(points, axis=0)
            break
        points[new[placed]] = np.nanmean(around[placed], axis=1)
    return _with_spread(points)


def _with_spread(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apart, for what lies in the very same place is never pushed apart."""
    return points + np.random.default_rng(0).normal(scale=SPREAD / 10, size=points.shape)
