"""Names for topics: by keywords in the run that finds them, then by an LLM where a key is set.

A topic is named anew when its meaning has moved: when its centroid has turned away from the one
it was named by. A name that a user gave is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import LLMExamples
from billing import llm_budget
from clustering import embedding, locks, vectors
from clustering.centroids import members_of
from clustering.contents import beginnings
from clustering.labelling.examples import Redact, TopicExamples, examples_digest, pick_examples
from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import Tokens, TopicTexts
from clustering.labelling.llm import (
    LEAST_TOKENS,
    LabelResult,
    LLMSettings,
    label_topics,
    worst_case,
)
from clustering.models import LabelSource, Topic
from clustering.outcome import Name, Outcome
from clustering.vectors import EmbeddedTexts
from ingestion.models import Field, FieldType
from ingestion.redaction import redact

MOVED = 0.9
"""Cosine between the centroids of then and now below which a name is out of date."""

CENTRAL_TEXTS, OTHER_TEXTS = 200, 100
"""Texts of a topic that labellers look at: the nearest, and an even sample of the others."""

AT_ONCE = 16
"""Topics, the largest first, whose names are stored together: what a killed worker was told
before that is not asked again."""

RETRY = timedelta(minutes=10)
"""How long a topic that the LLM gave no name to keeps the local one before it is asked again."""


def is_due(topic: Topic, centroid: NDArray[np.float32]) -> bool:
    """Whether a topic whose centroid is (or becomes) this one needs a new name."""
    if topic.label_source == LabelSource.EDITED:
        return False
    if not topic.label:
        return True
    before = topic.labelled_centroid
    return before is not None and float(np.dot(before, centroid)) < MOVED


def name_by_keywords(field: Field, outcome: Outcome) -> dict[int, Name]:
    """Name the clusters of a run that are new topics, or whose name is out of date."""
    continued = outcome.lineage.continued
    existing = _existing(field, continued.values())
    names_of = {cluster: existing.get(topic) for cluster, topic in continued.items()}
    due = [
        cluster
        for cluster, centroid in enumerate(outcome.centroids)
        if (topic := names_of.get(cluster)) is None or is_due(topic, centroid)
    ]
    kept = [topic.label for cluster, topic in names_of.items() if topic and cluster not in due]
    if not due:
        return {}
    members = np.where(outcome.members.assigned, outcome.members.nearest, -1)
    topics = _as_labellers_see(field, outcome.texts, members, outcome.centroids)
    return _by_keywords(topics, due, kept)


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


def label(field: Field) -> int:
    """Ask the LLM for names that are still local ones; return how many topics got one.

    Does nothing where no key is set, the project forbids it or the month's tokens are used, or
    while another process is at it.
    """
    if not settings.ANTHROPIC_API_KEY or field.project.llm_examples == LLMExamples.NONE:
        return 0
    if llm_budget.used_up([field.project.organization_id], LEAST_TOKENS):
        return 0
    with locks.holding(locks.labelling(field.pk)) as held:
        return _label_by_llm(field) if held else 0


def fields_to_label() -> list[int]:
    """Fields with topics that the LLM should name, in every project."""
    if not settings.ANTHROPIC_API_KEY:
        return []
    found = _to_ask(Topic.objects.unscoped().filter(field__type=FieldType.TEXT))
    allowed = found.exclude(project__llm_examples=LLMExamples.NONE)
    organization_of = dict(allowed.values_list("field_id", "project__organization_id"))
    poor = llm_budget.used_up(set(organization_of.values()), LEAST_TOKENS)
    return sorted(field for field, owner in organization_of.items() if owner not in poor)


def _to_ask(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Those with a local name that the LLM was not asked to better, or was not reached to."""
    waited = Q(label_tried_at=None) | Q(label_tried_at__lt=timezone.now() - RETRY)
    return topics.filter(
        waited, label_source=LabelSource.KEYWORDS, retired_at=None, centroid__isnull=False
    ).exclude(label_asked=F("labelled_from"))


def _label_by_llm(field: Field) -> int:
    due = set(
        _to_ask(Topic.objects.filter(project=field.project_id, field=field)).values_list(
            "pk", flat=True
        )
    )
    if not due:
        return 0
    live = vectors.live_topics(field)
    texts = vectors.embedded_texts(field)
    members = np.searchsorted(live.ids, texts.topic_ids).astype(np.int32)
    members = np.where(np.isin(texts.topic_ids, live.ids), members, -1).astype(np.int32)
    shown = _as_labellers_see(field, texts, members, live.centroids)
    topic_ids = live.ids[np.unique(members[members >= 0])].tolist()
    places = [place for place, topic_id in enumerate(topic_ids) if topic_id in due]
    places.sort(key=lambda place: -int(np.sum(shown[place].occurrences)))
    masking = redact if field.project.llm_examples == LLMExamples.REDACTED else None
    taken = _names_to_keep(field, due, masking)
    kept = len(taken)
    for start in range(0, len(places), AT_ONCE):
        asked = places[start : start + AT_ONCE]
        results = _ask(field, pick_examples(shown, asked, redact=masking), taken)
        for place, result in zip(asked, results, strict=True):
            _record(field, topic_ids[place], result)
        taken += [result.label.name for result in results if result.label]
    return len(taken) - kept


def _ask(
    field: Field, examples: Sequence[TopicExamples], taken: Sequence[str]
) -> list[LabelResult]:
    """Ask within the organization's budget, and tell it what that cost."""
    held = llm_budget.reserve(field.project, worst_case(examples, taken))
    results = label_topics(examples, _llm(), taken_names=taken, budget=held.tokens)
    spent = sum((result.tokens for result in results), Tokens())
    llm_budget.settle(
        held,
        requests=sum(result.requests for result in results),
        input_tokens=spent.input,
        output_tokens=spent.output,
    )
    return results


def _names_to_keep(field: Field, due: set[int], masking: Redact | None) -> list[str]:
    live = Topic.objects.filter(project=field.project_id, field=field, retired_at=None)
    names = live.exclude(pk__in=due).values_list("label", flat=True)
    return [masking(name) if masking else name for name in names]


def _record(field: Field, topic_id: int, result: LabelResult) -> None:
    """Keep what the LLM said of a topic, unless a user named it meanwhile."""
    topic = Topic.objects.filter(
        project=field.project_id, pk=topic_id, label_source=LabelSource.KEYWORDS
    )
    if result.label:
        topic.update(
            label_tried_at=None,
            label=result.label.name,
            description=result.label.description,
            label_source=result.label.source,
            labelled_from=result.examples_digest,
            labelled_centroid=F("centroid"),
        )
    elif result.failure in ("refused", "unusable"):
        topic.update(label_tried_at=None, label_asked=F("labelled_from"))
    else:
        topic.update(label_tried_at=timezone.now())


def _llm() -> LLMSettings:
    return LLMSettings(
        api_key=settings.ANTHROPIC_API_KEY,
        base_url=settings.ANTHROPIC_BASE_URL,
        model=settings.ANTHROPIC_MODEL,
    )
