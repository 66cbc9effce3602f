"""Match the clusters of a run to the topics that exist, by the texts they share.

A cluster *continues* a topic if a one-to-one assignment that maximises the sum of weighted
Jaccard similarities (Kuhn 1955; scipy's ``linear_sum_assignment``) pairs them and they overlap
by at least ``CONTINUES``. What is left over was split off, merged, born or retired. Only texts
that had a topic before count towards an overlap: a topic that doubles through new texts is
still itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

CONTINUES = 0.25  # Jaccard: a topic cut into three even parts still continues as one of them
MAJORITY = 0.5  # share of a topic that makes a merge, of a cluster that makes a split

Ids = NDArray[np.int64]
Matrix = NDArray[np.float64]


class Change(StrEnum):
    """What became of a topic, or where a cluster comes from."""

    CONTINUED = "continued"
    SPLIT = "split"
    MERGED = "merged"
    BORN = "born"
    RETIRED = "retired"


@dataclass(frozen=True)
class Fate:
    """What became of an old topic: continued, merged or retired."""

    topic: int
    change: Change
    cluster: int | None
    """Where most of it went; None if that is no cluster at all."""
    share: float
    """Share of the topic's weight that went there."""


@dataclass(frozen=True)
class Origin:
    """Where a new cluster comes from: continued, split (off a topic) or born."""

    cluster: int
    change: Change
    topic: int | None
    """The topic that it continues or was split off; None if it is born."""
    share: float
    """Share of that topic's weight that came here; 0 if the cluster is born."""


@dataclass(frozen=True)
class Lineage:
    """The whole story of a run. Every old topic has one fate, every new cluster one origin."""

    fates: Mapping[int, Fate]
    origins: Mapping[int, Origin]
    continued: Mapping[int, int]
    """New cluster to old topic, one to one."""
    kept: float
    """Share of the weight that had a topic and still has the same one; 1 if there was none."""


def match_topics(
    old: Ids, new: Ids, weights: Ids | None = None, held: Mapping[int, int] | None = None
) -> Lineage:
    """Compare two labellings of the same n texts, (n,) each, -1 where a text had or has none.

    ``weights`` (n,) are occurrence counts above 0; by default each text counts once. Old and
    new ids are unrelated; neither needs to be dense. ``held`` maps topics to the clusters that
    continue them whatever their texts say, even without any text.
    """
    held = held or {}
    topics = np.union1d(old[old >= 0], np.fromiter(held, np.int64))
    clusters = np.union1d(new[new >= 0], np.fromiter(held.values(), np.int64))
    flow = _flow(old, new, np.ones_like(old) if weights is None else weights, topics, clusters)
    fixed = {
        int(np.searchsorted(topics, topic)): int(np.searchsorted(clusters, cluster))
        for topic, cluster in held.items()
    }
    pairs = _continuing(flow, fixed)
    fates = {
        int(topic): _fate(int(topic), row, clusters, pairs.get(place))
        for place, (topic, row) in enumerate(zip(topics, flow, strict=True))
    }
    heirs = {column: row for row, column in pairs.items()}
    origins = {
        int(cluster): _origin(int(cluster), place, topics, flow, heirs.get(place))
        for place, cluster in enumerate(clusters)
    }
    kept = sum(float(flow[row, column]) for row, column in pairs.items())
    total = float(flow[: len(topics)].sum())
    return Lineage(
        fates=fates,
        origins=origins,
        continued={int(clusters[column]): int(topics[row]) for row, column in pairs.items()},
        kept=kept / total if total else 1.0,
    )


def _flow(old: Ids, new: Ids, weights: Ids, topics: Ids, clusters: Ids) -> Matrix:
    """(topics, clusters + 1): the weight from each old topic to each new cluster.

    The last column is what went to no cluster.
    """
    had = old >= 0
    rows = np.searchsorted(topics, old[had])
    columns = np.where(new[had] >= 0, np.searchsorted(clusters, new[had]), len(clusters))
    width = len(clusters) + 1
    flow = np.zeros((len(topics), width), np.float64)
    np.add.at(flow, (rows, columns), weights[had])
    return flow


def _continuing(flow: Matrix, fixed: dict[int, int]) -> dict[int, int]:
    """Row to column, one to one, for the pairs that are `fixed` or overlap enough."""
    from scipy.optimize import linear_sum_assignment  # half a second, and a first run has no topics

    shared = flow[:, :-1]
    union = flow.sum(axis=1)[:, None] + shared.sum(axis=0)[None, :] - shared
    jaccard = shared / np.maximum(union, 1)
    jaccard[jaccard < CONTINUES] = 0.0
    jaccard[list(fixed)] = 0.0
    jaccard[:, list(fixed.values())] = 0.0
    pairs = zip(*linear_sum_assignment(jaccard, maximize=True), strict=True)
    overlapping = {int(row): int(column) for row, column in pairs if jaccard[row, column] > 0}
    return overlapping | fixed


def _fate(topic: int, row: Matrix, clusters: Ids, heir: int | None) -> Fate:
    total = row.sum()
    if heir is not None:
        return Fate(topic, Change.CONTINUED, int(clusters[heir]), _share(row[heir], total))
    lost = float(row[-1] / total)
    if lost > MAJORITY or len(clusters) == 0:
        return Fate(topic, Change.RETIRED, None, lost)
    largest = int(row[:-1].argmax())
    share = float(row[largest] / total)
    change = Change.MERGED if share >= MAJORITY else Change.RETIRED  # spread over several
    return Fate(topic, change, int(clusters[largest]), share)


def _origin(cluster: int, column: int, topics: Ids, flow: Matrix, heir: int | None) -> Origin:
    arrived = flow[:, column]
    if heir is not None:
        share = _share(arrived[heir], flow[heir].sum())
        return Origin(cluster, Change.CONTINUED, int(topics[heir]), share)
    parent = int(arrived.argmax()) if len(topics) else 0
    if arrived.sum() == 0 or arrived[parent] < MAJORITY * arrived.sum():
        return Origin(cluster, Change.BORN, None, 0.0)
    share = float(arrived[parent] / flow[parent].sum())
    return Origin(cluster, Change.SPLIT, int(topics[parent]), share)


def _share(part: float, whole: float) -> float:
    """Of a topic without texts, which only a held one can be, all stayed."""
    return float(part / whole) if whole else 1.0
