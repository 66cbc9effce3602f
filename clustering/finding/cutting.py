"""HDBSCAN's clusters of a single linkage tree, by excess of mass (Campello et al. 2013).

The answer is that of the package hdbscan, which goes through the tree node by node; here whole
arrays do, and only the few clusters are looked at one by one. A tree is cut a dozen times.
"""

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels

LEAST_DISTANCE = 1e-12  # duplicates are infinitely dense, and sums must stay finite

Nodes = NDArray[np.int64]


def cut(tree: NDArray[np.float64], min_cluster_size: int) -> Labels:
    """(n,) labels from the (n - 1, 4) tree; -1 is noise. ``min_cluster_size`` is 2 or more.

    A node is a point below n, else row - n of the tree. A cluster is born where a node divides
    into two that are both large enough, and loses the points that leave it in smaller groups.
    """
    n = len(tree) + 1
    children = tree[:, :2].astype(np.int64)
    sizes = np.concatenate([np.ones(n), tree[:, 3]])
    large = sizes >= min_cluster_size
    density = 1 / np.maximum(tree[:, 2], LEAST_DISTANCE)
    parents = np.full(2 * n - 1, 2 * n - 2)
    parents[children] = np.arange(n, 2 * n - 1)[:, None]

    splits = large[children].all(axis=1)
    clusters = np.append(np.sort(children[splits].ravel()), 2 * n - 2)
    of = _nearest_above(clusters, parents)
    stays = np.where(splits, 0, (sizes * large)[children].sum(axis=1))
    gained = np.bincount(of[n:], density * (sizes[n:] - stays) * large[n:], len(clusters))
    mass = gained - density[parents[clusters] - n] * sizes[clusters]

    above = of[parents[clusters]]
    # The root's -1 comes first.
    numbers = np.unique(_heaviest(mass, above), return_inverse=True)[1] - 1
    return numbers[of[:n]].astype(np.int32)


def _nearest_above(clusters: Nodes, parents: Nodes) -> Nodes:
    """For every node, the place among ``clusters`` of the lowest one that it is in."""
    up = parents.copy()
    up[clusters] = clusters
    while not np.array_equal(further := up[up], up):
        up = further
    return np.searchsorted(clusters, up)


def _heaviest(mass: NDArray[np.float64], above: Nodes) -> Nodes:
    """For every cluster, the one chosen that it is part of; -1 if it is part of none.

    One is chosen if it outweighs the best choice of its parts, and is part of no other. Clusters
    come before those ``above`` them, the root last; that is never chosen.
    """
    best = np.zeros(len(mass))
    chosen = np.arange(len(mass))
    for place in range(len(mass) - 1):
        if best[place] > mass[place]:
            chosen[place] = -1
        best[above[place]] += max(best[place], mass[place])
    chosen[-1] = -1
    for place in range(len(mass) - 2, -1, -1):
        if chosen[above[place]] >= 0:
            chosen[place] = chosen[above[place]]
    return chosen
