"""The themes of a dimension: grouped anew after each run, lasting as far as their topics do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from django.db import transaction
from django.db.models import QuerySet, Sum
from numpy.typing import NDArray

from clustering import asking, locks
from clustering.centroids import Labels, Vectors, unit_centroids
from clustering.models import ClusteringRun, LabelSource, RunState, Text, Theme, Topic
from clustering.privacy import erasure
from clustering.runs.lineage import match_topics
from clustering.runs.outcome import Name
from clustering.runs.stages import GROUP
from clustering.texts import vectors
from clustering.texts.vectors import LiveTopics
from clustering.themes import naming
from ingestion.models import Field


def regroup(field: Field) -> int:
    """Group the live topics of a dimension into themes; return how many there are.

    A theme goes on where most of its messages went, with its name unless its meaning moved.
    """
    from clustering.finding.anchoring import numbered
    from clustering.themes.grouping import group_topics

    erased = erasure.texts_erased(field.project_id)
    topics = vectors.live_topics(field)
    before = naming.themes_of(field, topics)
    groups = group_topics(topics.centroids, numbered(before))
    lineage = match_topics(before, groups.astype(np.int64), _sizes(field, topics))
    existing = {theme.pk: theme for theme in _themes(field)}
    themes = [
        existing.get(lineage.continued.get(group, 0)) or Theme(project=field.project, field=field)
        for group in range(int(groups.max(initial=-1)) + 1)
    ]
    centroids = unit_centroids(topics.centroids, groups)
    names = _names(field, themes, topics, groups, centroids)
    with transaction.atomic():
        locks.refer(field.pk)
        locks.own(field.pk)
        if erased == erasure.texts_erased(field.project_id):
            _write(field, themes, topics, groups, centroids, names)
            ungrouped().filter(project=field.project_id, field=field).update(stage="")
            return len(themes)
    return regroup(field)  # for names may quote what was deleted meanwhile


def ungrouped() -> QuerySet[ClusteringRun]:
    """Runs whose topics were written and not grouped yet, in every project that there is."""
    done = ClusteringRun.objects.unscoped().filter(state=RunState.DONE, stage=GROUP)
    return done.filter(project__deleted_at=None)


def _themes(field: Field) -> QuerySet[Theme]:
    return Theme.objects.filter(project=field.project_id, field=field)


def _sizes(field: Field, topics: LiveTopics) -> NDArray[np.int64]:
    """(k,) occurrences of each topic, at least 1."""
    found = dict(
        Text.objects.filter(project=field.project_id, field=field)
        .exclude(topic=None)
        .values_list("topic")
        .annotate(Sum("occurrences"))
    )
    return np.array([max(1, found.get(pk, 1)) for pk in topics.ids.tolist()], dtype=np.int64)


def _names(
    field: Field, themes: Sequence[Theme], topics: LiveTopics, groups: Labels, centroids: Vectors
) -> dict[int, Name]:
    """Local names for the themes that have no name, or whose meaning moved."""
    due = [place for place, theme in enumerate(themes) if _is_due(theme, centroids[place])]
    kept = [theme.label for place, theme in enumerate(themes) if place not in due]
    return naming.name_locally(field, topics, groups, due, kept)


def _is_due(theme: Theme, centroid: NDArray[np.float32]) -> bool:
    if theme.label_source == LabelSource.KEYWORDS and not theme.labelled_from:
        return True  # named before it was kept what names rest on
    return asking.is_out_of_date(theme, centroid)


def _write(
    field: Field,
    themes: Sequence[Theme],
    topics: LiveTopics,
    groups: Labels,
    centroids: Vectors,
    names: Mapping[int, Name],
) -> None:
    """Name the themes, give each topic its own, and drop the themes that are no more.

    One that a person decided about stays, without topics, for the record. Call it with the field's
    lock.
    """
    now = _themes(field).select_for_update().values_list("pk", "label_source")
    edited = {pk for pk, source in now if source == LabelSource.EDITED}
    named = []
    for place, name in names.items():
        theme = themes[place]
        theme.label, theme.description = name.label, name.description
        theme.label_source, theme.labelled_from = name.source, name.examples
        theme.labelled_centroid = centroids[place]
        if theme.pk and theme.pk not in edited:
            named.append(theme)
    Theme.objects.bulk_create(theme for theme in themes if theme.pk is None)
    Theme.objects.filter(project=field.project_id).bulk_update(named, Name.FIELDS)
    kept = [theme.pk for theme in themes]
    theme_ids = [*kept, None]  # -1, no theme, is the last place
    rows = [
        Topic(pk=pk, theme_id=theme_ids[group])
        for pk, group in zip(topics.ids.tolist(), groups.tolist(), strict=True)
    ]
    Topic.objects.filter(project=field.project_id).bulk_update(rows, ["theme"])
    _themes(field).exclude(pk__in=kept).filter(decisions=None).delete()
