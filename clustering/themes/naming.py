"""Names for themes, from their topics: local ones when they are grouped, then the LLM's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from clustering import asking
from clustering.centroids import Labels
from clustering.labelling.examples import examples_digest
from clustering.labelling.label import TopicTexts
from clustering.labelling.theme_examples import NamedTopics, pick_theme_examples
from clustering.labelling.themes import READ, label_themes
from clustering.models import Theme, Topic
from clustering.runs.outcome import Name
from clustering.texts import embedding, vectors
from clustering.texts.contents import central_texts
from clustering.texts.vectors import LiveTopics
from ingestion.models import Field


def name_locally(
    field: Field, topics: LiveTopics, groups: Labels, wanted: Sequence[int], kept: Iterable[str]
) -> dict[int, Name]:
    """Name the themes `wanted` of (k,) `groups` of the live topics; `kept` are others' names."""
    if not wanted:
        return {}
    seen = _as_labellers_see(field, topics, groups)
    embed = embedding.load(settings.EMBEDDING_MODEL)
    labels = label_themes(seen, embed, wanted=wanted, taken_names=[*kept, *seen.names])
    examples = pick_theme_examples(seen, wanted)
    return {
        theme: Name(label.name, label.description, label.source, examples_digest(shown))
        for theme, label, shown in zip(wanted, labels, examples, strict=True)
    }


def due(themes: QuerySet[Theme]) -> QuerySet[Theme]:
    """Those that the LLM should name: with a local name, and topics that have all been named as
    well as can be now."""
    own = Topic.objects.filter(project=OuterRef("project"), theme=OuterRef("pk"), retired_at=None)
    return asking.due(themes).filter(Exists(own), ~Exists(asking.unanswered(asking.nameable(own))))


def label(field: Field, deadline: float) -> int:
    """Ask the LLM for names of the themes of a field by the deadline; return how many it gave."""
    themes = Theme.objects.filter(project=field.project_id, field=field)
    wanted = asking.Wanted.among(field, themes, due(themes))
    if not wanted.rest_on:
        return 0
    topics = vectors.live_topics(field)
    theme_of = themes_of(field, topics)
    ids = np.unique(theme_of[theme_of >= 0])
    groups = np.where(theme_of >= 0, np.searchsorted(ids, theme_of), -1).astype(np.int32)
    seen = _as_labellers_see(field, topics, groups)
    places = [place for place, pk in enumerate(ids.tolist()) if pk in wanted.rest_on]
    picked = pick_theme_examples(seen, places, redact=asking.masking(field.project))
    examples = {int(ids[place]): each for place, each in zip(places, picked, strict=True)}
    others = themes.exclude(pk__in=wanted.rest_on).values_list("label", flat=True)
    return asking.name(field, wanted, examples, [*others, *seen.names], deadline)


def themes_of(field: Field, topics: LiveTopics) -> NDArray[np.int64]:
    """(k,) id of the theme that each topic has; -1 for none."""
    found = dict(
        Topic.objects.filter(project=field.project_id, field=field)
        .exclude(theme=None)
        .values_list("pk", "theme_id")
    )
    return np.array([found.get(pk, -1) for pk in topics.ids.tolist()], dtype=np.int64)


def _as_labellers_see(field: Field, topics: LiveTopics, groups: Labels) -> NamedTopics:
    ids = topics.ids.tolist()
    rows = Topic.objects.filter(project=field.project_id, pk__in=ids).values_list(
        "pk", "label", "description"
    )
    named = {pk: (label, description) for pk, label, description in rows}
    central: dict[int, list[tuple[int, str]]] = {pk: [] for pk in ids}
    for topic_id, text_id, content in central_texts(field.project_id, ids, READ):
        central[topic_id].append((text_id, content))
    stored = _vectors(field, [pk for texts in central.values() for pk, _ in texts])
    texts = [
        _texts([(stored[pk], content) for pk, content in central[topic] if pk in stored], centroid)
        for topic, centroid in zip(ids, topics.centroids, strict=True)
    ]
    names, descriptions = zip(*(named[pk] for pk in ids), strict=True)
    return NamedTopics(texts, names, descriptions, groups)


def _texts(
    found: Sequence[tuple[tuple[int, NDArray[np.float32]], str]], centroid: NDArray[np.float32]
) -> TopicTexts:
    return TopicTexts(
        texts=[content for _, content in found],
        occurrences=[occurrences for (occurrences, _), _ in found],
        vectors=np.array([vector for (_, vector), _ in found], np.float32).reshape(
            -1, len(centroid)
        ),
        centroid=centroid,
    )


def _vectors(field: Field, text_ids: Iterable[int]) -> dict[int, tuple[int, NDArray[np.float32]]]:
    """Occurrences and vector of texts by id; those that are gone are missing."""
    found = vectors.texts_by_id(field, text_ids)
    rows = zip(found.ids.tolist(), found.occurrences.tolist(), found.vectors, strict=True)
    return {pk: (occurrences, vector) for pk, occurrences, vector in rows}
