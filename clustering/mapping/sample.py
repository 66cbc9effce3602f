"""Which texts a map shows where there are too many: some of every topic, the same next time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OF_EACH_TOPIC = 30
"""Texts that a topic shows at least, if it has so many; fewer where topics are very many."""

_RESERVED = 0.5
"""Share of all places, at most, that are given out by topic."""


def sample(ids: NDArray[np.int64], topic_ids: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Ascending places (m,) of at most ``size`` texts, given their ids and topics (n,).

    Texts are chosen by a hash of their ids, so that one more text pushes out at most one.
    """
    if len(ids) <= size:
        return np.arange(len(ids))
    keys = hashes(ids)
    topics = np.unique(topic_ids)
    reserved = min(OF_EACH_TOPIC, int(_RESERVED * size / len(topics)))
    by_topic = np.lexsort((keys, topic_ids))
    starts = np.searchsorted(topic_ids[by_topic], topics)
    ranks = np.arange(len(ids)) - np.repeat(starts, np.diff([*starts, len(ids)]))
    first = by_topic[ranks < reserved]
    rest = np.setdiff1d(np.arange(len(ids)), first, assume_unique=True)
    chosen = rest[np.argsort(keys[rest], kind="stable")[: size - len(first)]]
    return np.sort(np.concatenate([first, chosen]))


def hashes(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(n,) evenly spread hashes (the finalizer of SplitMix64, Steele et al. 2014)."""
    mixed = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))
