"""Topics found against the labels of public sets, beside what people would use instead.

`TOPICS_DATA` names data sets in the form of `bench.trial`, or folders of them; without it, the
demo's conversations are used, labelled by what they were planted to say. `TOPICS_RIVALS` names
those to compare, between commas: all that are installed, by default.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from bench import rivals, trial
from bench.methods import compared, turret
from bench.rivals import Method
from clustering.texts import embedding
from config.demo.generator import conversations

SIZES = (500, 2_500, 10_000)
SUBJECTS = (6, 12, 20, 40)
ON_FEW_SUBJECTS = 800  # texts
SEEDS = (0, 1, 2)
ADDED = 0.2  # share of texts that come after the first run
SCALE = int(os.environ.get("TOPICS_SCALE", "100000"))
NOISE = 0.6  # length of the noise on each copy of a text in the scale run, beside its vector's 1
ROUNDING = 0.004  # the same between two embeddings of a text in bfloat16, in other batches
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]


def run() -> dict[str, Any]:
    methods = compared()
    if missing := rivals.missing():
        print(f"not installed, so not compared: {', '.join(missing)}")
    sets = {name: (_vectors(name, texts), truth) for name, texts, truth in _sets()}
    for method in methods.values():
        for seed in (0, None):
            method(next(iter(sets.values()))[0][:500], seed)  # imports and compiles
    return {
        "not_installed": missing,
        "sets": {
            name: {
                "by_size": {
                    size: {key: _scores(method, *data, size) for key, method in methods.items()}
                    for size in _sizes(len(data[0]))
                },
                "on_few_subjects": {
                    subjects: {
                        key: _scores(method, *data, ON_FEW_SUBJECTS, subjects)
                        for key, method in methods.items()
                    }
                    for subjects in SUBJECTS
                    if subjects <= data[1].max()
                },
                "agreement": {key: _agreements(method, data[0]) for key, method in methods.items()},
                "kept_when_a_fifth_is_added": {
                    key: _stability(method, data[0]) for key, method in methods.items()
                },
                "seconds_cold": {key: _cold_seconds(key, data[0]) for key in methods},
            }
            for name, data in sets.items()
        },
        "scale": _at_scale(np.concatenate([vectors for vectors, _ in sets.values()])),
    }


def _sets() -> Iterator[tuple[str, list[str], Labels]]:
    """Name, distinct texts and label of each, numbered."""
    paths = [Path(place) for place in os.environ.get("TOPICS_DATA", "").split(os.pathsep) if place]
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            yield file.stem, *_numbered(trial.labels(trial.read(file)))
    if not paths:
        yield "demo", *_numbered(_planted())


def _planted() -> dict[str, str]:
    events = conversations(3_000, seed=1, now=NOW)
    return {
        str(event.metadata["prompt"]): event.intent
        for event in events
        if event.intent and "prompt" in event.metadata
    }


def _numbered(label_of: dict[str, str]) -> tuple[list[str], Labels]:
    numbers = np.unique(list(label_of.values()), return_inverse=True)[1]
    return list(label_of), numbers.astype(np.int32)


def _vectors(name: str, texts: list[str]) -> Vectors:
    """From the data folder if these very texts were embedded before."""
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
    cache: Path = settings.DATA_DIR / "vectors" / f"{name}-{digest}.npy"
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.save(cache, embedding.load()(texts))
    vectors: Vectors = np.load(cache)
    return vectors


def _sizes(n: int) -> list[int]:
    return [size for size in SIZES if size < n] + [n]


def _scores(
    method: Method, vectors: Vectors, truth: Labels, size: int, subjects: int | None = None
) -> dict[str, float]:
    """Means over the seeds, each with a random subset and a random order of its own.

    Scores need a seed; what takes the seconds has none, as its users get it.
    """
    draws = [_chosen(truth, size, seed, subjects) for seed in SEEDS]
    rounds = [
        _score(method, vectors[chosen], truth[chosen], seed)
        for chosen, seed in zip(draws, SEEDS, strict=True)
    ]
    means = {key: round(mean(scores[key] for scores in rounds), 3) for key in rounds[0]}
    unseeded = [_seconds(method, vectors[chosen]) for chosen in draws]
    return means | {"seconds": round(mean(unseeded), 3)}


def _seconds(method: Method, texts: Vectors) -> float:
    started = perf_counter()
    method(texts, None)
    return perf_counter() - started


def _chosen(truth: Labels, size: int, seed: int, subjects: int | None) -> NDArray[np.int64]:
    """Places of ``size`` texts, or of all there are; of so many ``subjects`` alone, if given."""
    random = np.random.default_rng(seed)
    if subjects is None:
        return random.permutation(len(truth))[:size]
    among = random.permutation(np.unique(truth))[:subjects]
    return random.permutation(np.flatnonzero(np.isin(truth, among)))[:size]


def _score(method: Method, texts: Vectors, true: Labels, seed: int) -> dict[str, float]:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    labels, _, megabytes = _measured(partial(method, texts, seed))
    everywhere, core = _outliers_under_nearest(texts, labels), labels >= 0
    return {
        "nmi": float(normalized_mutual_info_score(true, everywhere)),
        "ari": float(adjusted_rand_score(true, everywhere)),
        "nmi_assigned": float(normalized_mutual_info_score(true[core], labels[core])),
        "ari_assigned": float(adjusted_rand_score(true[core], labels[core])),
        "coverage": float(core.mean()),
        "topics": len(np.unique(labels[core])),
        "peak_megabytes": megabytes,
    }


def _outliers_under_nearest(vectors: Vectors, labels: Labels) -> Labels:
    from clustering.centroids import unit_centroids

    if labels.max(initial=-1) < 0:
        return labels
    nearest = (vectors @ unit_centroids(vectors, labels).T).argmax(axis=1)
    return np.where(labels >= 0, labels, nearest).astype(np.int32)


def _stability(method: Method, vectors: Vectors) -> float:
    """Share of the texts with a topic that keep it when new texts come, mean over the seeds.

    A text that had a topic and is an outlier afterwards has not kept it. Topics found anew by a
    method that knows nothing of the last run continue those that they share most texts with.
    """
    from clustering.runs.lineage import match_topics

    shares = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(vectors))
        before = np.sort(order[: round(len(vectors) * (1 - ADDED))])
        previous = np.full(len(vectors), -1, np.int64)
        if method is turret:
            previous[before] = _topics(vectors[before], None)
            now = _topics(vectors, previous)
        else:
            previous[before] = method(vectors[before], seed)
            now = method(vectors, seed).astype(np.int64)
        shares.append(match_topics(previous, now).kept)
    return round(mean(shares), 3)


def _topics(vectors: Vectors, previous: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Clusters, and the outliers that are near enough to one, as a clustering run has it."""
    from clustering.finding import find_clusters
    from clustering.texts.assignment import assign, thresholds

    found = find_clusters(vectors, previous=previous)
    given = assign(vectors, found.centroids, thresholds(vectors, found.labels, found.centroids))
    near = np.where(given.assigned, given.nearest, -1)
    return np.where(found.labels >= 0, found.labels, near).astype(np.int64)


