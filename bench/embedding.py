"""Texts embedded per second, against `SentenceTransformer.encode` as it comes, in turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from clustering.texts import embedding
from clustering.texts.conversion import sentence_transformer
from config.demo.generator import conversations

TEXTS = 2_000
ROUNDS = 3
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run() -> dict[str, Any]:
    events = conversations(1_500, seed=1, now=NOW)
    prompts = (event.metadata.get("prompt") for event in events)
    texts = list(dict.fromkeys(str(prompt) for prompt in prompts if prompt))[:TEXTS]
    ours = embedding.load()
    model = sentence_transformer(embedding.packaged_model())
    plain = median(
        _seconds(lambda: model.encode(texts, show_progress_bar=False)) for _ in range(ROUNDS)
    )
    turret = median(_seconds(lambda: ours(texts)) for _ in range(ROUNDS))
    reference = np.asarray(
        model.encode(texts[:256], normalize_embeddings=True, show_progress_bar=False)
    )
    cosine = float((ours(texts[:256]) * reference).sum(axis=1).min())
    return {
        "texts": len(texts),
        "compiled": ours.compiled,
        "encode_per_second": round(len(texts) / plain),
        "turret_per_second": round(len(texts) / turret),
        "ratio": round(plain / turret, 2),
        "least_cosine_to_float32": round(cosine, 5),
    }


def _seconds(call: Callable[[], Any]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started
