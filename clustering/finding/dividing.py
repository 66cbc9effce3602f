"""Clusters cut in two where that describes the texts better.

Excess of mass holds on to a region that is dense as a whole, so a few of HDBSCAN's clusters have
four or five subjects in them, at a ``min_cluster_size`` that is right for all others. Each cluster
is offered the cut in two that k-means finds, and takes it if the merit of the whole rises by it;
then its parts are asked. One after the other: to most, threads would lose more than they save.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clustering.centroids import (
    Labels,
    Vectors,
    cluster_sums,
    members_of,
    unit_centroids,
    unit_rows,
)
from clustering.finding.anchoring import agreement
from clustering.finding.scale import how_well_placed

ROUNDS = 10
DIRECTION_ROUNDS = 8

Places = NDArray[np.int64]
Merits = NDArray[np.float64]


@dataclass(frozen=True)
class Cluster:
    members: Places
    """(m,) places of its texts."""
    to_next: NDArray[np.float32]
    """(m,) how similar each is to the nearest other cluster."""

    @property
    def undivided(self) -> Labels:
        """(m,) zeros: all its texts on one side."""
        return np.zeros(len(self.members), np.int32)


@dataclass(frozen=True)
class Texts:
    """What is known of all n texts, to judge what some of them add to the merit of the whole."""

    vectors: Vectors
    graph: sparse.csr_array
    degrees: NDArray[np.float32]
    previous: Labels | None

    def merits(self, cluster: Cluster, sides: Labels) -> Merits:
        """What it adds to modularity, silhouette and separation if these are its clusters."""
        members, total = cluster.members, self.degrees.sum()
        side_of = np.full(len(self.degrees), -1, np.int32)
        side_of[members] = sides
        near = self.graph[members]
        inside = near.data[np.repeat(sides, np.diff(near.indptr)) == side_of[near.indices]]
        volumes = np.bincount(sides, weights=self.degrees[members]) / total
        modularity = inside.sum() / total - np.square(volumes).sum()
        sums = cluster_sums(self.vectors[members], sides)
        placed = how_well_placed(self.vectors[members], sides, sums, cluster.to_next)
        return np.array([modularity, *(each.sum() for each in placed)])

    def kept(self, cluster: Cluster, sides: Labels) -> float:
        """The share of all texts that are here and would not move to another topic."""
        if self.previous is None:
            return 0.0
        here = self.previous[cluster.members]
        return agreement(sides, here) * len(here) / len(self.previous)


def divided(
    labels: Labels,
    vectors: Vectors,
    points: Vectors,
    graph: sparse.csr_array,
    previous: Labels | None,
    least: int,
) -> Labels:
    """(n,) labels, each cluster in as many parts of ``least`` texts or more as it is better in.

    Every text has a label. ``points`` is (n, d), the vectors smoothed, with unit rows. The texts
    that a cut would move from their ``previous`` topic count against it, as in ``best_cut``.
    """
    texts = Texts(vectors, graph, np.asarray(graph.sum(axis=1)).ravel(), previous)
    centroids = unit_centroids(vectors, labels)

    def cluster(found: tuple[Places, int]) -> Cluster:
        members, label = found
        similar = vectors[members] @ centroids.T
        similar[:, label] = -1.0
        return Cluster(members, similar.max(axis=1))

    def parts(whole: Cluster) -> list[Places]:
        if len(whole.members) < 2 * least:
            return [whole.members]
        sides = _sides(points[whole.members])
        if np.bincount(sides, minlength=2).min() < least:
            return [whole.members]
        gained = (texts.merits(whole, sides) - texts.merits(whole, whole.undivided)) / merits
        if gained.sum() + texts.kept(whole, sides) - texts.kept(whole, whole.undivided) <= 0:
            return [whole.members]
        return [part for half in _halves(whole, sides, vectors) for part in parts(half)]

    clusters = [cluster(found) for found in members_of(labels)]
    merits = np.sum([texts.merits(one, one.undivided) for one in clusters], axis=0)
    if merits.min() <= 0:
        return labels
    found = [part for one in clusters for part in parts(one)]
    apart = np.empty_like(labels)
    apart[np.concatenate(found)] = np.repeat(np.arange(len(found)), [len(part) for part in found])
    return apart


def _sides(points: Vectors) -> Labels:
    """(n,) 0 or 1: spherical k-means from the two sides of the direction in which they differ most.

    With two means, one side's sum is the rest of the whole, and which is nearer to a point is the
    sign of its product with their difference.
    """
    whole = points.sum(axis=0)
    apart = points - whole / len(points)
    direction = apart[np.square(apart).sum(axis=1).argmax()]
    for _ in range(DIRECTION_ROUNDS):
        direction = (apart @ direction) @ apart
        direction /= max(float(np.linalg.norm(direction)), 1e-12)
    sides = apart @ direction > 0
    for _ in range(ROUNDS):
        one = sides.astype(np.float32) @ points
        here, there = unit_rows(np.stack([whole - one, one]))
        before, sides = sides, points @ (there - here) > 0
        if sides.all() or np.array_equal(sides, before):
            break
    labels: Labels = sides.astype(np.int32)
    return labels


def _halves(whole: Cluster, sides: Labels, vectors: Vectors) -> list[Cluster]:
    members = whole.members
    other = unit_centroids(vectors[members], sides)[1 - sides]
    to_next = np.maximum(whole.to_next, (vectors[members] * other).sum(axis=1))
    return [Cluster(members[side], to_next[side]) for side in (sides == 0, sides == 1)]
