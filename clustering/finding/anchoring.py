"""Keep clusters where the last run had them, unless the texts say otherwise.

A clustering found anew moves a fifth of all texts when a fifth of them is new, however good
both are: many subjects can be cut in several equally good ways. So each text that had a topic
is drawn towards that topic's centre before HDBSCAN looks at density. Real gaps survive the
pull, arbitrary cuts do not move; and the more texts are new, the weaker it gets.
"""

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, cluster_sums
from clustering.runs.lineage import match_topics

STRENGTH = 0.85  # share of the way to its topic's centre that a text goes if none is new


def numbered(topic_ids: NDArray[np.int64]) -> Labels:
    """(n,) topic ids as 0..m-1, in order of id; -1 stays."""
    had = topic_ids >= 0
    labels = np.full(len(topic_ids), -1, np.int32)
    labels[had] = np.unique(topic_ids[had], return_inverse=True)[1]
    return labels


def anchored(points: NDArray[np.float32], previous: Labels | None) -> NDArray[np.float32]:
    """(n, d) points, those with a ``previous`` topic drawn towards the mean of its texts."""
    if previous is None or previous.max(initial=-1) < 0:
        return points
    had = previous >= 0
    pull = STRENGTH * float(had.mean())
    sizes = np.bincount(previous[had])[:, None]
    means = cluster_sums(points, previous) / np.maximum(sizes, 1).astype(np.float32)
    drawn = points.copy()
    drawn[had] = (1 - pull) * points[had] + pull * means[previous[had]]
    return drawn


def agreement(labels: Labels, previous: Labels | None) -> float:
    """1 less the share of all texts that had a topic before and have a cluster now, but another."""
    if previous is None:
        return 1.0
    both = (labels >= 0) & (previous >= 0)
    kept = match_topics(previous[both].astype(np.int64), labels[both].astype(np.int64)).kept
    return 1 - float(both.mean()) * (1 - kept)
