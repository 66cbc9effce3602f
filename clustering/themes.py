"""The themes of a dimension: grouped anew after each run, lasting as far as their topics do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from numpy.typing import NDArray

from clustering import embedding, locks, naming, vectors
from clustering.centroids import Labels, Vectors, members_of, unit_centroids
from clustering.contents import central_texts
from clustering.labelling.keywords import label_by_keywords
from clustering.labelling.label import TopicTexts
from clustering.lineage import match_topics
from clustering.models import Embedding, LabelSource, Text, Theme, Topic
from clustering.vectors import LiveTopics
from ingestion.models import Field

EXAMPLES = 20
"""Texts of each topic that a theme is named from, the nearest to the topic's centroid."""


def regroup(field: Field) -> int:
    """Group the live topics of a dimension into themes; return how many there are.

    A theme goes on where most of its messages went, with its name unless its meaning moved.
    """
    from clustering.finding.anchoring import numbered
    from clustering.grouping import group_topics

    topics = vectors.live_topics(field)
    before = _themes_of(field, topics)
    groups = group_topics(topics.centroids, numbered(before))
    lineage = match_topics(before, groups.astype(np.int64), _sizes(field, topics))
    existing = {theme.pk: theme for theme in _themes(field)}
    themes = [
        existing.get(lineage.continued.get(group, 0)) or Theme(project=field.project, field=field)
        for group in range(int(groups.max(initial=-1)) + 1)
    ]
    _name(field, themes, topics, groups)
    _write(field, themes, topics, groups)
    return len(themes)


def _themes(field: Field) -> QuerySet[Theme]:
    return Theme.objects.filter(project=field.project_id, field=field)


def _themes_of(field: Field, topics: LiveTopics) -> NDArray[np.int64]:
    """(k,) id of the theme that each topic has; -1 for none."""
    found = dict(
        Topic.objects.filter(project=field.project_id, field=field)
        .exclude(theme=None)
        .values_list("pk", "theme_id")
    )
    return np.array([found.get(pk, -1) for pk in topics.ids.tolist()], dtype=np.int64)


def _sizes(field: Field, topics: LiveTopics) -> NDArray[np.int64]:
    """(k,) occurrences of each topic, at least 1."""
    found = dict(
        Text.objects.filter(project=field.project_id, field=field)
        .exclude(topic=None)
        .values_list("topic")
        .annotate(Sum("occurrences"))
    )
    return np.array([max(1, found.get(pk, 1)) for pk in topics.ids.tolist()], dtype=np.int64)


def _name(field: Field, themes: Sequence[Theme], topics: LiveTopics, groups: Labels) -> None:
    """Name the themes that have no name, or whose meaning moved, from texts of their topics."""
    centroids = unit_centroids(topics.centroids, groups)
    due = [place for place, theme in enumerate(themes) if _is_due(theme, centroids[place])]
    if not due:
        return
    taken = [theme.label for place, theme in enumerate(themes) if place not in due]
    taken += Topic.objects.filter(project=field.project_id, pk__in=topics.ids.tolist()).values_list(
        "label", flat=True
    )
    seen = _as_labeller_sees(field, topics, groups, centroids)
    embed = embedding.load(settings.EMBEDDING_MODEL)
    for place, label in zip(
        due, label_by_keywords(seen, embed, wanted=due, taken_names=taken), strict=True
    ):
        theme = themes[place]
        theme.label, theme.label_source = label.name, LabelSource.KEYWORDS
        theme.labelled_centroid = centroids[place]


def _is_due(theme: Theme, centroid: NDArray[np.float32]) -> bool:
    before = theme.labelled_centroid
    return before is None or float(np.dot(before, centroid)) < naming.MOVED


def _as_labeller_sees(
    field: Field, topics: LiveTopics, groups: Labels, centroids: Vectors
) -> list[TopicTexts]:
    """Each theme as a topic of texts."""
    theme_of = dict(zip(topics.ids.tolist(), groups.tolist(), strict=True))
    central = central_texts(field.project_id, theme_of, EXAMPLES)
    members = {text_id: (theme_of[topic], content) for topic, text_id, content in central}
    rows = list(
        Embedding.objects.filter(project=field.project_id, text__in=list(members))
        .order_by("text")
        .values_list("text_id", "text__occurrences", "vector")
    )
    labels = np.array([members[pk][0] for pk, *_ in rows], np.int32)
    return [
        TopicTexts(
            texts=[members[rows[place][0]][1] for place in places],
            occurrences=[rows[place][1] for place in places],
            vectors=np.stack([rows[place][2] for place in places]).astype(np.float32),
            centroid=centroids[theme],
        )
        for places, theme in members_of(labels)
    ]


@transaction.atomic
def _write(field: Field, themes: list[Theme], topics: LiveTopics, groups: Labels) -> None:
    """Save the themes, give each topic its own, and drop the themes that are no more."""
    locks.refer(field.pk)
    Theme.objects.bulk_create(theme for theme in themes if theme.pk is None)
    Theme.objects.filter(project=field.project_id).bulk_update(
        themes, ["label", "label_source", "labelled_centroid"]
    )
    theme_ids = [*(theme.pk for theme in themes), None]  # -1, no theme, is the last place
    rows = [
        Topic(pk=pk, theme_id=theme_ids[group])
        for pk, group in zip(topics.ids.tolist(), groups.tolist(), strict=True)
    ]
    Topic.objects.filter(project=field.project_id).bulk_update(rows, ["theme"])
    _themes(field).exclude(pk__in=[theme.pk for theme in themes]).delete()
