"""Reads of a dimension's map: its texts as points, what colours them, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count
from numpy.typing import NDArray

from clustering.mapping.colours import colours
from clustering.mapping.grid import on_grid
from clustering.mapping.stored import ids_of, positions_of
from clustering.models import Text, Topic, TopicMap
from clustering.templatetags.topics import one_line
from clustering.texts.contents import beginnings
from clustering.texts.rows import integers_of
from ingestion.models import Field

HOVERED = 200
"""Texts that are read at once, at most, for whoever points at them."""

CHOSEN = 200
"""Texts that are listed, at most, of those that somebody put a line around."""

_LONGEST = 300
"""Characters of a text that are shown."""

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class MapTopic:
    """A topic with texts on a map. Hidden ones have no place in `Picture.topics`."""

    topic: Topic
    texts: int


@dataclass
class Group:
    """What shares a colour: the topics of a theme, or one topic that has none."""

    name: str
    is_theme: bool
    colour: int = 0
    topics: list[MapTopic] = field(default_factory=list)

    @property
    def texts(self) -> int:
        return sum(each.texts for each in self.topics)


@dataclass(frozen=True)
class Picture:
    """A map as it is shown: texts that were deleted since are not on it."""

    drawn: TopicMap
    ids: Ids
    """(n,) ascending."""
    topic_ids: Ids
    """(n,) 0 for an outlier."""
    places: Ids
    """(n, 2) on the grid of `mapping.grid`."""
    groups: list[Group]
    """The largest first."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def topics(self) -> list[MapTopic]:
        """The largest first."""
        found = [each for group in self.groups for each in group.topics]
        return sorted(found, key=lambda each: (-each.texts, each.topic.pk))

    @property
    def is_crowded(self) -> bool:
        """Whether there are more groups than colours."""
        return any(not group.colour for group in self.groups)

    @property
    def outliers(self) -> int:
        return int(np.count_nonzero(self.topic_ids == 0))


def map_of(field: Field) -> TopicMap | None:
    return TopicMap.objects.filter(project=field.project_id, field=field).first()


def picture(drawn: TopicMap) -> Picture:
    """What is on a map now. Texts may have other topics than when it was drawn."""
    ids = ids_of(drawn)
    alive, topic_ids = _topics_of(drawn, ids)
    places = on_grid(positions_of(drawn))[np.searchsorted(ids, alive)]
    return Picture(drawn, alive, topic_ids, places, _groups(drawn, topic_ids))


# The index is the primary key of texts.
_TOPICS = """
    SELECT string_agg(int8send(id), ''::bytea), string_agg(int8send(topic), ''::bytea)
    FROM (
        SELECT id, coalesce(topic_id, 0) AS topic FROM clustering_text
        WHERE project_id = %s AND field_id = %s AND id = ANY(%s::bigint[]) ORDER BY id
    ) AS text
"""


def _topics_of(drawn: TopicMap, ids: Ids) -> tuple[Ids, Ids]:
    """Those of the texts that are left, ascending, and the topic of each."""
    with connection.cursor() as cursor:
        cursor.execute(_TOPICS, [drawn.project_id, drawn.field_id, ids.tolist()])
        alive, topic_ids = map(integers_of, cursor.fetchone())
    return alive, topic_ids


def _groups(drawn: TopicMap, topic_ids: Ids) -> list[Group]:
    """The themes on a map, and the topics without one where they are few; with their colours."""
    present, counts = np.unique(topic_ids, return_counts=True)
    texts = dict(zip(present.tolist(), counts.tolist(), strict=True))
    found: dict[int, Group] = {}
    for topic in _listed(drawn).filter(pk__in=list(texts)):
        key = topic.theme_id or -topic.pk
        group = found.setdefault(key, Group(str(topic.theme or topic), topic.theme is not None))
        group.topics.append(MapTopic(topic, texts[topic.pk]))
    ordered = sorted(found, key=lambda key: (-found[key].texts, key))
    for key, colour in colours(ordered).items():
        found[key].colour = colour
    return [found[key] for key in ordered]


def _listed(drawn: TopicMap) -> Any:
    topics = Topic.objects.filter(
        project=drawn.project_id, field=drawn.field_id, retired_at=None, hidden=False
    )
    kept = ("centroid", "labelled_centroid", "theme__labelled_centroid")
    return topics.select_related("theme").defer(*kept).order_by("pk")


def packed(found: Picture) -> dict[str, Any]:
    """A picture as `static/turret/map/data.js` reads it: columns of small whole numbers.

    `ids` are differences; `topics` has each topic's name and group; `topic` is a place in it, -1
    where the text has none that is listed.
    """
    topics = [(number, each) for number, group in enumerate(found.groups) for each in group.topics]
    codes = {each.topic.pk: place for place, (_, each) in enumerate(topics)}
    return {
        "ids": np.diff(found.ids, prepend=0).tolist(),
        "x": found.places[:, 0].tolist(),
        "y": found.places[:, 1].tolist(),
        "topic": [codes.get(topic_id, -1) for topic_id in found.topic_ids.tolist()],
        "topics": [
            {"id": each.topic.pk, "name": str(each.topic), "group": number}
            for number, each in topics
        ],
        "colours": [group.colour for group in found.groups],
    }


def texts_by_id(field: Field, text_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What texts say, and how they belong to their topics, for whoever points at them."""
    texts = _texts(field, text_ids).select_related("topic").only(*_SHOWN)
    contents = beginnings(field.project_id, text_ids, 4 * _LONGEST)
    return [
        {
            "id": text.pk,
            "text": one_line(contents.get(text.pk, ""), _LONGEST),
            "topic": str(text.topic) if text.topic else "",
            "topic_id": text.topic_id,
            "similarity": text.similarity,
            "occurrences": text.occurrences,
        }
        for text in texts
    ]


_SHOWN = ("occurrences", "similarity", "project", "topic__label")


def _texts(field: Field, text_ids: Iterable[int]) -> Any:
    return Text.objects.filter(project=field.project_id, field=field, pk__in=list(text_ids))


@dataclass(frozen=True)
class Chosen:
    """Texts that somebody put a line around."""

    count: int
    topics: list[tuple[Topic | None, int]]
    """How many texts of each, the most first; None stands for the outliers."""
    texts: list[Text]
    """The most frequent."""


def chosen(field: Field, text_ids: Sequence[int]) -> Chosen:
    texts = _texts(field, text_ids)
    counts = dict(texts.values_list("topic").annotate(Count("pk")))
    topics = Topic.objects.filter(project=field.project_id, field=field).only("label")
    by_id = topics.in_bulk([pk for pk in counts if pk])
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0] or 0))
    shown = texts.select_related("topic").defer("topic__centroid", "topic__labelled_centroid")
    return Chosen(
        sum(counts.values()),
        [(by_id.get(pk) if pk else None, count) for pk, count in ordered],
        list(shown.order_by("-occurrences", "pk")[:CHOSEN]),
    )
