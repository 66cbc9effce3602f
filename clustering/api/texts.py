"""Texts of a dimension."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from clustering.api.dimension import FIELD, chosen_field
from clustering.models import Text, Topic
from clustering.reports import search, selectors
from ingestion.api.asked import ID, Asked, Parameter, invalid, is_id, row_of
from ingestion.api.listings import Stored
from ingestion.api.views import lists

OUTLIER = "outlier"
TOPIC = Parameter(
    "topic",
    {"type": "string", "pattern": f"^({ID}|outlier)$"},
    "Only texts of this topic, or those that no topic claims.",
)
WORDS = Parameter(
    "q",
    {"type": "string", "maxLength": search.LONGEST_QUERY},
    "Only texts that contain all of these words.",
)


@dataclass(frozen=True)
class ListedText:
    """A distinct text, and how many `messages` had it, in all time.

    `topic_id` and `topic` are null for an outlier; `similarity` is the cosine to the nearest
    topic's centroid, null until it has been compared.
    """

    id: int
    text: str
    messages: int
    topic_id: int | None
    topic: str | None
    nearest_topic_id: int | None
    similarity: float | None
    first_seen_at: datetime
    last_seen_at: datetime


@lists("Texts of a dimension", ListedText, None, FIELD, TOPIC, WORDS)
def texts(asked: Asked) -> Stored[ListedText]:
    """Distinct ones, in the order in which they first came."""
    field = chosen_field(asked)
    found = selectors.search(field, _words(asked))
    return Stored(_of_topic(asked, found), lambda text: listed_text(text, text.topic))


def _words(asked: Asked) -> str:
    words = asked.query.get(WORDS.name, "")
    if len(words) > search.LONGEST_QUERY or "\0" in words:
        raise invalid(WORDS.name, f"q has at most {search.LONGEST_QUERY} characters, and no NUL.")
    return words


def _of_topic(asked: Asked, found: QuerySet[Text]) -> QuerySet[Text]:
    said = asked.query.get(TOPIC.name)
    if said is None:
        return found
    if said == OUTLIER:
        return found.filter(topic=None, embedded=True)
    if not is_id(said):
        raise invalid(TOPIC.name, "topic is the id of a topic, or outlier.")
    topics = Topic.objects.filter(project=asked.project)
    return found.filter(topic=row_of(topics.only("pk"), said))


def listed_text(text: Text, topic: Topic | None) -> ListedText:
    return ListedText(
        id=text.pk,
        text=text.content,
        messages=text.occurrences,
        topic_id=text.topic_id,
        topic=None if topic is None else str(topic),
        nearest_topic_id=text.nearest_topic_id,
        similarity=None if text.similarity is None else round(text.similarity, 4),
        first_seen_at=text.first_seen_at,
        last_seen_at=text.last_seen_at,
    )
