"""Which groups of outliers deserve a topic, and how such topics outlast a full run. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import Labels, Vectors, cluster_sums, members_of, similarity_to_fellows

FEWEST_TEXTS = 5
FEWEST_VOICES = 3
"""Least number of sessions, and of users, whose texts make a topic: one user's own words do not."""

DENSE = 0.5
"""Least mean similarity of a group's texts to the centroid of the others."""
APART = 0.3
"""Least silhouette of a group beside the topics that exist: how much nearer its texts are to each
other than to any topic, from 0 for no nearer to 1 for all the same."""


def deserving(vectors: Vectors, labels: Labels, to_topics: NDArray[np.float32]) -> list[int]:
    """The groups that are large, dense and apart enough.

    `labels` (n,) has the group of each text or -1, `to_topics` (n,) its similarity to the nearest
    topic.
    """
    fellows = similarity_to_fellows(vectors, labels, cluster_sums(vectors, labels))
    return [
        group
        for members, group in members_of(labels)
        if len(members) >= FEWEST_TEXTS
        and (near := float(fellows[members].mean())) >= DENSE
        and silhouette(near, float(to_topics[members].mean())) >= APART
    ]


def silhouette(to_fellows: float, to_topic: float) -> float:
    """Of mean cosines: 0 halfway between both, 1 for texts that are all the same."""
    return (to_fellows - to_topic) / max(1 - min(to_fellows, to_topic), 1e-6)


def only(labels: Labels, groups: Sequence[int]) -> Labels:
    """(n,) labels with these groups as 0..m-1, in their order, and -1 for all others."""
    numbers = np.full(int(labels.max(initial=-1)) + 2, -1, np.int32)  # the last place is noise's
    numbers[list(groups)] = np.arange(len(groups), dtype=np.int32)
    return numbers[labels]


def with_small(labels: Labels, topic_ids: NDArray[np.int64], small: Sequence[int]) -> Labels:
    """(n,) labels, and a group for each of the `small` topics whose texts are mostly noise now.

    What is a topic among outliers may be too small to be a cluster among all texts. It goes on
    unless most of it went elsewhere.
    """
    answer = labels
    for topic in small:
        lost = (topic_ids == topic) & (answer < 0)
        if lost.any() and 2 * lost.sum() >= (topic_ids == topic).sum():
            answer = answer.copy() if answer is labels else answer
            answer[lost] = answer.max(initial=-1) + 1
    return answer
