"""Finding clusters, with made-up vectors for the edges and the real model for meaning."""

import numpy as np
import pytest
from hdbscan import HDBSCAN
from hdbscan.hdbscan_ import _tree_to_labels
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sklearn.metrics import adjusted_rand_score

from clustering.centroids import cluster_sums, similarity_to_fellows, unit_centroids
from clustering.finding import Clusters, clusters, find_clusters, neighbours, threads
from clustering.finding.anchoring import agreement
from clustering.finding.cutting import cut
from clustering.finding.dividing import divided
from clustering.finding.linkage import linkage_tree
from clustering.finding.neighbours import cells_around, nearest_neighbours
from clustering.finding.order import fingerprints, weighted_sample
from clustering.finding.refining import refined, without_outliers
from clustering.finding.scale import (
    EXPECTED,
    candidate_sizes,
    expectation,
    legibility,
    without_itself,
)
from clustering.finding.smoothing import neighbour_graph
from clustering.runs.lineage import match_topics

Vectors = NDArray[np.float32]

SUBJECTS = {
    "access": [
        "How do I reset my password?",
        "I forgot my login credentials",
        "Can't remember my account password",
        "I can't log in",
        "Password reset not working",
        "Account locked out",
    ],
    "price": [
        "What pricing plans do you offer?",
        "How much does it cost?",
        "What are your pricing plans?",
    ],
    "discount": ["Can I get a discount?", "Do you have a promo code?", "Any coupons available?"],
    "integration": ["Integration failing", "The integration stopped working"],
    "wish": [
        "Can you add dark mode?",
        "Would love to see templates",
        "Need better export options",
    ],
    "failure": ["API not responding", "Getting 500 errors"],
    "writing": [
        "Write a blog post about AI",
        "Create marketing copy",
        "Generate product descriptions",
    ],
}


def blobs(centres: int, each: int, *, dimensions: int = 64, spread: float = 0.08) -> Vectors:
    """Unit vectors around random directions, ``each`` to a centre, in order of centre."""
    random = np.random.default_rng(centres * 1000 + each)
    vectors = np.repeat(random.normal(size=(centres, dimensions)) / dimensions**0.5, each, axis=0)
    vectors += random.normal(scale=spread, size=vectors.shape)
    return unit(vectors)


def unit(vectors: NDArray[np.float64]) -> Vectors:
    rows: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rows


def check(found: Clusters, vectors: Vectors) -> None:
    """What holds for every answer."""
    assert found.labels.dtype == np.int32
    assert found.labels.shape == (len(vectors),)
    assert found.centroids.dtype == np.float32
    sizes = np.bincount(found.labels[found.labels >= 0])
    assert len(sizes) == len(found.centroids)
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    assert np.allclose(np.linalg.norm(found.centroids, axis=1), 1, atol=1e-5)


def test_a_few_real_messages_share_a_cluster_by_subject(model: SentenceTransformer) -> None:
    texts = [text for group in SUBJECTS.values() for text in group]
    vectors = model.encode(texts, normalize_embeddings=True)
    labels = dict(zip(texts, find_clusters(vectors).labels.tolist(), strict=True))
    groups = {
        subject: {labels[text] for text in SUBJECTS[subject]}
        for subject in ("access", "price", "discount", "integration")
    }
    assert all(len(group) == 1 for group in groups.values()), groups
    assert -1 not in set.union(*groups.values())
    assert len(set.union(*groups.values())) == 4


def test_few_subjects_in_many_words_are_few_topics(
    model: SentenceTransformer, prompts: dict[str, list[str]]
) -> None:
    subjects = [texts[:75] for texts in sorted(prompts.values(), key=len)[-4:]]
    assert [len(texts) for texts in subjects] == [75] * 4
    texts = [text for subject in subjects for text in subject]
    labels = find_clusters(model.encode(texts, normalize_embeddings=True)).labels
    assert labels.max() < 8
    assert adjusted_rand_score(np.repeat(range(4), 75), labels) > 0.7


