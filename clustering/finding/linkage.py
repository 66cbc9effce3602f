"""HDBSCAN's single linkage tree, from the nearest neighbours of each point.

The tree needs a minimum spanning tree of all mutual reachability distances. Nearly all of its
edges join near neighbours, so it is looked for among those alone, in time about linear in n.
Where they leave components apart, the spanning tree of the components' means says which to
join, and their nearest points how.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from clustering.finding.threads import in_parts, slices

NEIGHBOURS = 16
ROWS_AT_ONCE = 512
ALMOST_NOTHING = np.finfo(np.float64).tiny  # scipy takes a 0 for no edge

Places = NDArray[np.int64]
Distances = NDArray[np.float64]
Edges = tuple[Places, Places, Distances]


def linkage_tree(points: NDArray[np.float32], min_samples: int) -> NDArray[np.float64]:
    """The (n - 1, 4) tree, as scipy has it: two nodes joined, their distance, points below.

    ``points`` is (n, d) with n > ``min_samples``. Distances are mutual reachability (Campello,
    Moulavi and Sander 2013), the core of a point its distance to the ``min_samples``-th other.
    """
    one, other, distance = _spanning_tree(points.astype(np.float64), min_samples)
    order = np.argsort(distance, kind="stable")
    return _joined(one[order], other[order], distance[order])


def _spanning_tree(points: NDArray[np.float64], min_samples: int) -> Edges:
    n, k = len(points), min(NEIGHBOURS, len(points) - 1)
    near, indices = _nearest(cKDTree(points), points, k + 1)
    core = near[:, min_samples]
    reach = np.maximum(np.maximum(near, core[:, None]), core[indices])
    edges = _forest(indices, reach)
    count, component = _components(edges, n)
    if count == 1:
        return edges
    bridges = _bridges(points, core, component)
    one, other, distance = (np.concatenate(pair) for pair in zip(edges, bridges, strict=True))
    return one, other, distance


def _nearest(tree: cKDTree, points: NDArray[np.float64], k: int) -> tuple[Distances, Places]:
    """Distances and places, (n, k) or (n,) for one, of the ``tree``'s points nearest to each."""
    parts = in_parts(lambda rows: tree.query(points[rows], k), slices(len(points), ROWS_AT_ONCE))
    distances, places = zip(*parts, strict=True)
    return np.concatenate(distances), np.concatenate(places)


def _forest(indices: Places, distances: Distances) -> Edges:
    """The shortest edges that join whatever the (n, k) neighbours of each point join."""
    n, k = indices.shape
    lengths = distances.ravel() + ALMOST_NOTHING
    graph = sparse.csr_array((lengths, indices.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    tree = csgraph.minimum_spanning_tree(graph, overwrite=True).tocoo()
    return tree.row.astype(np.int64), tree.col.astype(np.int64), tree.data - ALMOST_NOTHING


def _components(edges: Edges, n: int) -> tuple[int, Places]:
    one, other, _ = edges
    graph = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(n, n))
    count, component = csgraph.connected_components(graph, directed=False)
    return int(count), component


def _bridges(points: NDArray[np.float64], core: Distances, component: Places) -> Edges:
    """For each edge of the spanning tree of the components' means, their nearest points."""
    ends = np.concatenate([[0], np.bincount(component).cumsum()])
    order = np.argsort(component, kind="stable")
    members = [order[start:end] for start, end in pairwise(ends)]
    means = np.stack([points[places].mean(axis=0) for places in members])
    trees: dict[int, cKDTree] = {}
    found: list[tuple[int, int, float]] = []
    for pair in zip(*_spanning_tree(means, 0)[:2], strict=True):
        small, large = sorted(map(int, pair), key=lambda place: len(members[place]))
        if large not in trees:
            trees[large] = cKDTree(points[members[large]])
        near, at = _nearest(trees[large], points[members[small]], 1)
        here, there = members[small], members[large][at]
        reach = np.maximum(np.maximum(near, core[here]), core[there])
        best = int(reach.argmin())
        found.append((int(here[best]), int(there[best]), float(reach[best])))
    one, other, distance = zip(*found, strict=True)
    return np.array(one), np.array(other), np.array(distance)


def _joined(one: Places, other: Places, distance: Distances) -> NDArray[np.float64]:
    """The tree that grows from joining along these edges, one after the other."""
    n = len(distance) + 1
    parents = list(range(2 * n - 1))
    sizes = [1] * n
    children: list[tuple[int, int]] = []
    for node, (a, b) in enumerate(zip(one.tolist(), other.tolist(), strict=True), start=n):
        ends = _top(a, parents), _top(b, parents)
        parents[ends[0]] = parents[ends[1]] = node
        sizes.append(sizes[ends[0]] + sizes[ends[1]])
        children.append(ends)
    return np.column_stack([children, distance, sizes[n:]])


def _top(node: int, parents: list[int]) -> int:
    while parents[node] != node:
        parents[node] = node = parents[parents[node]]  # the way is shorter next time
    return node
