"""Texts laid out by forces along their neighbour graph, so that distance says how they are joined.

Smoothed vectors still lie as their wording has them: a subject told in many ways is thin beside one
told in few, and no density holds for both. Here neighbours draw each other together and strangers
push each other off, whatever the words. The forces are those of EVoC's node embedding (Tutte
Institute, 2025), itself after UMAP. All texts of a round move at once, and each meets one stranger
a round, drawn with a fixed seed: the same texts are laid out the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clustering.finding.threads import slices

ROUNDS = 50
RATE = 0.1  # the share of a force that moves a text in the first round; in the last next to none
MOMENTUM = 0.45
PUSH = 0.3, 1.0  # of strangers, first and last; subjects gather before they part
CLOSE = 0.1  # squared distance about which strangers push hardest
ROWS_AT_ONCE = 2_048  # few enough for the processor's cache; threads would wait for one another

Positions = NDArray[np.float32]
Numbers = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Some texts, and the edges that begin at them."""

    rows: slice
    ends: Places
    """(e,) texts that the edges end at, one text's after another's."""
    weights: Numbers
    """(e,) of the edges; the heaviest of all is 1."""
    degrees: Numbers
    """(m, 1) sums of the weights of each text's edges."""
    summing: sparse.csr_array
    """(m, e): its product with what edges have adds up each text's, times its ``data``."""

    def forces(self, positions: Positions, strangers: Places, push: float) -> Positions:
        """(m, d) on its texts, among all (n, d) positions."""
        return self._pull(positions) + np.float32(push) * self._push(positions, strangers)

    def _pull(self, positions: Positions) -> Positions:
        """Of neighbours: it falls with distance, but holds on from any."""
        # "clip" spares numpy a copy of what it takes: no end is out of range.
        apart = np.take(positions, self.ends, axis=0, mode="clip")
        apart -= np.repeat(positions[self.rows], np.diff(self.summing.indptr), axis=0)
        square = _squares(apart)
        distance = np.sqrt(square)
        self.summing.data = self.weights * (distance + 2) / (2 * square - distance / 2 + 1)
        pull: Positions = self.summing @ apart
        return pull

    def _push(self, positions: Positions, strangers: Places) -> Positions:
        """Of one stranger each, who weighs as much as all neighbours together."""
        apart = positions[self.rows] - np.take(positions, strangers[self.rows], axis=0, mode="clip")
        square = _squares(apart)[:, None]
        apart *= 4 * self.degrees / ((1 + square / 4) * (square + CLOSE))
        return apart


def laid_out(points: Positions, graph: sparse.csr_array) -> Positions:
    """(n, d) positions in a layout of ``graph``, (n, n) weights, that starts from ``points``."""
    positions = points / max(float(np.sqrt(_squares(points).mean())), 1e-12)
    moves = np.zeros_like(positions)
    heaviest = graph.data.max(initial=1e-12)
    blocks = [_block(graph, rows, heaviest) for rows in slices(len(points), ROWS_AT_ONCE)]
    random = np.random.default_rng(0)
    for part, push in enumerate(np.linspace(*PUSH, ROUNDS)):
        rate, strangers = RATE * (1 - part / ROUNDS), random.permutation(len(points))
        moves *= MOMENTUM
        for block in blocks:
            moves[block.rows] += rate * block.forces(positions, strangers, push)
        positions += moves
    return positions


def _block(graph: sparse.csr_array, rows: slice, heaviest: float) -> Block:
    edges = graph[rows]
    weights = edges.data / heaviest
    each, shape = np.arange(edges.nnz), (edges.shape[0], edges.nnz)
    summing = sparse.csr_array((weights, each, edges.indptr), shape=shape)
    return Block(rows, edges.indices, weights, summing.sum(axis=1)[:, None], summing)


def _squares(apart: Positions) -> Numbers:
    """(m,) squared lengths of the (m, d) rows."""
    squares: Numbers = np.square(apart) @ np.ones(apart.shape[1], np.float32)
    return squares
