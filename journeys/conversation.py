"""Reads of one session: each event as it was sent, with what Turret made of its texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import Project
from clustering.models import Occurrence, Text
from ingestion.limits import ANALYSED_DEPTH
from ingestion.models import Event, Field
from ingestion.stored import COLUMNS, fitting, read

PAGE_SIZE = 100
LONGEST_SHOWN = 10_000
"""Characters of a message on the page: five pages of print. The rest is said to be missing."""

LARGEST_PAGE = 4 * 1_048_576
"""Bytes of metadata, as JSON, that a page reads: 40 KiB for each of its events. What is parsed may
take twenty times as much memory."""

MOST_SHOWN = 40
"""Metadata keys beside a message. More is a document, and would bury the conversation."""


@dataclass(frozen=True)
class Message:
    """The value of a text field as sent, and the text it became; None while it waits."""

    key: str
    content: str
    text: Text | None

    @property
    def shown(self) -> str:
        return self.content[:LONGEST_SHOWN]

    @property
    def hidden_characters(self) -> int:
        return max(0, len(self.content) - LONGEST_SHOWN)


@dataclass(frozen=True)
class Turn:
    """An event of a session: its messages, and the rest of its metadata by dotted key.

    By key, for PostgreSQL does not keep the order in which keys were sent.
    """

    event: Event
    messages: tuple[Message, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    more_metadata: int = 0
    is_left_out: bool = False
    """Whether nothing of it was read, for the events before it on the page are too large."""


def events_of(project: Project, session_id: str) -> QuerySet[Event]:
    """The events of a session in time order, by `event_by_session`; `turns` read their metadata."""
    found = Event.objects.filter(project=project, session_id=session_id)
    return found.defer("metadata").order_by("timestamp", "pk")


def turns(project: Project, fields: Iterable[Field], events: Iterable[Event]) -> list[Turn]:
    """Join events with the texts that were extracted from them."""
    events, keys = list(events), {field.pk: field.key for field in fields}
    found = (
        Occurrence.objects.filter(
            project=project, event__in=[event.pk for event in events], field__in=keys
        )
        .select_related("text__topic", "text__nearest_topic")
        .only(
            "event_id",
            "field_id",
            "text__embedded",
            "text__similarity",
            "text__topic__label",
            "text__nearest_topic__label",
            "text__nearest_topic__threshold",
        )
    )
    texts = {(each.event_id, keys[each.field_id]): each.text for each in found}
    sent, text_keys = _metadata_of(project, events), set(keys.values())
    return [
        _turn(event, sent[event.pk], text_keys, texts)
        if event.pk in sent
        else Turn(event, is_left_out=True)
        for event in events
    ]


_OF_A_PAGE = f"""
    SELECT {COLUMNS} FROM ingestion_event event WHERE project_id = %s AND id = ANY(%s::bigint[])
"""  # noqa: S608
_FITTING = f"""
    SELECT {COLUMNS} FROM ({fitting(_OF_A_PAGE, "timestamp, id", LARGEST_PAGE)}) event
"""  # noqa: S608


def _metadata_of(project: Project, events: Iterable[Event]) -> dict[int, dict[str, Any]]:
    """The metadata of the first of these events, by their ids: as many as a page has room for."""
    found = read(_FITTING, [project.pk, [event.pk for event in events]])
    return {event.id: event.metadata for event in found}


def _turn(
    event: Event,
    metadata: Mapping[str, Any],
    text_keys: set[str],
    texts: Mapping[tuple[int, str], Text],
) -> Turn:
    values: dict[str, str] = {}
    for key, value in _leaves(metadata):
        values.setdefault(key, value)
    messages = tuple(
        Message(key, value, texts.get((event.pk, key)))
        for key, value in sorted(values.items())
        if key in text_keys and value.strip()
    )
    rest = sorted((key, value) for key, value in values.items() if key not in text_keys)
    return Turn(event, messages, tuple(rest[:MOST_SHOWN]), max(0, len(rest) - MOST_SHOWN))


def _leaves(metadata: Mapping[str, Any], depth: int = 1) -> Iterator[tuple[str, str]]:
    """Every value by its dotted key, as text; what lies deeper than is analysed, as JSON."""
    for key, value in metadata.items():
        if isinstance(value, dict) and value and depth < ANALYSED_DEPTH:
            for inner, leaf in _leaves(value, depth + 1):
                yield f"{key}.{inner}", leaf
        else:
            yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