@pytest.mark.parametrize("n", range(6))
def test_next_to_no_texts(n: int) -> None:
    vectors = unit(np.random.default_rng(n).normal(size=(n, 64)))
    found = find_clusters(vectors)
    check(found, vectors)
    assert len(found.centroids) == 0


@pytest.mark.parametrize("n", [2, 3, 5, 50, 299, 301, 1200])
def test_texts_that_all_say_the_same_are_one_cluster(n: int) -> None:
    vectors = np.repeat(unit(np.ones((1, 64))), n, axis=0)
    found = find_clusters(vectors)
    check(found, vectors)
    assert set(found.labels.tolist()) == {0}


@pytest.mark.parametrize("n", [50, 290, 500, 3000])
def test_texts_without_any_structure_are_noise(n: int) -> None:
    vectors = unit(np.random.default_rng(n).normal(size=(n, 384)))
    found = find_clusters(vectors)
    check(found, vectors)
    assert (found.labels == -1).all()


@pytest.mark.parametrize(
    ("centres", "each"), [(5, 8), (20, 14), (8, 60), (30, 40), (40, 100), (50, 100)]
)
def test_subjects_that_stand_apart_are_found(centres: int, each: int) -> None:
    vectors = blobs(centres, each)
    found = find_clusters(vectors)
    check(found, vectors)
    truth = np.repeat(np.arange(centres), each)
    core = found.labels >= 0
    assert core.mean() > 0.8
    assert adjusted_rand_score(truth[core], found.labels[core]) > 0.95


def test_noise_among_subjects_stays_noise() -> None:
    random = np.random.default_rng(0)
    vectors = np.concatenate([blobs(10, 60), unit(random.normal(size=(60, 64)))])
    labels = find_clusters(vectors).labels
    assert (labels[600:] == -1).mean() > (labels[:600] == -1).mean()


