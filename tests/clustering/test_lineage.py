"""Lineage: which cluster continues which topic, and what became of the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clustering.runs.lineage import CONTINUES, Change, Fate, Lineage, Origin, match_topics

Ids = NDArray[np.int64]


def ids(*runs: tuple[int, int]) -> Ids:
    """Labels from (id, how many texts) runs."""
    return np.repeat([label for label, _ in runs], [count for _, count in runs]).astype(np.int64)


def test_the_same_clusters_under_other_numbers_continue() -> None:
    lineage = match_topics(ids((7, 5), (3, 4), (-1, 2)), ids((0, 5), (1, 4), (-1, 2)))
    assert lineage.continued == {0: 7, 1: 3}
    assert lineage.kept == 1.0
    assert {fate.change for fate in lineage.fates.values()} == {Change.CONTINUED}


def test_a_topic_that_grows_tenfold_through_new_texts_continues() -> None:
    lineage = match_topics(ids((7, 5), (-1, 45)), ids((0, 50)))
    assert lineage.continued == {0: 7}


def test_the_larger_part_of_a_split_keeps_the_topic() -> None:
    lineage = match_topics(ids((7, 10)), ids((0, 4), (1, 6)))
    assert lineage.continued == {1: 7}
    split = lineage.origins[0]
    assert (split.change, split.topic) == (Change.SPLIT, 7)
    assert split.share == pytest.approx(0.4)
    assert lineage.kept == pytest.approx(0.6)


def test_the_smaller_topic_of_a_merge_says_where_it_went() -> None:
    lineage = match_topics(ids((7, 10), (3, 4)), ids((0, 13), (-1, 1)))
    assert lineage.continued == {0: 7}
    fate = lineage.fates[3]
    assert (fate.change, fate.cluster) == (Change.MERGED, 0)
    assert fate.share == pytest.approx(0.75)


def test_a_cluster_of_new_texts_and_former_outliers_is_born() -> None:
    lineage = match_topics(ids((7, 5), (-1, 5)), ids((0, 5), (1, 5)))
    assert lineage.origins[1].change is Change.BORN
    assert lineage.origins[1].topic is None


def test_a_topic_whose_texts_became_outliers_is_retired() -> None:
    lineage = match_topics(ids((7, 5), (3, 5)), ids((0, 5), (-1, 5)))
    assert lineage.fates[3].change is Change.RETIRED
    assert lineage.fates[3].share == 1.0


def test_a_topic_scattered_over_many_topics_is_retired_and_says_where_most_went() -> None:
    old = ids((7, 5), (1, 20), (2, 20), (3, 20), (4, 20), (5, 20))
    new = np.concatenate([ids((0, 2), (1, 1), (2, 1), (3, 1)), old[5:] - 1])
    lineage = match_topics(old, new)
    assert lineage.fates[7] == Fate(7, Change.RETIRED, 0, 0.4)
    assert sorted(lineage.continued.values()) == [1, 2, 3, 4, 5]


def test_occurrences_decide_which_part_of_a_split_continues() -> None:
    old, new = ids((7, 10)), ids((0, 4), (1, 6))
    lineage = match_topics(old, new, weights=ids((100, 4), (1, 6)))
    assert lineage.continued == {0: 7}


def test_nothing_before_and_nothing_after() -> None:
    nothing = np.full(3, -1, np.int64)
    topics = ids((7, 3))
    assert match_topics(nothing, nothing) == Lineage({}, {}, {}, 1.0)
    assert match_topics(topics[:0], topics[:0]) == Lineage({}, {}, {}, 1.0)
    assert match_topics(nothing, topics).origins[7].change is Change.BORN
    assert match_topics(topics, nothing).fates[7].change is Change.RETIRED
    assert match_topics(topics, nothing).kept == 0.0


labellings = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(-1, 6), min_size=n, max_size=n),
        st.lists(st.integers(-1, 6), min_size=n, max_size=n),
        st.lists(st.integers(1, 1000), min_size=n, max_size=n),
    )
)


@given(labellings)
def test_continued_topics_and_clusters_are_a_bijection_that_overlaps_enough(
    labelling: tuple[list[int], list[int], list[int]],
) -> None:
    old, new, weights = (np.array(part, np.int64) for part in labelling)
    lineage = match_topics(old, new, weights)
    assert len(set(lineage.continued.values())) == len(lineage.continued)
    for cluster, topic in lineage.continued.items():
        inside, was = (new == cluster) & (old >= 0), old == topic
        overlap = weights[inside & was].sum() / weights[inside | was].sum()
        assert overlap >= CONTINUES - 1e-9
        assert lineage.fates[topic].cluster == cluster
        assert lineage.origins[cluster].topic == topic


@given(labellings)
def test_everything_has_one_place_in_the_story(
    labelling: tuple[list[int], list[int], list[int]],
) -> None:
    old, new, weights = (np.array(part, np.int64) for part in labelling)
    lineage = match_topics(old, new, weights)
    assert set(lineage.fates) == set(old[old >= 0].tolist())
    assert set(lineage.origins) == set(new[new >= 0].tolist())
    records: list[Fate | Origin] = [*lineage.fates.values(), *lineage.origins.values()]
    for record in records:
        assert 0.0 <= record.share <= 1.0
    for fate in lineage.fates.values():
        assert fate.change in {Change.CONTINUED, Change.MERGED, Change.RETIRED}
        assert fate.cluster is not None or fate.change is Change.RETIRED
    for origin in lineage.origins.values():
        assert (origin.topic is None) == (origin.change is Change.BORN)
    assert 0.0 <= lineage.kept <= 1.0


@given(labellings)
def test_the_order_of_texts_and_the_numbers_of_clusters_do_not_matter(
    labelling: tuple[list[int], list[int], list[int]],
) -> None:
    old, new, weights = (np.array(part, np.int64) for part in labelling)
    renumbered = np.where(new >= 0, 100 + new, -1)
    lineage = match_topics(old, new, weights)
    again = match_topics(old[::-1], renumbered[::-1], weights[::-1])
    assert again.continued == {100 + c: topic for c, topic in lineage.continued.items()}