def _cold_seconds(name: str, vectors: Vectors) -> float:
    """A new process with what was compiled before: imports, then one clustering."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.npy"
        np.save(file, vectors)
        started = perf_counter()
        subprocess.run([sys.executable, "-m", "bench.methods", name, file], check=True)
        return round(perf_counter() - started, 1)


def _at_scale(vectors: Vectors) -> dict[str, float]:
    """Texts multiplied with noise: as they are, in another order, and without a tenth of them."""
    many = _multiplied(vectors, SCALE)
    labels, seconds, megabytes = _measured(partial(turret, many, 0))
    labels = _outliers_under_nearest(many, labels)
    order = np.random.default_rng(0).permutation(len(many))
    most = np.sort(order[len(many) // 10 :])
    shuffled, fewer = (
        _outliers_under_nearest(many[places], turret(many[places], 0)) for places in (order, most)
    )
    return {
        "texts": len(many),
        "topics": int(labels.max()) + 1,
        "seconds": round(seconds, 1),
        "peak_megabytes": round(megabytes),
        "agreement_of_orders": _agreement([labels[order], shuffled]),
        "agreement_without_a_tenth": _agreement([labels[most], fewer]),
    }


def _agreement(found: list[Labels]) -> float:
    """Mean ARI of any two."""
    from sklearn.metrics import adjusted_rand_score

    scores = [float(adjusted_rand_score(*pair)) for pair in combinations(found, 2)]
    return round(mean(scores), 3)


def _agreements(method: Method, vectors: Vectors) -> dict[str, float]:
    """How far answers agree on the same texts: for another seed, in another order, and rounded."""
    seeds, orders, roundings = [], [], []
    for seed in SEEDS:
        seeds.append(_outliers_under_nearest(vectors, method(vectors, seed)))
        random = np.random.default_rng(seed)
        order = random.permutation(len(vectors))
        shuffled = _outliers_under_nearest(vectors[order], method(vectors[order], SEEDS[0]))
        orders.append(shuffled[np.argsort(order)])
        rounded = _noisy(vectors, ROUNDING, random)
        roundings.append(_outliers_under_nearest(rounded, method(rounded, SEEDS[0])))
    return {
        "of_seeds": _agreement(seeds),
        "of_orders": _agreement(orders),
        "of_roundings": _agreement(roundings),
    }


def _multiplied(vectors: Vectors, size: int) -> Vectors:
    random = np.random.default_rng(0)
    many = np.resize(vectors, (size, vectors.shape[1]))
    for start in range(len(vectors), size, len(vectors)):
        copy = slice(start, start + len(vectors))
        many[copy] = _noisy(many[copy], NOISE, random)
    return many


def _noisy(vectors: Vectors, length: float, random: np.random.Generator) -> Vectors:
    from clustering.centroids import unit_rows

    noise = random.normal(scale=length / vectors.shape[1] ** 0.5, size=vectors.shape)
    return unit_rows(vectors + noise.astype(np.float32))


def _measured(call: Callable[[], Labels]) -> tuple[Labels, float, float]:
    """What it returns, seconds, and the megabytes of memory it needed at most beyond the start."""
    # Linux: 5 resets the peak (proc(5), clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    before, started = _memory("VmRSS"), perf_counter()
    labels = call()
    return labels, perf_counter() - started, _memory("VmHWM") - before


def _memory(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))