@pytest.mark.parametrize("n", [40, 200, 3000])
def test_the_same_texts_in_another_order_are_in_the_same_clusters(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "FEW", 100)
    monkeypatch.setattr(clusters, "LAID_OUT_FROM", 100)
    monkeypatch.setattr(clusters, "SAMPLE_LIMIT", 2500)
    vectors = blobs(10, n // 10, spread=0.15)
    weights = np.arange(1, n + 1)
    previous = np.where(np.arange(n) % 3, np.arange(n) // 20, -1)
    order = np.random.default_rng(n).permutation(n)
    first = find_clusters(vectors, weights, previous)
    second = find_clusters(vectors[order], weights[order], previous[order])
    assert (first.labels[order] == second.labels).all()
    assert np.allclose(first.centroids, second.centroids, atol=1e-5)
    assert first.parameters == second.parameters


@pytest.mark.parametrize(("each", "laid_out_from"), [(12, 4_000), (60, 4_000), (60, 500)])
def test_topics_of_the_last_run_keep_their_texts_when_new_texts_arrive(
    each: int, laid_out_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "LAID_OUT_FROM", laid_out_from)
    vectors = blobs(20, each, spread=0.14)
    random = np.random.default_rng(5)
    seen = np.sort(random.permutation(len(vectors))[: len(vectors) * 4 // 5])
    previous = np.full(len(vectors), -1, np.int64)
    previous[seen] = find_clusters(vectors[seen]).labels
    found = find_clusters(vectors, previous=previous)
    check(found, vectors)
    both = (previous >= 0) & (found.labels >= 0)
    assert both.sum() > 0.8 * (previous >= 0).sum()
    kept = match_topics(previous[both], found.labels[both].astype(np.int64)).kept
    assert kept >= 0.95


@pytest.mark.parametrize("laid_out_from", [4_000, 500])
def test_a_topic_of_two_subjects_that_stand_apart_is_split_in_spite_of_the_last_run(
    laid_out_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "LAID_OUT_FROM", laid_out_from)
    vectors = blobs(10, 60)
    wrong = np.repeat([0, 0, 1, 2, 3, 4, 5, 6, 7, 8], 60)
    wrong[::2] = -1
    labels = find_clusters(vectors, previous=wrong).labels
    first, second = labels[:60], labels[60:120]
    assert not np.intersect1d(first[first >= 0], second[second >= 0]).size
    assert (first >= 0).mean() > 0.8
    assert (second >= 0).mean() > 0.8


def test_topics_of_a_few_texts_bind_the_many_that_came_since_little() -> None:
    labels = np.array([0, 0, 1, 1] + [2] * 16, np.int32)
    moved = np.array([0, 0, 0, 0] + [-1] * 16, np.int32)
    assert agreement(labels, moved) == pytest.approx(1 - 2 / 20)
    assert agreement(labels[:4], moved[:4]) == pytest.approx(1 - 2 / 4)
    assert agreement(labels, labels) == agreement(labels, None) == 1
    assert agreement(labels, np.full(20, -1, np.int32)) == 1


def test_the_ids_of_the_last_runs_topics_do_not_matter() -> None:
    vectors = blobs(10, 60, spread=0.14)
    previous = np.where(np.arange(600) % 7, np.repeat(np.arange(10), 60), -1)
    other_ids = np.where(previous >= 0, 4_000_000_000 + 17 * previous, -1)
    first, second = (find_clusters(vectors, previous=ids) for ids in (previous, other_ids))
    assert (first.labels == second.labels).all()


def test_above_the_limit_a_sample_is_clustered_and_the_rest_assigned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clusters, "SAMPLE_LIMIT", 1000)
    vectors = blobs(12, 200)
    found = find_clusters(vectors)
    check(found, vectors)
    assert found.parameters["sampled"] == 1000
    core = found.labels >= 0
    assert core.mean() > 0.8
    assert adjusted_rand_score(np.repeat(np.arange(12), 200)[core], found.labels[core]) > 0.95


def test_frequent_texts_are_in_the_sample() -> None:
    prints = fingerprints(blobs(40, 100))
    weights = np.ones(4000, np.int64)
    weights[7::40] = 1_000_000
    chosen = weighted_sample(prints, weights, 1000)
    assert len(set(chosen.tolist())) == 1000
    assert np.isin(np.arange(7, 4000, 40), chosen).all()


def test_a_sample_changes_little_when_texts_are_added() -> None:
    prints = fingerprints(blobs(40, 100))
    weights = np.ones(4000, np.int64)
    before = weighted_sample(prints[:3600], weights[:3600], 1000)
    after = weighted_sample(prints, weights, 1000)
    assert np.isin(after[after < 3600], before).all()
    assert abs((after >= 3600).mean() - 0.1) < 0.04


def test_fingerprints_differ_and_spread_evenly() -> None:
    prints = fingerprints(np.repeat(blobs(20, 100), 2, axis=0))
    assert (prints[::2] == prints[1::2]).all()
    assert len(np.unique(prints)) == 2000
    counts = np.bincount((prints[::2] >> np.uint64(60)).astype(np.int64), minlength=16)
    assert counts.min() > 80


def test_neighbours_in_cells_are_nearly_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = blobs(60, 100)
    exact, similar = nearest_neighbours(vectors, 10)
    assert (np.diff(similar, axis=1) <= 0).all()
    assert (exact != np.arange(len(vectors))[:, None]).all()
    monkeypatch.setattr(neighbours, "FEW", 1000)
    near, _ = nearest_neighbours(vectors, 10)
    recall = np.mean([np.isin(a, b).mean() for a, b in zip(near, exact, strict=True)])
    assert recall > 0.9


@pytest.mark.parametrize("dimensions", [64, 384])
@pytest.mark.parametrize("spread", [0.05, 0.01, 0.001])
def test_neighbours_are_the_exact_ones(dimensions: int, spread: float) -> None:
    copies = np.repeat(blobs(1, 1, dimensions=dimensions), 20, axis=0)
    alone = np.eye(dimensions, dtype=np.float32)
    vectors = np.concatenate([blobs(30, 50, dimensions=dimensions, spread=spread), copies, alone])
    found, similar = nearest_neighbours(vectors, 10)
    every = vectors @ vectors.T
    assert np.allclose(np.take_along_axis(every, found, 1), similar, atol=1e-6)
    np.fill_diagonal(every, -2)
    exact = -np.sort(-every, axis=1)[:, :10]
    together = len(vectors) - len(alone)
    assert np.mean((exact - similar)[:together] < 1e-5) > 0.99


@pytest.mark.parametrize("common", [0.0, 2.0])
def test_rounding_loses_next_to_no_neighbours(
    common: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the model's vectors have in ``common``."""
    shifted = blobs(60, 50, dimensions=384, spread=0.05).astype(np.float64)
    shifted[:, 7] += common
    vectors = unit(shifted)
    exact = nearest_neighbours(vectors, 10)[1]
    monkeypatch.setattr(neighbours, "FEW", 1000)
    monkeypatch.setattr(neighbours, "CELLS_AROUND", int(2 * 3000**0.5))  # all of them
    found, similar = nearest_neighbours(vectors, 10)
    assert np.allclose((vectors[:, None] * vectors[found]).sum(axis=2), similar, atol=1e-6)
    assert np.mean(exact - similar < 1e-6) > 0.99


def test_neighbours_share_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = blobs(60, 50)
    assert (cells_around(vectors) == 0).all()
    monkeypatch.setattr(neighbours, "FEW", 1000)
    cell = cells_around(vectors)[:, 0]
    near, _ = nearest_neighbours(vectors, 10)
    assert len(np.unique(cell)) > 60
    assert (cell[near] == cell[:, None]).mean() > 0.4


def test_texts_in_sparse_cells_have_as_many_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "CELLS_AROUND", 1)
    monkeypatch.setattr(neighbours, "FEW", 100)
    alone = np.eye(384, dtype=np.float32)[-200:]
    vectors = np.concatenate([blobs(1, 300, dimensions=384, spread=0.001), alone])
    found, similar = nearest_neighbours(vectors, 10)
    assert found.min() >= 0
    assert (found != np.arange(len(vectors))[:, None]).all()
    every = vectors @ vectors.T
    assert np.allclose(np.take_along_axis(every, found, 1), similar, atol=1e-6)


def test_copies_of_a_text_are_its_neighbours_and_itself_is_not() -> None:
    vectors = np.repeat(blobs(3, 1), 40, axis=0)
    found, similar = nearest_neighbours(vectors, 10)
    assert (found != np.arange(len(vectors))[:, None]).all()
    assert (found // 40 == np.arange(len(vectors))[:, None] // 40).all()
    assert np.allclose(similar, 1, atol=1e-5)


def test_a_neighbour_on_one_side_only_counts_half() -> None:
    """The first two have each other nearest; the third has the first, which has others nearer."""
    indices = np.array([[1, 3], [0, 3], [0, 1], [0, 1]])
    similarities = np.array([[0.9, 0.8], [0.9, 0.8], [0.4, 0.1], [0.8, 0.8]], np.float32)
    graph = neighbour_graph(indices, similarities).toarray()
    assert graph.dtype == np.float32
    assert (graph == graph.T).all()
    assert graph[0, 1] == pytest.approx(1)
    assert graph[0, 2] == pytest.approx(0.5)


@pytest.mark.parametrize("threads_at_work", [2, 5])
def test_the_number_of_threads_changes_not_one_bit(
    threads_at_work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "FEW", 1000)
    monkeypatch.setattr(clusters, "LAID_OUT_FROM", 1000)
    vectors = blobs(40, 100, dimensions=384, spread=0.05)
    monkeypatch.setattr(threads, "THREADS", 1)
    alone, alone_near = find_clusters(vectors), nearest_neighbours(vectors, 10)
    monkeypatch.setattr(threads, "THREADS", threads_at_work)
    together, together_near = find_clusters(vectors), nearest_neighbours(vectors, 10)
    assert (alone.labels == together.labels).all()
    assert (alone.centroids == together.centroids).all()
    assert (alone_near[0] == together_near[0]).all()
    assert (alone_near[1] == together_near[1]).all()


def test_an_error_in_one_part_of_the_work_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "THREADS", 2)
    with pytest.raises(ZeroDivisionError):
        threads.in_parts(lambda part: 1 / part, [2, 1, 0, 3])


def test_candidate_sizes_grow_with_the_square_root() -> None:
    assert candidate_sizes(400)[0] == 2
    assert 32 <= candidate_sizes(400)[-1] <= 40
    assert candidate_sizes(1_000_000)[0] == 100
    assert all(np.diff(candidate_sizes(100_000)) > 0)


def test_texts_of_few_subjects_are_likelier_than_of_many() -> None:
    expected = round(5_000**0.75 / EXPECTED)
    assert expectation(expected, 5_000) > 0.99
    assert expectation(4 * expected, 5_000) > expectation(expected // 4, 5_000) > 0.6


def test_hundreds_of_clusters_must_describe_the_texts_clearly_better() -> None:
    assert legibility(2) == legibility(200) == 1
    assert legibility(300) > 0.9
    assert 0.7 < legibility(566) < 0.9  # where 78 subjects and their 566 wordings tied
    assert legibility(2_000) > 0.2


def divided_blobs(
    vectors: Vectors, labels: NDArray[np.int32], *, least: int, previous: bool = False
) -> NDArray[np.int32]:
    graph = neighbour_graph(*nearest_neighbours(vectors, 10))
    return divided(labels, vectors, vectors, graph, labels if previous else None, least)


def test_a_cluster_of_several_subjects_is_divided_and_the_others_are_not() -> None:
    vectors = blobs(8, 50)
    subjects = np.repeat(np.arange(8, dtype=np.int32), 50)
    found = divided_blobs(vectors, np.maximum(subjects - 3, 0), least=20)
    assert adjusted_rand_score(subjects, found) == 1


def test_a_cluster_is_divided_into_no_part_that_is_too_small() -> None:
    vectors = np.concatenate([blobs(4, 50), blobs(1, 10)])
    labels = np.repeat(np.arange(4, dtype=np.int32), [50, 50, 50, 60])
    assert (divided_blobs(vectors, labels, least=11) == labels).all()
    assert divided_blobs(vectors, labels, least=10).max() == 4


def test_a_topic_of_before_is_divided_only_for_a_clear_gain() -> None:
    subjects = np.repeat(np.arange(8, dtype=np.int32), 50)
    two_in_one = np.maximum(subjects - 1, 0)
    clearly = blobs(8, 50)
    near = clearly.astype(np.float64)
    near[:100] = blobs(1, 100, spread=0.05) + 1.4 * np.repeat(blobs(2, 1), 50, axis=0)
    hardly = unit(near)
    assert divided_blobs(clearly, two_in_one, least=20, previous=True).max() == 7
    assert divided_blobs(hardly, two_in_one, least=20).max() == 7
    assert divided_blobs(hardly, two_in_one, least=20, previous=True).max() == 6


def test_a_cut_is_judged_by_each_texts_similarity_to_its_fellows() -> None:
    vectors = blobs(4, 30)
    labels = np.repeat(np.arange(5, dtype=np.int32), [60, 30, 27, 2, 1])
    sums = cluster_sums(vectors, labels)
    lengths = np.linalg.norm(sums, axis=1)[labels]
    similar = (vectors * unit_centroids(vectors, labels)[labels]).sum(axis=1)
    fellows = similarity_to_fellows(vectors, labels, sums)
    assert np.allclose(without_itself(similar, lengths), fellows, atol=1e-5)
    assert fellows[-1] == 0


@pytest.mark.parametrize("n", [4, 17, 40])
def test_the_tree_of_few_points_is_exactly_hdbscans(n: int) -> None:
    points = np.random.default_rng(n).normal(size=(n, 3)).astype(np.float32)
    theirs = HDBSCAN(min_cluster_size=2, min_samples=1, algorithm="generic").fit(
        points.astype(np.float64)
    )
    distances = theirs.single_linkage_tree_.to_numpy()[:, 2]
    assert np.allclose(linkage_tree(points, min_samples=1)[:, 2], distances, atol=1e-6)


def test_the_tree_of_many_points_cuts_like_hdbscans() -> None:
    points = np.random.default_rng(1).normal(size=(3_000, 6)).astype(np.float32)
    points += np.repeat(np.random.default_rng(2).normal(scale=6, size=(30, 6)), 100, axis=0)
    theirs = HDBSCAN(min_cluster_size=20, min_samples=2).fit(points).labels_
    assert adjusted_rand_score(theirs, cut(linkage_tree(points, min_samples=2), 20)) > 0.98


@pytest.mark.parametrize("n", [4, 30, 400, 2_000])
@pytest.mark.parametrize("size", [2, 5, 20])
@pytest.mark.parametrize("duplicates", [0, 10])
def test_a_tree_is_cut_exactly_as_hdbscan_cuts_it(n: int, size: int, duplicates: int) -> None:
    random = np.random.default_rng(n)
    points = random.normal(size=(n, 3)) + random.normal(scale=3, size=(7, 3))[np.arange(n) % 7]
    points[:duplicates] = points[0]
    tree = linkage_tree(points.astype(np.float32), min_samples=1)
    theirs = _tree_to_labels(None, tree, size)[0]
    ours = cut(tree, size)
    assert ((ours < 0) == (theirs < 0)).all()
    assert adjusted_rand_score(theirs, ours) == 1


def test_groups_without_common_neighbours_are_joined_nearest_first() -> None:
    places = np.array([0.0, 10.0, 1_000.0, 1_003.0])
    points = np.repeat(places, 50)[:, None] + np.random.default_rng(0).uniform(size=(200, 1))
    tree = linkage_tree(points.astype(np.float32), min_samples=2)
    assert np.allclose(tree[-3:, 2], [2.5, 9.5, 989.5], atol=1)
    assert tree[-3:, 3].tolist() == [100, 100, 200]


@pytest.mark.parametrize("n", [5, 60, 2_000])
def test_points_in_one_place_are_one_tree(n: int) -> None:
    tree = linkage_tree(np.ones((n, 12), np.float32), min_samples=1)
    assert tree.shape == (n - 1, 4)
    assert (tree[:, 2] == 0).all()
    assert tree[-1, 3] == n


def test_refining_gives_every_text_to_the_nearest_mean() -> None:
    vectors = blobs(5, 40)
    truth = np.repeat(np.arange(5, dtype=np.int32), 40)
    labels = truth.copy()
    labels[::3] = -1
    labels[1] = 4
    assert (refined(vectors, labels, rounds=2) == truth).all()


def test_of_the_noise_only_what_is_near_its_cluster_stays() -> None:
    vectors = blobs(5, 40)
    clusters = np.repeat(np.arange(5, dtype=np.int32), 40)
    far, near, member = 0, 50, 100
    centroid = vectors[clusters == 1].mean(axis=0)
    vectors[near] = centroid / np.linalg.norm(centroid)
    vectors[far], vectors[member] = -vectors[far], -vectors[member]
    labels = without_outliers(vectors, clusters, noise=np.isin(np.arange(200), [far, near]))
    assert labels[far] == -1
    assert labels[near] == 1
    assert labels[member] == 2
