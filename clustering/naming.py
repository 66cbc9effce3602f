"""Names for topics: by keywords in the run that finds them, then by an LLM where a key is set.

A topic is named anew when its meaning has moved: when its centroid has turned away from the one
it was named by. A name that a user gave is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

import numpy as np
from django.conf import settings
from django.db.models import F
from numpy.typing import NDArray

from clustering import asking, locks
from clustering.centroids import members_of
from clustering.curation.held import rows_of
from clustering.labelling.examples import examples_digest, pick_examples
from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import TopicTexts
from clustering.models import Theme, Topic
from clustering.runs.outcome import Name, Outcome
from clustering.texts import embedding, vectors
from clustering.texts.contents import beginnings, central_texts
from clustering.texts.vectors import EmbeddedTexts
from clustering.themes import naming
from ingestion.models import Field, FieldType

CENTRAL_TEXTS, OTHER_TEXTS = 100, 100
"""Texts of a topic that labellers look at: the nearest, and an even sample of the others."""
CONTRAST_TEXTS = 20
"""Texts of each topic that new ones are told from."""


def name_by_keywords(field: Field, outcome: Outcome) -> dict[int, Name]:
    """Name the clusters of a run that are new topics, or whose name is out of date."""
    continued = outcome.lineage.continued
    existing = _existing(field, continued.values())
    names_of = {cluster: existing.get(topic) for cluster, topic in continued.items()}
    members = np.where(outcome.members.assigned, outcome.members.nearest, -1)
    shown = np.unique(members[members >= 0]).tolist()
    due = [
        cluster
        for cluster in shown
        if (topic := names_of.get(cluster)) is None
        or asking.is_out_of_date(topic, outcome.centroids[cluster])
    ]
    kept = [topic.label for cluster, topic in names_of.items() if topic and cluster not in due]
    if not due:
        return {}
    topics = _as_labellers_see(field, outcome.texts, members, outcome.centroids)
    named = _by_keywords(topics, [shown.index(cluster) for cluster in due], kept)
    return {shown[place]: name for place, name in named.items()}


def name_births(
    field: Field,
    texts: EmbeddedTexts,
    members: NDArray[np.int32],
    centroids: NDArray[np.float32],
) -> dict[int, Name]:
    """Name clusters of outliers, told from each other and from the topics that exist.

    `members` (n,) has each text's row of `centroids`, or -1; no cluster is empty.
    """
    if not len(centroids):
        return {}
    live = vectors.live_topics(field)
    central = central_texts(field.project_id, live.ids.tolist(), CONTRAST_TEXTS)
    others = vectors.texts_by_id(field, (pk for _, pk, _ in central))
    topics = _as_labellers_see(field, texts, members, centroids)
    topics += _as_labellers_see(field, others, rows_of(others.topic_ids, live.ids), live.centroids)
    live_topics = Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
    taken = list(live_topics.values_list("label", flat=True))
    return _by_keywords(topics, range(len(centroids)), taken)


def _by_keywords(
    topics: Sequence[TopicTexts], due: Sequence[int], kept: Sequence[str]
) -> dict[int, Name]:
    embed = embedding.load(settings.EMBEDDING_MODEL)
    labels = label_by_keywords(topics, embed, wanted=due, taken_names=kept)
    examples = pick_examples(topics, due)
    return {
        place: Name(label.name, label.description, label.source, examples_digest(shown))
        for place, label, shown in zip(due, labels, examples, strict=True)
    }


def _existing(field: Field, topic_ids: Iterable[int]) -> dict[int, Topic]:
    found = Topic.objects.filter(project=field.project_id, field=field, pk__in=list(topic_ids))
    return {topic.pk: topic for topic in found}


def _as_labellers_see(
    field: Field,
    texts: EmbeddedTexts,
    members: NDArray[np.int32],
    centroids: NDArray[np.float32],
) -> list[TopicTexts]:
    """A sample of the texts of each topic that has any, in the order of the topics.

    `members` (n,) has each text's row of `centroids`, or -1.
    """
    chosen = {topic: _sample(texts, rows, centroids[topic]) for rows, topic in members_of(members)}
    if not chosen:
        return []
    contents = beginnings(
        field.project_id, texts.ids[np.concatenate(list(chosen.values()))].tolist()
    )
    return [
        TopicTexts(
            texts=[contents.get(pk, "") for pk in texts.ids[rows].tolist()],
            occurrences=texts.occurrences[rows],
            vectors=texts.vectors[rows],
            centroid=centroids[topic],
        )
        for topic, rows in sorted(chosen.items())
    ]


def _sample(
    texts: EmbeddedTexts, rows: NDArray[np.int64], centroid: NDArray[np.float32]
) -> NDArray[np.int64]:
    nearest_first = rows[np.argsort(-(texts.vectors[rows] @ centroid), kind="stable")]
    central, others = nearest_first[:CENTRAL_TEXTS], nearest_first[CENTRAL_TEXTS:]
    steps = np.linspace(0, len(others) - 1, min(OTHER_TEXTS, len(others))).astype(np.int64)
    return np.concatenate([central, others[steps]])


def label(field: Field, deadline: float = inf) -> int:
    """Ask the LLM for names that are still local ones; return how many it gave.

    Does nothing where no key is set, the project forbids it or the month's tokens are used, or
    while another process is at it. Asks for nothing more after the `deadline`, of `monotonic()`.
    """
    if not asking.is_possible(field.project):
        return 0
    with locks.holding(locks.labelling(field.pk)) as held:
        if not held:
            return 0
        return _label_topics(field, deadline) + naming.label(field, deadline)


def fields_to_label() -> list[int]:
    """Fields with topics or themes that the LLM should name, in every project."""
    if not settings.ANTHROPIC_API_KEY:
        return []
    shown = {"field__type": FieldType.TEXT, "project__deleted_at": None}
    topics = asking.nameable(Topic.objects.unscoped().filter(**shown))
    themes = Theme.objects.unscoped().filter(**shown)
    return asking.fields_of(asking.due(topics), naming.due(themes))


def _label_topics(field: Field, deadline: float) -> int:
    live_topics = Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
    due = asking.due(asking.nameable(live_topics))
    wanted = asking.Wanted.among(field, live_topics, due)
    if not wanted.rest_on:
        return 0
    live = vectors.live_topics(field)
    texts = vectors.embedded_texts(field)
    members = rows_of(texts.topic_ids, live.ids)
    shown = _as_labellers_see(field, texts, members, live.centroids)
    topic_ids = live.ids[np.unique(members[members >= 0])].tolist()
    places = [place for place, topic_id in enumerate(topic_ids) if topic_id in wanted.rest_on]
    places.sort(key=lambda place: -int(np.sum(shown[place].occurrences)))
    picked = pick_examples(shown, places, redact=asking.masking(field.project))
    examples = {topic_ids[place]: each for place, each in zip(places, picked, strict=True)}
    kept = live_topics.exclude(pk__in=wanted.rest_on).values_list("label", flat=True)
    return asking.name(field, wanted, examples, kept, deadline, labelled_centroid=F("centroid"))
