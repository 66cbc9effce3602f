"""The number fields of the events that carry a topic, against all events of its dimension."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from clustering.models import Topic
from clustering.period import Period
from ingestion.models import Field, FieldType

LISTED = 8
"""Fields that are shown, those that most events carry."""


@dataclass(frozen=True)
class Figures:
    """Of the values of a number field."""

    count: int
    median: float
    mean: float
    p95: float


@dataclass(frozen=True)
class NumberField:
    """A number field in the events of a topic, and in all events of its dimension."""

    key: str
    topic: Figures
    all: Figures
    unread: int
    """Values in the topic's events that are no plain number, such as "12 ms" or "1,000"."""


# A value is read as it stands, without guessing at units or separators; at most 60 digits, so
# that none is out of range.
_FIGURES = """
    SELECT key,
           count(number) FILTER (WHERE is_mine),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY number) FILTER (WHERE is_mine),
           avg(number) FILTER (WHERE is_mine),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY number) FILTER (WHERE is_mine),
           count(number),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY number),
           avg(number),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY number),
           count(value) FILTER (WHERE is_mine AND number IS NULL)
    FROM (
        SELECT key, is_mine, value,
               CASE WHEN value ~ '^[+-]?\\d{1,60}(\\.\\d{0,60})?([eE][+-]?\\d{1,2})?$'
                    THEN value::float8 END AS number
        FROM (
            SELECT wanted.key,
                   text.topic_id IS NOT DISTINCT FROM %(topic)s AS is_mine,
                   btrim(coalesce(event.metadata ->> wanted.key,
                                  event.metadata #>> string_to_array(wanted.key, '.'))) AS value
            FROM clustering_occurrence AS occurrence
            JOIN clustering_text AS text
              ON text.project_id = occurrence.project_id AND text.id = occurrence.text_id
            JOIN ingestion_event AS event ON event.id = occurrence.event_id
            CROSS JOIN unnest(%(keys)s::text[]) AS wanted (key)
            WHERE occurrence.project_id = %(project)s AND occurrence.field_id = %(field)s
              AND occurrence.timestamp >= %(start)s
        ) AS carried
        WHERE value <> ''
    ) AS read
    GROUP BY key
"""


def number_fields(topic: Topic, when: Period) -> list[NumberField]:
    """The number fields that events of a topic carry in a period.

    Reads every event of the dimension in the period: nothing to wait for before a page shows. The
    index is occurrence_by_time.
    """
    fields = Field.objects.filter(project=topic.project_id, type=FieldType.NUMBER)
    keys = list(fields.order_by("-events", "key").values_list("key", flat=True)[:LISTED])
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _FIGURES,
            {
                "topic": topic.pk,
                "keys": keys,
                "project": topic.project_id,
                "field": topic.field_id,
                "start": when.start,
            },
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        NumberField(key, Figures(*found[:4]), Figures(*found[4:8]), found[8])
        for key in keys
        if (found := rows.get(key)) and found[0]
    ]
