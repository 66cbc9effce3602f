"""Names by keywords, without an LLM: how many topics are named as the people who labelled them did.

The share of topics whose name, embedded, is nearest to the name of the label that most of their
texts carry. `TOPICS_DATA` names data sets in the form of `bench.trial`, or folders of them; without
it, the demo's conversations are used, labelled by what they were planted to say.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench import trial
from clustering.centroids import members_of, unit_centroids
from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import TopicTexts
from clustering.texts import embedding
from config.demo.generator import conversations

SHOWN = 300
"""Texts of a topic that the labeller sees, the nearest to the centroid."""


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run() -> dict[str, Any]:
    return {"sets": {name: _score(label_of) for name, label_of in _sets()}}


def _sets() -> Iterator[tuple[str, dict[str, str]]]:
    """Name of each set, and the label of each of its texts."""
    paths = [Path(place) for place in os.environ.get("TOPICS_DATA", "").split(os.pathsep) if place]
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            yield file.stem, trial.labels(trial.read(file))
    if not paths:
        events = conversations(3_000, seed=1, now=NOW)
        prompts = ((event.metadata.get("prompt"), event.intent) for event in events)
        yield "demo", {str(prompt): intent for prompt, intent in prompts if prompt and intent}


def _score(label_of: dict[str, str]) -> dict[str, Any]:
    from clustering.finding import find_clusters

    texts, intents = list(label_of), np.array(list(label_of.values()))
    embed = embedding.load()
    vectors = embed(texts)
    labels = find_clusters(vectors).labels
    centroids = unit_centroids(vectors, labels)
    found, majority = [], []
    for rows, topic in members_of(labels):
        nearest = rows[np.argsort(-(vectors[rows] @ centroids[topic]), kind="stable")][:SHOWN]
        found.append(
            TopicTexts(
                [texts[row] for row in nearest],
                np.ones(len(nearest), np.int64),
                vectors[nearest],
                centroids[topic],
            )
        )
        majority.append(Counter(intents[rows].tolist()).most_common(1)[0][0])
    names = [label.name for label in label_by_keywords(found, embed)]
    known = sorted(set(label_of.values()))
    wanted = embed([intent.replace("_", " ") for intent in known])
    nearest_intent = (embed(names) @ wanted.T).argmax(axis=1)
    right = [known[i] == intent for i, intent in zip(nearest_intent, majority, strict=True)]
    return {
        "topics": len(names),
        "share_named_as_labelled": round(float(np.mean(right)), 3),
        "names": dict(zip(names, majority, strict=True)),
    }
